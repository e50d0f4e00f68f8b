r"""What letters mean in a formula that stands alone: `Xw` is a product, `\Phi(x)` a function, `e^u` the exponential."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from chalkgrad.page.spelling import function_names
from chalkgrad.page.statement import Statement
from chalkgrad.page.syntax import Group, Name, Product, Scripted, Syntax, mapped, walk_syntax
from chalkgrad.reading.scripts import base_of, is_transpose
from chalkgrad.reading.vocabulary import WHOLE_FUNCTIONS, quantities

_NUMBERS = {rf"\{letter}" for letter in ("alpha", "beta", "gamma", "epsilon", "eta", "kappa", "lambda", "mu", "tau")}
_OF_NORMALS = {"Phi": "normal_cdf", "phi": "normal_density", "varphi": "normal_density"}


def with_functions(side: Syntax) -> Syntax:
    r"""The syntax in which Φ(x) and φ(x) are those of the normal distribution and `e^u` is the exponential function.

    A formula that stands alone has nothing else that they could be.
    """
    applied = {
        base_of(name) for part in walk_syntax(side) if isinstance(part, Product)
        for name, follows in zip(part.factors, part.factors[1:], strict=False)
        if isinstance(name, Name) and isinstance(follows.base if isinstance(follows, Scripted) else follows, Group)
    }  # fmt: skip
    raised = [name for name in walk_syntax(side) if isinstance(name, Name) and name.base == "e"]
    base_of_powers = all(len(name.superscripts) == 1 and not name.subscripts for name in raised)

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name):
            return part
        if base_of(part) in applied and part.base in _NUMBERS:
            return Group("{", (part,), part.span)  # `\lambda (x + 1)` is a product
        if base_of(part) in applied and base_of(part) in _OF_NORMALS:
            return replace(part, base="\\" + _OF_NORMALS[base_of(part)])
        if part.base == "e" and base_of_powers and not is_transpose(part.superscripts[0]):
            exponential = Name("e^", span=part.span)
            inside = Group("(", (part.superscripts[0],), part.span)
            return Group("{", (Product(("", ""), (exponential, inside), part.span),), part.span)
        return part

    return mapped(side, change, scripts=False)


def names_in(side: Syntax) -> Iterator[Name]:
    r"""The names of a formula that are quantities; that of a power, `(1-p)^\gamma`, is one."""
    yield from quantities(side)
    for part in walk_syntax(side):
        if isinstance(part, Scripted):
            yield from (each for each in part.superscripts if isinstance(each, Name) and not is_transpose(each))


def with_primes_turned(side: Syntax) -> Syntax:
    """The syntax in which `X'X` and `w'x` are products with a transpose, as that of a capital letter is anywhere."""

    def is_turned(part: Syntax, *, before: bool) -> bool:
        if not isinstance(part, Name) or part.primes != 1 or part.superscripts or part.accents:
            return False
        return base_of(part).lower() not in function_names() and (before or base_of(part)[:1].isupper())

    def turned(part: Syntax) -> Syntax:
        assert isinstance(part, Name)
        return replace(part, primes=0, superscripts=(Name(r"\top", span=part.span),))

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Product):
            last = len(part.factors) - 1
            factors = (
                turned(each) if is_turned(each, before=place < last) else each
                for place, each in enumerate(part.factors)
            )
            return replace(part, factors=tuple(factors))
        return turned(part) if is_turned(part, before=False) else part

    return mapped(side, change, scripts=False)


def with_letters_apart(stated: Statement) -> Statement:
    """A statement in which each run of letters is a product of them: nothing else says that `Xw` is a name."""

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name) or part.style or part.accents or part.base.startswith("\\"):
            return part
        run = part.base
        if len(run) < 2 or not run.isalpha() or run.lower() in function_names() or run in WHOLE_FUNCTIONS:
            return part
        if stated.equation.latex[part.span[0] :].startswith("\\"):
            return part  # `\mathrm{loss}` is one name
        start = part.span[0]
        letters: list[Syntax] = [Name(letter, span=(start + k, start + k + 1)) for k, letter in enumerate(run[:-1])]
        last = Name(run[-1], part.subscripts, part.superscripts, part.primes, span=(start + len(run) - 1, part.span[1]))
        return Product(("",) * len(run), (*letters, last), part.span)

    changed = with_functions(with_primes_turned(mapped(stated.body, change, scripts=False)))
    return Statement(changed, stated.equation, stated.conditions, stated.notes, stated.lead, stated.continues)
