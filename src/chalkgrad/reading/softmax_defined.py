r"""Letters that a document defines to be the softmax: `\sigma(z)_i = \frac{e^{z_i}}{\sum_j e^{z_j}}`, S or ς as well.

They are written as the softmax from then on, whatever the letter is elsewhere. Where it also stands for another
function, only what has a place picked from its outcome, `\sigma(z)_i`, is meant by it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import (
    BigOperator,
    Chain,
    Fraction,
    Group,
    Name,
    Product,
    Scripted,
    Syntax,
    mapped,
    walk_syntax,
)
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of

_SOFTMAX = "softmax"


def with_softmax(statements: Sequence[Statement], told: Mapping[str, Collection[str]] | None = None) -> list[Statement]:
    """The equations with such letters written as the softmax, but in sections that define one as another function of
    the same kind; and with those that are `told` to be it, in the sections for which that is told.
    """
    told = told or {}
    gone: dict[str, set[str]] = {}
    for section in {statement.equation.section for statement in statements}:
        elsewhere = {base for base, sections in told.items() if sections and section not in sections}
        if elsewhere:
            gone[section] = elsewhere
    others: dict[str, set[str]] = {}
    for statement in statements:
        called = _called(statement.chain.sides[0])
        if called is not None and _is_another(statement.chain, called[1]):
            gone.setdefault(statement.equation.section, set()).add(base_of(called[0]))
            others.setdefault(statement.equation.section, set()).add(base_of(called[0]))
    chains = [statement.chain for statement in statements]
    everywhere = _softmax_defined(chains, told, frozenset())
    there = {section: _softmax_defined(chains, told, frozenset(bases)) for section, bases in gone.items()}
    own = _defined_in_sections(statements, others)
    result = []
    for statement in statements:
        section = statement.equation.section
        chain = there.get(section, everywhere)(statement.chain)
        chain = own[section](chain) if section in own else chain
        assert isinstance(chain, Chain)
        result.append(replace(statement, chain=chain))
    return result


def _defined_in_sections(
    statements: Sequence[Statement], others: Mapping[str, set[str]]
) -> dict[str, Callable[[Syntax], Syntax]]:
    """What writes letters as the softmax in each section that defines them so and in those after it, up to one that has
    them for another function, as its definition or their derivative shows.
    """
    parts: dict[str, list[Chain]] = {}
    for statement in statements:
        parts.setdefault(statement.equation.section, []).append(statement.chain)
    found: dict[str, Callable[[Syntax], Syntax]] = {}
    current: list[Chain] = []
    for section, chains in parts.items() if len(parts) > 1 else ():
        gone = frozenset(others.get(section, ()))
        defined = [chain for chain in chains if any(_softmax_of(side) is not None for side in chain.sides[1:])]
        bases = {base_of(called[0]) for chain in current for side in chain.sides[:-1] if (called := _called(side))}
        if defined:
            current = defined
        elif gone & bases or any(_has_primes(chains, each) or _is_defined_otherwise(chains, each) for each in bases):
            current = []
        if current:
            found[section] = _softmax_defined([*current, *chains], (), gone)
    return found


def _is_another(chain: Chain, argument: Name) -> bool:
    """Whether a letter is defined by the places of its argument without an exponential: `z_i / sum_k z_k`."""
    side = chain.sides[1]
    if isinstance(side, Group) and side.bracket == "{" and len(side.contents) == 1:
        side = side.contents[0]
    names = [part for part in walk_syntax(side) if isinstance(part, Name)]
    above = any(replace(part, subscripts=(), style="") == argument for part in names if _picks(part))
    exponential = any(part.base in ("e", "exp", r"\exp") or part.superscripts for part in names)
    return isinstance(side, Fraction) and isinstance(side.denominator, BigOperator) and above and not exponential


def _softmax_defined(
    chains: Sequence[Chain], told: Collection[str], gone: frozenset[str]
) -> Callable[[Syntax], Syntax]:
    """What writes such letters of some equations as the softmax, but for those that are `gone`."""
    found: dict[str, Name] = {}
    for chain in chains:
        if any(_softmax_of(side) is not None for side in chain.sides[1:]):
            arguments = [argument for argument in map(_softmax_of, chain.sides[1:]) if argument is not None]
            for side in chain.sides[:-1]:
                called = _called(side)
                if called is not None and called[1] in arguments and base_of(called[0]).lower() != _SOFTMAX:
                    found.setdefault(base_of(called[0]), called[1])
    for base in told:
        of = next((of for chain in chains for of in _arguments_of(chain, base)), None)
        if of is not None:
            found.setdefault(base, of)
    found = {base: of for base, of in found.items() if base not in gone and not _has_primes(chains, base)}
    if not found:
        return lambda part: part
    others = {base for base in found if _is_defined_otherwise(chains, base)}

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Product):
            return _renamed(part, found, others)
        if isinstance(part, Group) and part.bracket == "[" and len(part.contents) == 1:
            inner = part.contents[0]  # the brackets of `[\sigma(z)]_i`
            return replace(part, bracket="(") if _is_softmax(inner) else part
        return part

    def changed(part: Syntax) -> Syntax:
        outer = mapped(part, change)
        arguments = [group for each in walk_syntax(outer) if (group := _softmax_argument(each)) is not None]
        alone = {base: arguments[0] if arguments else Group("(", (of,)) for base, of in found.items()}
        return mapped(outer, lambda each: _alone(each, alone, others), scripts=False)

    return changed


def _arguments_of(chain: Chain, base: str) -> Iterator[Name]:
    """The names to which a letter is applied, without their places."""
    for part in walk_syntax(chain):
        for _, name, group, _ in _applied(part) if isinstance(part, Product) else ():
            inner = group.contents[0] if len(group.contents) == 1 else None
            if base_of(name) == base and isinstance(inner, Name):
                yield replace(inner, subscripts=(), style="")


def _softmax_of(side: Syntax) -> Name | None:
    r"""The z of `\frac{e^{z_i}}{\sum_j e^{z_j}}`."""
    if not isinstance(side, Fraction) or not isinstance(side.denominator, BigOperator):
        return None
    below = side.denominator
    letters = [part.base for script in below.subscripts for part in walk_syntax(script) if isinstance(part, Name)]
    above, summed = _exponent(side.numerator), _exponent(below.body)
    if below.kind != "sum" or above is None or summed is None or not letters:
        return None
    if not _picks(above) or not _picks(summed) or summed.subscripts != (Name(letters[0]),):
        return None
    same = replace(above, subscripts=()) == replace(summed, subscripts=())
    return replace(above, subscripts=()) if same and above.subscripts != summed.subscripts else None


def _picks(name: Name) -> bool:
    return len(name.subscripts) == 1 and isinstance(name.subscripts[0], Name)


def _exponent(part: Syntax) -> Name | None:
    r"""The x of `e^x` or `\exp(x)`."""
    match part:
        case Name(base="e", subscripts=(), superscripts=(Name() as inner,)):
            return inner
        case Product(operators=("", ""), factors=(Name(base=r"\exp" | "exp"), Group(contents=(Name() as inner,)))):
            return inner
        case Product(operators=("", ""), factors=(Name(base=r"\exp" | "exp"), Name() as inner)):
            return inner
        case Group(bracket="{" | "(", contents=(inner_part,)):
            return _exponent(inner_part)
    return None


def _called(side: Syntax) -> tuple[Name, Name] | None:
    r"""The σ and the z of `\sigma(z)_i`, `[\sigma(z)]_i`, `\sigma_i(z)` and `\sigma(z_i)`."""
    if isinstance(side, Scripted) and isinstance(side.base, Group) and len(side.base.contents) == 1:
        return _called(side.base.contents[0])
    if not isinstance(side, Product) or len(side.factors) != 2 or any(side.operators):
        return None
    name, group = side.factors
    if isinstance(group, Scripted) and not group.superscripts:
        group = group.base
    if isinstance(name, Name) and isinstance(group, Group) and len(group.contents) == 1:
        argument = group.contents[0]
        if isinstance(argument, Name) and not name.superscripts:
            return name, replace(argument, subscripts=(), style="")
    return None


def _has_primes(chains: Sequence[Chain], base: str) -> bool:
    return any(
        isinstance(part, Name) and part.primes and base_of(part) == base for chain in chains
        for part in walk_syntax(chain)
    )  # fmt: skip


def _is_defined_otherwise(chains: Sequence[Chain], base: str) -> bool:
    """Whether a letter is defined as another function as well, or used as the sigmoid that it usually is."""
    for chain in chains:
        called = _called(chain.sides[0])
        if called is not None and base_of(called[0]) == base:
            if not any(_softmax_of(side) is not None for side in chain.sides[1:]):
                return True
    return False


def _applied(part: Product) -> Iterator[tuple[int, Name, Group, bool]]:
    """The names that are applied, each with its place, its argument, and whether a place of the outcome is picked."""
    for place, name in enumerate(part.factors[:-1]):
        follows = part.factors[place + 1]
        group = follows.base if isinstance(follows, Scripted) else follows
        if isinstance(name, Name) and not part.operators[place + 1] and isinstance(group, Group):
            if group.bracket in ("(", "["):
                picked = bool(name.subscripts) or (isinstance(follows, Scripted) and bool(follows.subscripts))
                yield place, name, group, picked


def _renamed(part: Product, found: dict[str, Name], others: set[str]) -> Syntax:
    factors = list(part.factors)
    for place, name, group, picked in _applied(part):
        base = base_of(name)
        if base not in found or (base in others and not picked):
            continue
        if name.subscripts and not (len(group.contents) == 1 and isinstance(group.contents[0], Name)):
            continue  # `S_i (1 - S_i)` is a product
        factors[place] = Name(_SOFTMAX, style="operatorname", span=name.span)
        if name.subscripts:
            factors[place + 1] = Scripted(group, name.subscripts, span=group.span)
    return part if tuple(factors) == part.factors else replace(part, factors=tuple(factors))


def _is_softmax(part: Syntax) -> bool:
    return isinstance(part, Product) and part.factors[0] == Name(_SOFTMAX, style="operatorname")


def _softmax_argument(part: Syntax) -> Group | None:
    if not _is_softmax(part) or not isinstance(part, Product):
        return None
    follows = part.factors[1]
    group = follows.base if isinstance(follows, Scripted) else follows
    return group if isinstance(group, Group) and isinstance(group.contents[0], Name) else None


def _alone(part: Syntax, arguments: dict[str, Group], others: set[str]) -> Syntax:
    r"""The `\sigma_i` of a letter that stands without an argument, as an entry of what it gives."""
    if not isinstance(part, Name) or base_of(part) not in arguments or base_of(part) in others:
        return part
    if part.superscripts or not part.subscripts:
        return part
    softmax = Name(_SOFTMAX, style="operatorname", span=part.span)
    argument = arguments[base_of(part)]
    plain = tuple(replace(each, subscripts=()) if isinstance(each, Name) else each for each in argument.contents)
    outcome = Scripted(replace(argument, contents=plain), part.subscripts, span=part.span)
    return Group("(", (Product(("", ""), (softmax, outcome), part.span),), part.span)


__all__ = ["with_softmax"]
