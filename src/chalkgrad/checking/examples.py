"""Worked examples: what a document says comes out, against the model and its derivatives at the numbers that it gives.

Numbers that were rounded are taken for as good as their digits, and half a percent, since one rounds on the way.
Where a quantity was given several numbers, all of them are tried, the latest first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice, product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.checking.repair import Slip
from chalkgrad.checking.report import CheckedClaim
from chalkgrad.checking.underlining import mark
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Program, Tensor, evaluate, jacobian_by_dual_numbers
from chalkgrad.reading.claims import Place
from chalkgrad.reading.examples import Example, Side

_MOST_CHOICES = 32
_ROUNDED = 0.005
_EXACT = 1e-9
_HINT = "Put the numbers that are given in once more, step by step."

Reals = NDArray[np.float64]


class Examples:
    """What a document says in numbers about a model, in the order of the document."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self._given: dict[Tensor, dict[tuple[int, ...] | None, list[Reals]]] = {}

    def check(self, examples: Sequence[Example]) -> list[CheckedClaim]:
        """The verdict on each of them: numbers that are given are definitions."""
        return [self._give(example) if example.given else self._verdict(example) for example in examples]

    def _give(self, example: Example) -> CheckedClaim:
        told = _told(example, "definition")
        place, value = example.of, np.array(example.sides[-1].numbers, dtype=float)
        entry = None if place.indices is None else tuple(index.offset for index in place.indices)
        known = self._given.setdefault(place.tensor, {})
        if entry is None:
            fitted = _fitted(value, place.tensor)
            if fitted is None:
                shape = " × ".join(map(str, place.tensor.shape)) or "a single number"
                return replace(told, guesses=(f"these numbers are not used, as {place.tensor.name} is {shape}",))
            value = fitted
            if None not in known:
                known.clear()
        elif value.shape != () or None in known:
            known.clear()
        known.setdefault(entry, []).insert(0, value)
        return replace(told, reason="given in numbers")

    def _verdict(self, example: Example) -> CheckedClaim:
        reached = _reached(self.program, example.of.tensor)
        needed = [tensor for tensor in self.program.declared if tensor in reached]
        missing = [tensor.name for tensor in needed if not self._values(tensor)]
        if missing:
            words = f"its numbers are not checked, as there are none for {', '.join(sorted(missing))}"
            return replace(_told(example, "definition"), guesses=(words,))
        wrong: tuple[Side, Any] | None = None
        choices = product(*(self._values(tensor) for tensor in needed))
        for chosen in islice(choices, _MOST_CHOICES):
            values = {tensor.name: value.tolist() for tensor, value in zip(needed, chosen, strict=True)}
            try:
                true = _true(self.program, example, values)
            except ChalkgradError as problem:
                return _told(example, "undetermined", f"it could not be computed at the numbers given: {problem}")
            failing = next((side for side in example.sides if not _close(side, true)), None)
            if failing is None:
                return _told(example, "right", f"it is {_written(true)} at the numbers given")
            wrong = wrong or (failing, true)
        assert wrong is not None
        side, true = wrong
        begin, end = side.syntax.span
        said = example.equation.latex[begin:end].strip()
        slip = Slip("wrong_number", f"At the numbers given it is {_written(true)}, not {said}.", _HINT)
        told = _told(example, "wrong", slip.message)
        return replace(told, mistakes=(slip,), marks=(mark(example.equation, side.syntax.span),), link=said)

    def _values(self, tensor: Tensor) -> list[Reals]:
        """The numbers that a tensor was given, as a whole or entry by entry, the latest first."""
        known = self._given.get(tensor, {})
        if None in known:
            return known[None]
        sizes = [size for size in tensor.shape if isinstance(size, int)]
        places = list(np.ndindex(*sizes)) if len(sizes) == len(tensor.shape) else []
        if not places or any(place not in known for place in places):
            return []
        choices = islice(product(*(known[place] for place in places)), _MOST_CHOICES)
        return [np.array(chosen).reshape(sizes) for chosen in choices]


def _told(example: Example, verdict: str, reason: str = "") -> CheckedClaim:
    at = example.equation
    kind = "definition" if verdict == "definition" else "claim"
    wrt = example.wrt.tensor if example.wrt is not None else None
    return CheckedClaim(
        at.line, at.column, at.section, at.latex, kind, example.subject, verdict, reason, wrt=wrt
    )  # fmt: skip


def _reached(program: Program, of: Tensor) -> set[Tensor]:
    """The tensor, and all on which its value depends."""
    found = {of}
    for definition in reversed(program.definitions):
        if definition.tensor in found:
            found |= set(definition.body.tensors)
    return found


def _true(program: Program, example: Example, values: Mapping[str, Any]) -> Reals:
    """The value, or the derivative, of which the example speaks."""
    of = example.of.tensor
    declared = tuple(tensor for tensor in program.declared if tensor.name in values)
    reached = _reached(program, of)
    way = tuple(definition for definition in program.definitions if definition.tensor in reached)
    part = Program(declared, way, (of,), program.assumptions)
    known = evaluate(part, values)
    if example.wrt is None:
        return _part(np.array(known[of.name].nested(), dtype=float), example.of)
    by = example.wrt.tensor
    if by not in declared:
        given = Tensor(by.name, by.axes, by.role)
        later = tuple(definition for definition in part.definitions if definition.tensor is not by)
        part = Program((*declared, given), later, (of,), program.assumptions)
        values = {**values, by.name: known[by.name].nested()}
    found = np.array(jacobian_by_dual_numbers(part, values, by.name, of.name).nested(), dtype=float)
    return _part(found, example.wrt)


def _part(value: Reals, place: Place) -> Reals:
    return value if place.indices is None else value[tuple(index.offset for index in place.indices)]


def _fitted(value: Reals, tensor: Tensor) -> Reals | None:
    """The numbers in the shape of the tensor; rows of one entry, and columns, are vectors."""
    shape = tensor.shape
    sizes = [size for size in shape if isinstance(size, int)]
    if value.ndim == len(shape) and all(
        not isinstance(size, int) or size == found for size, found in zip(shape, value.shape, strict=True)
    ):
        return value
    if len(sizes) == len(shape) and [n for n in value.shape if n != 1] == [n for n in sizes if n != 1]:
        return value.reshape(sizes)
    return None


def _close(side: Side, true: Reals) -> bool:
    claimed = np.array(side.numbers, dtype=float)
    if claimed.shape != true.shape:
        if claimed.squeeze().shape != true.squeeze().shape:
            return False
        claimed = claimed.reshape(true.shape)
    allowed = _EXACT * (1 + np.abs(true))
    if side.rounding:
        allowed = allowed + side.rounding + _ROUNDED * np.abs(true)
    return bool((np.abs(claimed - true) <= allowed).all())


def _written(value: Reals) -> str:
    if value.ndim == 0:
        return f"{float(value):.4g}"
    return "(" + ", ".join(_written(np.asarray(entry)) for entry in value) + ")"
