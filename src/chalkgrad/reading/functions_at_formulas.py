r"""Functions that are defined where they are used, at formulas: `C(h(x), y) = -y \log h(x)` defines C(u, y).

What stands in the place of an argument there, `h(x)` or the `y^{(i)}` of a sample, is that argument wherever it stands
on the right, and so the function can be taken at others: `J = \sum_i C(h(x_i), y_i)`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Product, Scripted, Syntax, mapped_chain, walk_syntax
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.vocabulary import applications, arguments_of, quantities

_ARGUMENT = "§0a"  # the accent of an argument that stands for what the function is defined at
_ASSERTED = ("=", ":=", "≡")


@dataclass(frozen=True)
class _Defined:
    """A function, and what stands in the places of its arguments where it is defined."""

    function: Name
    arguments: tuple[Syntax, ...]

    @property
    def names(self) -> tuple[Name, ...]:
        """The arguments under names of their own."""
        return tuple(Name(f"x{k}", accents=(_ARGUMENT,)) for k in range(len(self.arguments)))


def functions_at_formulas(chains: Sequence[Chain]) -> Callable[[Chain], Syntax]:
    """What writes the definitions of such functions with names for their arguments, where they are taken elsewhere."""
    found = [each for chain in chains if (each := _defined(chain)) is not None]
    used = {base_of(name) for chain in chains for side in chain.sides[1:] for name in _applied(side)}
    bare = {base_of(name) for chain in chains for name in _bare(chain)}
    functions = {base_of(each.function) for each in found} & used - bare

    def change(chain: Chain) -> Syntax:
        defined = _defined(chain)
        if defined is None or base_of(defined.function) not in functions:
            return chain
        return _with_names(chain, defined)

    return change if functions else lambda chain: chain


def _defined(chain: Chain) -> _Defined | None:
    """The function that an equation defines by what it is of several values, one of them a formula."""
    match chain.sides[0]:
        case Product(operators=("", ""), factors=(Name(primes=0) as name, Group(bracket="(" | "[") as group)):
            arguments = tuple(arguments_of(group))
            formulas = [each for each in arguments if isinstance(each, Product) and any(applications(each))]
            plain = all(isinstance(each, Name) or each in formulas for each in arguments)
            if chain.relations[0] in _ASSERTED and formulas and plain and len(arguments) == len({*arguments}) > 1:
                return _Defined(name, arguments)
    return None


def _applied(side: Syntax) -> list[Name]:
    return [name for part in walk_syntax(side) if isinstance(part, Product) for name, _ in applications(part)]


def _bare(chain: Chain) -> list[Name]:
    """The names that stand without arguments, or are derived: what a loss is under a derivative is no function."""
    applied = {id(name) for side in chain.sides for name in _applied(side)}
    bare = [name for name in quantities(chain) if id(name) not in applied]
    tops = [part.numerator for part in walk_syntax(chain) if isinstance(part, Derivative) and part.numerator]
    return [*bare, *(name for top in tops for name in quantities(top))]


def _with_names(chain: Chain, defined: _Defined) -> Chain:
    """The definition with the names, if nothing is left on the right of what stood in the formulas."""
    places = [*zip(defined.arguments, defined.names, strict=True)]
    left = chain.sides[0]
    assert isinstance(left, Product)
    group = left.factors[1]
    assert isinstance(group, Group)
    sides = mapped_chain(replace(chain, sides=chain.sides[1:], relations=chain.relations[1:]), _renaming(places)).sides
    inner = {name for each in defined.arguments if isinstance(each, Product) for name in _arguments_in(each)}
    if any(name in inner for side in sides for name in quantities(side)):
        return chain
    head = replace(left, factors=(left.factors[0], replace(group, contents=defined.names)))
    return replace(chain, sides=(head, *sides))


def _arguments_in(formula: Product) -> list[Name]:
    return [name for _, group in applications(formula) for name in quantities(group)]


def _renaming(places: Sequence[tuple[Syntax, Name]]) -> Callable[[Syntax], Syntax]:
    def change(part: Syntax) -> Syntax:
        for old, new in places:
            if part == old:
                return replace(new, span=part.span)
        return _in_product(part, places) if isinstance(part, Product) else part

    return change


def _in_product(product: Product, places: Sequence[tuple[Syntax, Name]]) -> Product:
    """A product where some of its factors, the `h (x)` of `y h(x)`, are an argument together."""
    operators: list[str] = []
    factors: list[Syntax] = []
    place = 0
    while place < len(product.factors):
        found = next(((old, new) for old, new in places if _begins(product, place, old)), None)
        operators.append(product.operators[place])
        if found is None:
            factors.append(product.factors[place])
            place += 1
            continue
        old, new = found
        assert isinstance(old, Product)
        first, last = product.factors[place], product.factors[place + len(old.factors) - 1]
        name = replace(new, span=(first.span[0], last.span[1]))
        if isinstance(last, Scripted) and not isinstance(old.factors[-1], Scripted):
            factors.append(replace(last, base=name))
        else:
            factors.append(name)
        place += len(old.factors)
    return replace(product, operators=tuple(operators), factors=tuple(factors))


def _begins(product: Product, place: int, old: Syntax) -> bool:
    """Whether the factors of a formula stand in a product from a place on, the last with a power perhaps."""
    if not isinstance(old, Product) or place + len(old.factors) > len(product.factors):
        return False
    here = product.factors[place : place + len(old.factors)]
    last = here[-1].base if isinstance(here[-1], Scripted) and not isinstance(old.factors[-1], Scripted) else here[-1]
    inner = product.operators[place + 1 : place + len(old.factors)]
    return inner == old.operators[1:] and (*here[:-1], last) == old.factors


__all__ = ["functions_at_formulas"]
