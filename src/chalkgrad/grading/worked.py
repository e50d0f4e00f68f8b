"""What a submission worked out in numbers: the values of the units for each sample, and a step of gradient descent.

Each number is compared with what the submission's own equations give at the sheet's numbers, to the digits written. One
that is wrong, but follows from wrong numbers before it, follows: the slip is paid for where it was made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from chalkgrad.errors import ChalkgradError
from chalkgrad.grading.correspondence import Correspondence, Place
from chalkgrad.grading.given_numbers import GivenNumbers, names_of
from chalkgrad.grading.named_numbers import Named, Written, plain_name
from chalkgrad.language import Array, Call, Program, Tensor, array_of, evaluate

_AFTER = frozenset({"after", "new", "updated", "next", "afterthestep", "newvalue"})


@dataclass(frozen=True)
class Entry:
    """A number that is asked for: what is called, and what came of it: right, follows, wrong or missing."""

    name: str
    verdict: str
    line: int | None = None
    written: float | None = None
    expected: float | None = None

    def comment(self, hints: bool = False) -> str:
        """What is said of it; nothing of one that is right."""
        if self.verdict == "wrong":
            told = f"{self.name} is {self.written:g} in line {self.line}"
            return f"{told}, which is not what its equation gives." if hints else f"{told}; it is {self.expected:.4g}."
        if self.verdict == "follows":
            return f"{self.name} follows from an earlier slip."
        return f"{self.name} is missing." if self.verdict == "missing" else ""


@dataclass(frozen=True)
class Own:
    """The network of a submission in its own names, and the numbers that it writes under them."""

    program: Program
    output: str
    names: Correspondence
    written: Mapping[str, str]
    numbers: Sequence[Named]

    def given(self, values: Mapping[str, Array]) -> dict[str, Array]:
        """Values of the sheet's quantities under the submission's names."""
        found: dict[str, dict[Place, float]] = {}
        for name, array in values.items():
            for place, number in zip(array.places(), array.numbers, strict=True):
                own, at = self.names.of(name, tuple(place))
                found.setdefault(own, {})[at] = float(number)
        return {name: _array(entries) for name, entries in found.items()}

    def under(self, name: str) -> list[Named]:
        """The numbers under a name, in their order."""
        return [each for each in self.numbers if each.plainly == name]


def _array(entries: Mapping[Place, float]) -> Array:
    shape = tuple(max(place[k] for place in entries) + 1 for k in range(len(next(iter(entries)))))
    ordered = [entries[place] for place in sorted(entries)]
    return Array(shape, ordered)


def forward(own: Own, given: GivenNumbers) -> list[Entry]:
    """What came of the values of all units and the loss, for each sample."""
    stated = {sample: _stated(own, sample, len(given.samples)) for sample in range(len(given.samples))}
    found: list[Entry] = []
    known: dict[str, list[float]] = {}
    for sample, numbers in stated.items():
        arrays = own.given(given.values(sample))
        true = evaluate(own.program, arrays)
        suffix = f" of sample {sample + 1}" if len(given.samples) > 1 else ""
        for definition in own.program.definitions:
            tensor = definition.tensor
            expected, follow = true[tensor.name], _of(own.program, tensor, arrays)
            kept = [*follow.numbers]
            asked = tensor.name in (own.program.result.name, own.output) or isinstance(definition.body, Call)
            for at, place in enumerate(expected.places()):
                names = names_of(tensor, tuple(place), own.written)
                number, line = next(((numbers[name]) for name in names if name in numbers), (None, None))
                right, then = float(expected.numbers[at]), float(follow.numbers[at])
                known.setdefault(names[0], []).extend((right, then))
                title = own.written.get(tensor.name, tensor.name) + _scripts(tuple(place), tensor) + suffix
                if number is None:
                    found += [Entry(title, "missing")] if asked else []
                    continue
                kept[at] = number.value
                verdict = "right" if number.is_near(right) else "follows" if number.is_near(then) else "wrong"
                if asked or verdict != "right":
                    found.append(Entry(title, verdict, line, number.value, right))
            arrays[tensor.name] = Array(follow.shape, kept)
    return [*found, *_beside(own, known, len(given.samples))]


def _of(program: Program, tensor: Tensor, arrays: Mapping[str, Array]) -> Array:
    """The value of one definition from the values before it, as they are told."""
    before = [each.tensor for each in program.definitions if each.tensor.name in arrays]
    definition = next(each for each in program.definitions if each.tensor is tensor)
    alone = Program((*program.declared, *before), (definition,), (tensor,))
    try:
        return evaluate(alone, arrays)[tensor.name]
    except ChalkgradError:  # told numbers may lie outside of a logarithm's domain
        return array_of(float("nan")) if not tensor.axes else evaluate(program, _declared(program, arrays))[tensor.name]


def _declared(program: Program, arrays: Mapping[str, Array]) -> dict[str, Array]:
    return {each.name: arrays[each.name] for each in program.declared}


def _scripts(place: Place, tensor: Tensor) -> str:
    return "_" + "".join(str(each + 1) for each in place) if place and tensor.axes else ""


def _stated(own: Own, sample: int, samples: int) -> dict[str, tuple[Written, int]]:
    """The number under each name for a sample: of a row with all samples, or of as many equations in their order."""
    rows: dict[str, list[Named]] = {}
    for each in own.numbers:
        rows.setdefault(each.plainly, []).append(each)
    found: dict[str, tuple[Written, int]] = {}
    for name, group in rows.items():
        whole = [each for each in group if samples <= len(each.numbers) <= samples + 1 and len(each.numbers) > 1]
        single = [each for each in group if len(each.numbers) == 1]
        if whole and whole[-1].numbers[sample] is not None:
            number = whole[-1].numbers[sample]
            found[name] = (number, whole[-1].line) if number is not None else found[name]
        elif not whole and sample < len(single) and single[sample].numbers[0] is not None:
            first = single[sample].numbers[0]
            assert first is not None
            found[name] = first, single[sample].line
    return found


def _beside(own: Own, known: Mapping[str, Sequence[float]], samples: int) -> Iterator[Entry]:
    """Single numbers beside a table of all samples: each has to be that of some sample."""
    for name, values in known.items():
        group = own.under(name)
        if not any(len(each.numbers) >= samples > 1 for each in group):
            continue
        for each in group:
            number = each.numbers[0] if len(each.numbers) == 1 else None
            if number is not None and not any(number.is_near(value) for value in values):
                yield Entry(name, "wrong", each.line, number.value, values[0])


def step(own: Own, given: GivenNumbers, program: Program) -> list[Entry]:
    """What came of the parameters after a step; `program` is the sheet's."""
    stepped = given.stepped(program)
    assert stepped is not None
    before, after = own.given(given.parameters), own.given(stepped)
    found = []
    for tensor in own.program.declared:
        if tensor.name not in after:
            continue
        for at, place in enumerate(after[tensor.name].places()):
            names = names_of(tensor, tuple(place), own.written)
            title = own.written.get(tensor.name, tensor.name) + _scripts(tuple(place), tensor)
            old, right = (float(each[tensor.name].numbers[at]) for each in (before, after))
            found.append(
                _of_step(title, [each for name in names for each in own.under(name)], old, right, given.rate or 0)
            )
    return found


def _of_step(title: str, rows: Sequence[Named], old: float, right: float, rate: float) -> Entry:
    """The last number under a name that is not the one before the step; it follows where it is a step along another
    gradient of its own row.
    """
    for row in reversed(rows):
        numbers = [each for each in row.numbers if each is not None]
        heads = [plain_name(head).casefold() for head in row.heads]
        chosen = next((n for n, head in zip(row.numbers, heads, strict=False) if head in _AFTER), None) or numbers[-1]
        if len(numbers) == 1 and chosen.value == old:
            continue
        if chosen.is_near(right):
            return Entry(title, "right", row.line, chosen.value, right)
        along = any(chosen.is_near(old - rate * each.value) for each in numbers[1:-1])
        return Entry(title, "follows" if along else "wrong", row.line, chosen.value, right)
    return Entry(title, "missing")
