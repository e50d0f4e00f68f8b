r"""The derivatives of a document's functions in their shorter spellings: `f_x`, `f_{xy}`, `f'(x)`, `\nabla f = (…, …)`.

They are brought to derivatives written as fractions; a gradient or a Hessian becomes one equation for each entry.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import TypeAlias

from chalkgrad.page.derivatives import joined
from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Number, Product, Scripted, Syntax, walk_syntax
from chalkgrad.reading.families import key_of, quantities
from chalkgrad.reading.functions import applied, functions_in
from chalkgrad.reading.scope import core, is_transpose

Written: TypeAlias = tuple[WrittenEquation, Chain]
Heads: TypeAlias = Mapping[str, tuple[str, ...]]

_FREE_LETTERS = "fgFGqrhuvpkPQRSUV"
_HESSIANS = frozenset({"H", "Hess"})


def partials_as_fractions(written: Sequence[Written]) -> list[Written]:
    r"""The equations with each shorter spelling of a derivative of a function that the document has as a fraction.

    >>> from chalkgrad.reading.latex import read_latex
    >>> text = r"f(x, y) = x y \quad \nabla f = (y, x) \quad f_{xy} = 1"
    >>> written = [(WrittenEquation(text, 1, 1), chain) for chain in read_latex(text)]
    >>> [len(chain.sides[0].denominators) for _, chain in partials_as_fractions(written)[1:]]
    [1, 1, 2]
    """
    heads = functions_in(chain for _, chain in written)
    heads = {name: variables for name, variables in heads.items() if _is_defined(name, written)}
    defined = {key_of(left) for _, chain in written if isinstance(left := chain.sides[0], Name)}
    taken = set(heads) | {core(part) for _, chain in written for part in walk_syntax(chain) if isinstance(part, Name)}
    result: list[Written] = []
    for equation, chain in written:
        unnamed = _of_a_formula(chain, heads, defined, taken)
        result += [(equation, each) for each in unnamed or _spelled_out(chain, heads)]
    return result


def _of_a_formula(chain: Chain, heads: Heads, defined: set[str], taken: set[str]) -> list[Chain]:
    r"""`\frac{d}{dx}(x \sin x) = …` as the definition of a function and its derivative; nothing for anything else.

    A formula of values that the document defines is none of its letters alone.
    """
    left = chain.sides[0]
    if not isinstance(left, Product) or not isinstance(left.factors[0], Derivative) or len(left.factors) < 2:
        return []
    acting = left.factors[0]
    if acting.numerator is not None or left.operators[1]:
        return []
    formula = joined(left.factors[1:]) if len(left.factors) == 2 else replace(
        left, operators=("", *left.operators[2:]), factors=left.factors[1:], span=(acting.span[1], left.span[1])
    )  # fmt: skip
    by = [part for part in acting.denominators if isinstance(part, Name)]
    known = applied(formula)
    if known is not None and heads.get(known[0]) == known[1]:
        of = Name(known[0], span=left.span)
        return [replace(chain, sides=(replace(acting, numerator=of, span=left.span), *chain.sides[1:]))]
    names = list(quantities(formula))
    keys = {key_of(name) for name in names}
    plain = all(not (name.subscripts or name.superscripts or name.primes) or key_of(name) in keys for name in names)
    called = any(isinstance(one, Name) and isinstance(other, Group) and key_of(one) in keys
                 for part in walk_syntax(formula) if isinstance(part, Product)
                 for one, other in pairwise(part.factors))  # fmt: skip
    own = {key_of(name) for name in by}
    if not plain or called or keys & defined - own or not own <= keys or len(by) != len(acting.denominators):
        return []
    letter = next((each for each in _FREE_LETTERS if each not in taken), "")
    if not letter or any(name.subscripts for name in names):
        return []
    taken.add(letter)
    function = Name(letter, span=left.span)
    bare = {key_of(name): replace(name, superscripts=()) for name in names}
    head = Product(("", ""), (function, Group("(", tuple(bare.values()), left.span)), left.span)
    derived = replace(acting, numerator=function, span=left.span)
    return [
        replace(chain, relations=("=",), sides=(head, formula)),
        replace(chain, sides=(derived, *chain.sides[1:])),
    ]


def _is_defined(name: str, written: Sequence[Written]) -> bool:
    heads = (applied(chain.sides[0]) for _, chain in written)
    return any(head is not None and head[0] == name for head in heads)


def _spelled_out(chain: Chain, heads: Heads) -> list[Chain]:
    left = chain.sides[0]
    if isinstance(left, Product) and isinstance(left.factors[-1], Group) and not any(left.operators):
        head = applied(replace(left, factors=(*_bare(left.factors[:-2]), *_bare(left.factors[-2:]))))
        if head is not None and heads.get(head[0]) == head[1]:
            left = replace(left, factors=left.factors[:-1])  # f_x(x, y) is f_x
            left = left.factors[0] if len(left.factors) == 1 else left
    by = _by(left, heads)
    if by is not None:
        name, variables = by
        return [replace(chain, sides=(_derivative(name, variables, left), *chain.sides[1:]))]
    found = _derived_entries(left, chain.sides[1:], heads)
    return chains if found and (chains := [_entry(chain, left, *each) for each in found]) else [chain]


def _bare(factors: Sequence[Syntax]) -> tuple[Syntax, ...]:
    """The factors without the subscripts and primes that stand for a derivative, and without a nabla."""
    kept = (each for each in factors if not (isinstance(each, Name) and each.base == r"\nabla"))
    return tuple(replace(each, subscripts=(), primes=0) if isinstance(each, Name) else each for each in kept)


def _by(left: Syntax, heads: Heads) -> tuple[str, tuple[str, ...]] | None:
    """The function and what it is derived by, the last first, of `f_{xy}` and `f''`."""
    if not isinstance(left, Name) or left.accents or left.superscripts or left.base not in heads:
        return None
    variables = heads[left.base]
    if left.primes and not left.subscripts and len(variables) == 1:
        return left.base, variables * left.primes
    below = tuple(letter for part in left.subscripts for letter in _letters(part, variables))
    if not left.primes and below and set(below) <= set(variables):
        return left.base, tuple(reversed(below))
    return None


def _letters(part: Syntax, variables: Sequence[str]) -> Sequence[str]:
    if isinstance(part, Name) and not part.subscripts and not part.superscripts:
        return (core(part),) if core(part) in variables else tuple(part.base)
    if isinstance(part, Product) and not any(part.operators):
        return [letter for factor in part.factors for letter in _letters(factor, variables)]
    return ("",)


def _derived_entries(
    left: Syntax, sides: Sequence[Syntax], heads: Heads
) -> list[tuple[str, tuple[str, ...], list[Syntax]]]:
    """For each entry of a gradient or a Hessian the function, what it is derived by, and the entry on every side."""
    name, order = _gradient_of(left, heads)
    if not order:
        return []
    variables = heads[name]
    rows = [_entries(side) for side in sides]
    if order == 1:
        flat = [_flat(row) for row in rows if row is not None]
        if len(flat) != len(rows) or any(len(row) != len(variables) for row in flat):
            return []
        return [(name, (by,), [row[place] for row in flat]) for place, by in enumerate(variables)]
    found: list[tuple[str, tuple[str, ...], list[Syntax]]] = []
    tables = [[_entries(row) for row in each] for each in rows if each is not None]
    size = len(variables)
    whole = [[row for row in table if row is not None and len(row) == size] for table in tables]
    if len(whole) != len(sides) or any(len(table) != size for table in whole):
        return []
    for down, first in enumerate(variables):
        for across, second in enumerate(variables):
            found.append((name, (first, second), [table[down][across] for table in whole]))
    return found


def _gradient_of(left: Syntax, heads: Heads) -> tuple[str, int]:
    r"""The function whose gradient (1) or Hessian (2) a left side names: `\nabla f`, `\nabla^2 f`, `H_f`, `H`."""
    if isinstance(left, Product) and len(left.factors) == 2 and not any(left.operators):
        sign, name = left.factors
        if isinstance(sign, Name) and sign.base == r"\nabla" and not sign.subscripts and isinstance(name, Name):
            order = 2 if sign.superscripts == (Number("2"),) else 0 if sign.superscripts else 1
            return core(name), order if name == Name(name.base) and core(name) in heads else 0
    if isinstance(left, Name) and core(left) in _HESSIANS and not left.superscripts:
        below = [core(part) for part in left.subscripts if isinstance(part, Name)]
        name_of = below[0] if len(below) == 1 else next(iter(heads)) if len(heads) == 1 else ""
        return name_of, 2 if name_of in heads and len(below) == len(left.subscripts) else 0
    return "", 0


def _entries(side: Syntax) -> tuple[Syntax, ...] | None:
    """What a list has in it; a transpose on it changes nothing."""
    if isinstance(side, Scripted) and side.superscripts and all(map(is_transpose, side.superscripts)):
        side = side.base
    if not isinstance(side, Group) or side.bracket not in ("(", "[", r"\langle"):
        return None
    return side.contents


def _flat(row: tuple[Syntax, ...]) -> list[Syntax]:
    """The entries of a list in one row, or in one column, or in a matrix of one."""
    if all(isinstance(part, Group) and part.bracket == "[" for part in row):
        return [entry for part in row if isinstance(part, Group) for entry in part.contents]
    return list(row)


def _derivative(name: str, by: Sequence[str], left: Syntax) -> Derivative:
    return Derivative(Name(name, span=left.span), tuple(_variable(each, left) for each in by), left.span)


def _variable(name: str, left: Syntax) -> Name:
    base, _, below = name.partition("_")
    return Name(base if len(base) == 1 else f"\\{base}", (Number(below),) if below else (), span=left.span)


def _entry(chain: Chain, left: Syntax, name: str, by: Sequence[str], sides: Sequence[Syntax]) -> Chain:
    return replace(chain, sides=(_derivative(name, by, left), *sides))
