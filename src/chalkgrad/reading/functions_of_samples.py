"""Functions of a sample that is written by its entries, `f(x_i) = w_1 x_{i1} + b`: the value f_i for that sample."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import replace

from chalkgrad.page.syntax import Chain, Group, Name, Product, Scripted, Syntax, mapped, walk_syntax
from chalkgrad.reading.scripts import base_of, scripts_of
from chalkgrad.reading.vocabulary import applications


def functions_of_samples(chains: Sequence[Chain]) -> Callable[[Chain], Syntax]:
    """What writes such a function as a value, where all equations apply it to that one sample and nothing else."""
    samples: dict[Name, set[Syntax]] = defaultdict(set)
    applied: Counter[Name] = Counter()
    for part in (part for chain in chains for part in walk_syntax(chain)):
        for function, group in applications(part) if isinstance(part, Product) else ():
            samples[function].add(group.contents[0] if len(group.contents) == 1 else group)
            applied[function] += 1
    values: dict[Name, Name] = {}
    for chain in chains:
        match chain.sides[0]:
            case Product(operators=("", ""), factors=(Name() as function, Group(contents=(Name() as sample,)))):
                plain = not (function.subscripts or function.superscripts or function.primes)
                if plain and samples[function] == {sample} and _has_entries(chain, sample):
                    values[function] = replace(function, subscripts=sample.subscripts)
    everywhere = Counter(part for chain in chains for part in walk_syntax(chain) if part in values)
    values = {function: value for function, value in values.items() if everywhere[function] == applied[function]}

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Product) or not any(one in values for one, _ in applications(part)):
            return part
        return _with_values(part, values)

    return lambda chain: mapped(chain, change) if values else chain


def _has_entries(chain: Chain, sample: Name) -> bool:
    """Whether the entries of a sample stand on the right: x_{i1} for the x_i."""
    below = [item.text for item in scripts_of(sample).below]
    return bool(below) and any(
        isinstance(part, Name) and base_of(part) == base_of(sample) and _begins(part, below)
        for side in chain.sides[1:] for part in walk_syntax(side)
    )  # fmt: skip


def _begins(entry: Name, below: Sequence[str]) -> bool:
    own = [item.text for item in scripts_of(entry).below]
    return len(own) > len(below) and own[: len(below)] == list(below)


def _with_values(product: Product, values: dict[Name, Name]) -> Syntax:
    operators: list[str] = []
    factors: list[Syntax] = []
    groups = {id(group): values[one] for one, group in applications(product) if one in values}
    for operator, factor in zip(product.operators, product.factors, strict=True):
        group = factor.base if isinstance(factor, Scripted) else factor
        if id(group) in groups:
            value = replace(groups[id(group)], span=(factors[-1].span[0], factor.span[1]))
            factors[-1] = replace(factor, base=value) if isinstance(factor, Scripted) else value
        else:
            operators.append(operator)
            factors.append(factor)
    return factors[0] if len(factors) == 1 else replace(product, operators=tuple(operators), factors=tuple(factors))


__all__ = ["functions_of_samples"]
