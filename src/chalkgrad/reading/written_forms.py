"""Ways of writing that mean the same, brought to one: `f(x)_i` is written as f_i(x)."""

from __future__ import annotations

from dataclasses import replace

from chalkgrad.page.spelling import function_names
from chalkgrad.page.syntax import (
    Addition,
    Chain,
    Dots,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Syntax,
    mapped,
    parts,
    with_parts,
)
from chalkgrad.reading.scripts import base_of, is_transpose


def in_one_form(chain: Chain) -> Chain:
    """An equation with what is written in several ways written in one."""
    changed: Syntax = chain
    for form in (
        _inverse_transposes, _ones, _with_labels_apart, _without_empty, _with_places_on_names, _with_scripts_on_names,
    ):  # fmt: skip
        changed = mapped(changed, form, scripts=False)
    assert isinstance(changed, Chain)
    return replace(changed, sides=(_without_listed_arguments(changed.sides[0]), *changed.sides[1:]))


def _without_listed_arguments(side: Syntax) -> Syntax:
    r"""The L of `L(\{x^{(1)}, \dots, x^{(n)}\}) = …`: what a list with dots says of its arguments is in the text."""
    match side:
        case Product(("", ""), (Name() as name, Group("(", contents))):
            listed = any(
                isinstance(part, Group) and any(isinstance(each, Dots) for each in part.contents) for part in contents
            )
            return name if listed else side
    return side


def _inverse_transposes(part: Syntax) -> Syntax:
    r"""The `X^{-\top}` of an inverse that is transposed, with both marks: `X^{-1 \top}`."""
    if not isinstance(part, Name | Scripted):
        return part
    above: list[Syntax] = []
    for mark in part.superscripts:
        match mark:
            case Addition((-1,), (Name() as turned,)) if is_transpose(turned):
                above += [Addition((-1,), (Number("1", mark.span),), mark.span), turned]
            case _:
                above.append(mark)
    return part if len(above) == len(part.superscripts) else replace(part, superscripts=tuple(above))


def _ones(part: Syntax) -> Syntax:
    r"""The `1_n` of `\bold{1_n}` and `1^\top` as what `\mathbf 1_n` is, a vector of ones, and `1_{i, y_n}` as
    `1_{i = y_n}`.
    """
    marked = isinstance(part, Scripted) and (part.subscripts or any(map(is_transpose, part.superscripts)))
    if marked and isinstance(part, Scripted) and part.base == Number("1") and not part.primes:
        return Name("1", part.subscripts, part.superscripts, style="mathbf", span=part.span)
    match part:
        case Name("1", (Name("i" | "j" | "k", (), ()) as index, Name() as label)) if (
            label.subscripts or label.superscripts
        ):
            # `1_{i, y_n}`: 1 where i is y_n
            return replace(part, subscripts=(Chain(("=",), (index, label), label.span),))
    return part


def _with_labels_apart(part: Syntax) -> Syntax:
    r"""The `E_{edge_{ij}}` of a word that has the indices of the name itself, as `E_{edge, ij}`."""
    match part:
        case Name(subscripts=(Name(base=word, subscripts=inner, superscripts=()) as label,)) if inner and len(word) > 1:
            if word.isalpha():
                return replace(part, subscripts=(replace(label, subscripts=()), *inner))
    return part


def _without_empty(part: Syntax) -> Syntax:
    r"""A product in which the scripts of nothing, `A_0 { }^T`, stand on what is before it."""
    if not isinstance(part, Product):
        return part
    factors: list[Syntax] = []
    operators: list[str] = []
    for operator, factor in zip(part.operators, part.factors, strict=True):
        before = factors[-1] if factors else None
        empty = isinstance(factor, Scripted) and factor.base == Group("{", ())
        if (
            empty
            and isinstance(factor, Scripted)
            and not operator
            and isinstance(before, Name)
            and not before.superscripts
        ):
            factors[-1] = replace(before, superscripts=factor.superscripts, span=(before.span[0], factor.span[1]))
            continue
        factors.append(factor)
        operators.append(operator)
    if len(factors) == len(part.factors):
        return part
    return factors[0] if len(factors) == 1 else replace(part, factors=tuple(factors), operators=tuple(operators))


def _with_places_on_names(part: Syntax) -> Syntax:
    """A product in which the indices that stand below a function's arguments stand below its name."""
    if not isinstance(part, Product):
        return part
    factors = list(part.factors)
    for place, factor in enumerate(factors[1:], start=1):
        name = factors[place - 1]
        if part.operators[place] or not isinstance(name, Name) or name.subscripts or not _is_own(name):
            continue
        if isinstance(factor, Scripted) and factor.subscripts and not factor.primes and _are_names(factor.base):
            factors[place - 1] = replace(name, subscripts=factor.subscripts)
            rest = replace(factor, subscripts=())
            factors[place] = rest if rest.superscripts else factor.base
    return part if factors == list(part.factors) else replace(part, factors=tuple(factors))


def _with_scripts_on_names(part: Syntax) -> Syntax:
    r"""A part with each name in brackets and what stands below these or turns them, `(x^{(i)})_j`, without brackets.

    A power stays where it is: beside the marks of a name it would be one of them. After a name the brackets may be
    those of a call, `f(x)_j`.
    """
    if isinstance(part, Name | Scripted):
        return part
    inner = parts(part)
    calls = isinstance(part, Product) and [
        place > 0 and isinstance(part.factors[place - 1], Name) and not part.operators[place]
        for place in range(len(part.factors))
    ]
    changed = tuple(each if calls and calls[place] else _without_brackets(each) for place, each in enumerate(inner))
    return part if changed == inner else with_parts(part, changed)


def _without_brackets(part: Syntax) -> Syntax:
    if (
        not isinstance(part, Scripted)
        or part.primes
        or not isinstance(part.base, Group)
        or len(part.base.contents) != 1
    ):
        return part
    name = part.base.contents[0]
    if not isinstance(name, Name) or part.base.bracket not in ("(", "[") or name.subscripts:
        return part
    if name.primes or any(map(is_transpose, name.superscripts)) or not all(map(is_transpose, part.superscripts)):
        return part
    above = (*name.superscripts, *part.superscripts)
    return replace(name, subscripts=part.subscripts, superscripts=above, span=part.span)


def _is_own(name: Name) -> bool:
    """Whether a name may be a function of the document, and is none that everybody knows."""
    return not name.base.startswith("\\") and base_of(name).lower() not in function_names() and len(name.base) > 1


def _are_names(part: Syntax) -> bool:
    return isinstance(part, Group) and part.bracket == "(" and all(isinstance(each, Name) for each in part.contents)
