r"""What letters mean in a formula that stands alone: `Xw` is a product, `\Phi(x)` a function, `e^u` the exponential."""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.page.spelling import function_names
from chalkgrad.page.statement import Statement
from chalkgrad.page.syntax import Group, Name, Product, Syntax, mapped, walk_syntax
from chalkgrad.reading.scripts import base_of, is_transpose
from chalkgrad.reading.vocabulary import WHOLE_FUNCTIONS

_OF_NORMALS = {"Phi": "normal_cdf", "phi": "normal_density", "varphi": "normal_density"}


def with_functions(side: Syntax) -> Syntax:
    r"""The syntax in which Φ(x) and φ(x) are those of the normal distribution and `e^u` is the exponential function.

    A formula that stands alone has nothing else that they could be.
    """
    applied = {
        base_of(name) for part in walk_syntax(side) if isinstance(part, Product)
        for name, follows in zip(part.factors, part.factors[1:], strict=False)
        if isinstance(name, Name) and isinstance(follows, Group)
    }  # fmt: skip
    raised = [name for name in walk_syntax(side) if isinstance(name, Name) and name.base == "e"]
    base_of_powers = all(len(name.superscripts) == 1 and not name.subscripts for name in raised)

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Name):
            return part
        if base_of(part) in applied and base_of(part) in _OF_NORMALS:
            return replace(part, base="\\" + _OF_NORMALS[base_of(part)])
        if part.base == "e" and base_of_powers and not is_transpose(part.superscripts[0]):
            exponential = Name("e^", span=part.span)
            inside = Group("(", (part.superscripts[0],), part.span)
            return Group("{", (Product(("", ""), (exponential, inside), part.span),), part.span)
        return part

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

    changed = with_functions(mapped(stated.body, change, scripts=False))
    return Statement(changed, stated.equation, stated.conditions, stated.notes, stated.lead, stated.continues)
