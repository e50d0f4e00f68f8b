"""The numbers that a sheet gives: its parameters, its samples and the rate of a step, and what comes of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.grading.correspondence import Place
from chalkgrad.grading.named_numbers import Named, json_in, named_in, plain_name
from chalkgrad.language import Array, Program, Role, Tensor, array_of, evaluate, jacobian_by_dual_numbers
from chalkgrad.page.front_matter import setting_in

_MOST_ENTRIES = 1000
_RATE = re.compile(
    r"\b(?:learning rate|step size|rate)\b(?: (?:is|of|=))?[^\d\n]{0,25}?(?P<rate>\d*\.?\d+)", re.IGNORECASE
)


@dataclass(frozen=True)
class GivenNumbers:
    """The parameters by name, each sample's inputs and target by name, and the rate (None where none is told)."""

    parameters: Mapping[str, Array]
    samples: tuple[Mapping[str, Array], ...]
    rate: float | None

    def values(self, sample: int) -> dict[str, Array]:
        """All that the network is given for a sample."""
        return {**self.parameters, **self.samples[sample]}

    def stepped(self, program: Program) -> dict[str, Array] | None:
        """The parameters after a step of gradient descent on the mean loss of the samples."""
        if self.rate is None:
            return None
        found = {}
        for name, array in self.parameters.items():
            slopes = [
                jacobian_by_dual_numbers(program, self.values(sample), name).numbers
                for sample in range(len(self.samples))
            ]
            means = [sum(column) / len(slopes) for column in zip(*slopes, strict=True)]
            moved = [float(p - self.rate * g) for p, g in zip(array.numbers, means, strict=True)]
            found[name] = Array(array.shape, moved)
        return found


def names_of(tensor: Tensor, place: Place, written: Mapping[str, str]) -> list[str]:
    """The names of an element of a tensor as they are compared: along an axis with a single place it may have no
    index, and one alone may be numbered by 1.

    >>> from chalkgrad.language import Axis
    >>> names_of(Tensor("w", (Axis("i", 2),)), (1,), {}), names_of(Tensor("c"), (), {"c": "c"})
    (['w2'], ['c', 'c1'])
    """
    stem = plain_name(written.get(tensor.name, tensor.name))
    numbered = stem + "".join(str(each + 1) for each in place)
    several = [k for k, size in zip(place, tensor.shape, strict=True) if k or (isinstance(size, int) and size > 1)]
    shortly = stem + "".join(str(each + 1) for each in several)
    return list(dict.fromkeys([numbered, shortly] if several else [numbered, stem, f"{stem}1"]))


def _places(tensor: Tensor) -> list[Place]:
    sizes = [size for size in tensor.shape if isinstance(size, int)]
    small = len(sizes) == len(tensor.shape) and prod(sizes) <= _MOST_ENTRIES
    return list(product(*map(range, sizes))) if small else []


def given_numbers(text: str, program: Program, written: Mapping[str, str], latex: bool = False) -> GivenNumbers | None:
    """The numbers of a sheet's text for its network: of its front matter, or of its equations and tables; None where
    some are missing. Of several numbers under one name the first counts: later ones may be results.
    """
    rate = _rate(text)
    told = _in_front_matter(text, program)
    if told is not None:
        return GivenNumbers(*told, rate)
    found: dict[str, Named] = {}
    for named in named_in(text, latex):
        found.setdefault(named.plainly, named)
    parameters, rows = {}, {}
    for tensor in program.declared:
        entries = [
            next((found[name] for name in names_of(tensor, place, written) if name in found), None)
            for place in _places(tensor)
        ]
        if not entries or any(each is None or None in each.numbers for each in entries):
            return None
        numbers = [[n.value for n in each.numbers if n is not None] for each in entries if each is not None]
        shape = tuple(size for size in tensor.shape if isinstance(size, int))
        if tensor.role is Role.PARAMETER:
            parameters[tensor.name] = Array(shape, [each[0] for each in numbers])
        else:
            rows[tensor.name] = (shape, numbers)
    counts = {len(each) for _, numbers in rows.values() for each in numbers}
    if len(counts) != 1:
        return None
    samples = tuple(
        {name: Array(shape, [each[sample] for each in numbers]) for name, (shape, numbers) in rows.items()}
        for sample in range(counts.pop())
    )
    return GivenNumbers(parameters, samples, rate)


def _rate(text: str) -> float | None:
    told = setting_in(text, "rate")
    found = _RATE.search(text)
    try:
        return float(told or (found["rate"] if found else ""))
    except ValueError:
        return None


def _in_front_matter(text: str, program: Program) -> tuple[dict[str, Array], tuple[Mapping[str, Array], ...]] | None:
    parameters, samples = json_in(setting_in(text, "parameters")), json_in(setting_in(text, "samples"))
    if not isinstance(parameters, dict) or not isinstance(samples, list) or not samples:
        return None
    try:
        given = _arrays(parameters)
        found = tuple(_arrays(each) for each in samples)
        for each in found:
            evaluate(program, {**given, **each})
    except (ChalkgradError, ArithmeticError, AttributeError, TypeError, ValueError) as problem:
        raise ChalkgradError(f"the numbers of the sheet do not fit its network: {problem}") from None
    return given, found


def _arrays(values: Mapping[str, Any]) -> dict[str, Array]:
    return {str(name): array_of(value) for name, value in values.items()}
