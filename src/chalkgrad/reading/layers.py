r"""Equations for any layer, `z^l = w^l a^{l-1} + b^l`, written out for each: the layers run to L, which is the last.

Which letter runs over layers is seen from the step between two of them; the depth is what the document says, or three.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from chalkgrad.page.syntax import Addition, Chain, Derivative, Group, Name, Number, Syntax, mapped, walk_syntax
from chalkgrad.reading.scope import core, superscript_parts

_LETTERS = {"l": "L", r"\ell": "L", "k": "K"}
_NUMBERS = {"one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_LAYERS_IN_PROSE = re.compile(r"\b(\d|" + "|".join(_NUMBERS) + r")[\s-]+layers?\b", re.IGNORECASE)
_INPUT_LAYER = re.compile(
    r"input\w*\s+(?:\w+\s+){0,3}layer\s+(?P<number>[01])\b|layer\s+(?P<first>[01])\b[^.]{0,30}input"
)
_USUAL_DEPTH = 3
_MOST_LAYERS = 12
Where = TypeVar("Where")


@dataclass(frozen=True)
class Layering:
    """The letter that runs over layers, the letter of the last, and the numbers of the first (the input) and the last.

    `superscript` says whether layers stand above; `inputs` are the names that the first layer has too.
    """

    letter: str
    last_letter: str
    first: int
    last: int
    superscript: bool
    inputs: frozenset[str]
    explicit: frozenset[tuple[str, int]]
    said: tuple[str, ...] = ()

    def runs_in(self, chain: Syntax) -> bool:
        """Whether an equation is about any layer."""
        return any(self._offset(script) is not None for name in _names(chain) for script in self._scripts(name))

    def values(self, chain: Chain) -> list[int]:
        """The layers for which the equation says something, from the last to the first."""
        found = range(self.last, self.first - 1, -1)
        needed = self.steps(chain)
        return [value for value in found if all(self._has(base, value + offset) for base, offset in needed)]

    def steps(self, *sides: Syntax) -> list[tuple[str, int]]:
        """The names that stand with the letter, each with its step from it: `a^{l-1}` is (a, -1)."""
        return [
            (core(name), offset)
            for side in sides
            for name in _names(side)
            for script in self._scripts(name)
            if (offset := self._offset(script)) is not None
        ]

    def number(self, name: Syntax) -> tuple[str, int] | None:
        """A name with the number of its layer, `a^L` or `a^3`; None without one."""
        if not isinstance(name, Name):
            return None
        for script in self._scripts(name):
            if isinstance(script, Number) and script.text.isdigit() and len(script.text) < 3:
                return core(name), int(script.text)
            from_last = _stepped(script, self.last_letter)
            if from_last is not None:
                return core(name), self.last + from_last
        return None

    def at(self, chain: Chain, value: int | None) -> Chain:
        """The equation for one layer: with numbers for the letters of layers."""

        def script(part: Syntax) -> Syntax:
            if isinstance(part, Group) and len(part.contents) == 1:
                return replace(part, contents=(script(part.contents[0]),))
            offset = self._offset(part) if value is not None else None
            if offset is not None and value is not None:
                return Number(str(value + offset), part.span)
            from_last = _stepped(part, self.last_letter)
            return part if from_last is None else Number(str(self.last + from_last), part.span)

        def change(part: Syntax) -> Syntax:
            if not isinstance(part, Name):
                return part
            if part.base == r"\nabla" and self.superscript:
                return replace(part, subscripts=tuple(map(self._of_last, part.subscripts)))
            if self.superscript:
                return replace(part, superscripts=tuple(map(script, superscript_parts(part))))
            return replace(part, subscripts=tuple(map(script, part.subscripts)))

        changed = mapped(chain, change, scripts=False)
        assert isinstance(changed, Chain)
        return changed

    def _of_last(self, by: Syntax) -> Syntax:
        r"""The a of `\nabla_a C`, which is that of the last layer."""
        if isinstance(by, Name) and core(by) in self.inputs and not by.superscripts:
            return replace(by, superscripts=(Number(str(self.last), by.span),))
        return by

    def _has(self, base: str, layer: int) -> bool:
        if self.first < layer <= self.last or (base, layer) in self.explicit:
            return True
        return layer == self.first and base in self.inputs

    def _scripts(self, name: Name) -> Iterator[Syntax]:
        for part in superscript_parts(name) if self.superscript else name.subscripts:
            yield part.contents[0] if isinstance(part, Group) and len(part.contents) == 1 else part

    def _offset(self, script: Syntax) -> int | None:
        return _stepped(script, self.letter)


def _stepped(script: Syntax, letter: str) -> int | None:
    """How far a script such as `l-1` is from the letter; None for any other."""
    if isinstance(script, Name) and script == Name(letter):
        return 0
    if isinstance(script, Addition) and len(script.terms) == 2 and script.terms[0] == Name(letter):
        step = script.terms[1]
        if isinstance(step, Number) and step.text in ("1", "2"):
            return script.signs[1] * int(step.text)
    return None


def _names(syntax: Syntax) -> list[Name]:
    return [part for part in walk_syntax(syntax) if isinstance(part, Name)]


def layering_of(chains: Sequence[Chain], prose: str) -> Layering | None:
    r"""How the layers of a document run, where it has equations for any layer; else None.

    >>> from chalkgrad.reading.latex import read_latex
    >>> found = layering_of(read_latex(r"z^l = w^l a^{l-1} + b^l, a^l = \sigma(z^l), L = 4"), "")
    >>> found.first, found.last, sorted(found.inputs)
    (1, 4, ['a'])
    """
    for letter, last_letter in _LETTERS.items():
        for superscript in (True, False):
            found = Layering(letter, last_letter, 0, 0, superscript, frozenset(), frozenset())
            steps = [chain for chain in chains if _is_step(chain, found)]
            if steps:
                return _measured(found, steps, chains, prose)
    return None


def _is_step(chain: Chain, layering: Layering) -> bool:
    """Whether an equation defines a layer's value by the layer before it."""
    left = chain.sides[0]
    if not isinstance(left, Name) or 0 not in _offsets(left, layering):
        return False
    return any(-1 in _offsets(name, layering) for side in chain.sides[1:] for name in _names(side))


def _offsets(name: Name, layering: Layering) -> set[int | None]:
    return {layering._offset(script) for script in layering._scripts(name)}


def _measured(layering: Layering, steps: Sequence[Chain], chains: Sequence[Chain], prose: str) -> Layering:
    inputs = {core(name) for chain in steps for side in chain.sides[1:] for name in _names(side)
              if -1 in _offsets(name, layering)}  # fmt: skip
    numbered: list[tuple[str, int]] = []
    bracketed = False
    for name in (name for chain in chains for name in _names(chain)):
        for part in superscript_parts(name) if layering.superscript else name.subscripts:
            bracketed = bracketed or (isinstance(part, Group) and part.bracket in "[(")
        for script in layering._scripts(name):
            if isinstance(script, Number) and script.text.isdigit() and len(script.text) < 3:
                numbered.append((core(name), int(script.text)))
    numbered = [(base, number) for base, number in numbered if base in _bases(steps, chains, layering)]
    said: list[str] = []
    first = _first_layer(layering, inputs, numbered, prose, bracketed or not layering.superscript)
    last = _depth_written(chains, layering) or _depth_in_prose(prose)
    if last is None:
        last = max((number for _, number in numbered if number > first + 1), default=0)
        if not last:
            last = first + _USUAL_DEPTH - 1
            said.append(f"the depth is not said, so {layering.last_letter} is taken to be {last}")
    if last <= first:
        last = first + 1
    last = min(last, _MOST_LAYERS)
    return replace(
        layering,
        first=first,
        last=last,
        inputs=frozenset(inputs),
        explicit=frozenset(numbered),
        said=tuple(said),
    )


def _bases(steps: Sequence[Chain], chains: Sequence[Chain], layering: Layering) -> set[str]:
    """The names that stand with the letter of layers somewhere."""
    every = (name for chain in (*steps, *chains) for name in _names(chain))
    return {core(name) for name in every if {0, -1, 1} & _offsets(name, layering)}


def _first_layer(
    layering: Layering, inputs: set[str], numbered: Sequence[tuple[str, int]], prose: str, from_zero: bool
) -> int:
    """The number of the input: what the document writes or says, else 1 for bare superscripts and 0 for others."""
    told = _INPUT_LAYER.search(prose)
    if told:
        return int(told["number"] or told["first"])
    if any(number == 0 for _, number in numbered):
        return 0
    weights = [number for base, number in numbered if base not in inputs]
    if weights:
        return 0 if min(weights) == 1 else 1
    return 0 if from_zero else 1


def _depth_written(chains: Iterable[Chain], layering: Layering) -> int | None:
    for chain in chains:
        left = chain.sides[0]
        if isinstance(left, Name) and left == Name(layering.last_letter) and isinstance(chain.sides[1], Number):
            text = chain.sides[1].text
            return int(text) if text.isdigit() and len(text) < 3 else None
    return None


def _depth_in_prose(prose: str) -> int | None:
    found = _LAYERS_IN_PROSE.search(prose)
    return None if found is None else _NUMBERS.get(found[1].lower()) or int(found[1])


def by_layers(written: Sequence[tuple[Where, Chain]], prose: str) -> tuple[list[tuple[Where, Chain]], tuple[str, ...]]:
    """The equations with those for any layer written out for each, and what was guessed.

    What steps from one layer to the next is written out layer by layer, from the last to the first.
    """
    layering = layering_of([chain for _, chain in written], prose)
    if layering is None:
        return list(written), ()
    kept = [pair for pair in written if not _says_range(pair[1], layering)]
    generic = [place for place, (_, chain) in enumerate(kept) if layering.runs_in(chain)]
    backward = [place for place in generic if _defines_own(kept[place][1], layering)]
    needed = [
        place
        for place, (_, chain) in enumerate(kept)
        if place not in generic and isinstance(chain.sides[0], Name)
        and any(core(chain.sides[0]) == core(left) for left in _lefts(kept, backward))
    ]  # fmt: skip
    at = max([*needed, *backward[:1]], default=-1) if backward else -1
    runs = _runs(layering, [chain for _, chain in kept], generic, backward)
    result: list[tuple[Where, Chain]] = []
    waiting: list[tuple[Where, Chain]] = []
    for place, (where, chain) in enumerate(kept):
        if place in backward:
            pass
        elif place in generic:
            values = runs[place]
            forward = values if isinstance(chain.sides[0], Derivative) else reversed(values)
            each = [(where, layering.at(chain, value)) for value in forward]
            (waiting if place < at and isinstance(chain.sides[0], Derivative) else result).extend(each)
        else:
            result.append((where, layering.at(chain, None)))
        if place == at:
            for value in range(layering.last + 1, layering.first - 2, -1):
                for other in backward:
                    if value in runs[other]:
                        result.append((kept[other][0], layering.at(kept[other][1], value)))
            result += waiting
    return result, layering.said


def _runs(
    layering: Layering, chains: Sequence[Chain], generic: Sequence[int], backward: Sequence[int]
) -> dict[int, list[int]]:
    """The layers of each equation for any layer, for which all that it needs is defined."""
    runs = {place: layering.values(chains[place]) for place in generic}
    own = {core(left) for place in backward if isinstance(left := chains[place].sides[0], Name)}
    single = {layering.number(chain.sides[0]) for place, chain in enumerate(chains) if place not in generic}
    while True:
        defined = single | {
            (base, value + offset)
            for place in backward
            for base, offset in layering.steps(chains[place].sides[0])
            for value in runs[place]
        }
        fewer = {
            place: [
                value
                for value in values
                if all(
                    base not in own or (base, value + offset) in defined
                    for base, offset in layering.steps(*chains[place].sides[1:])
                )
            ]
            for place, values in runs.items()
        }
        if fewer == runs:
            return runs
        runs = fewer


def _lefts(written: Sequence[tuple[Where, Chain]], places: Sequence[int]) -> list[Name]:
    return [left for place in places if isinstance(left := written[place][1].sides[0], Name)]


def _says_range(chain: Chain, layering: Layering) -> bool:
    """Whether an equation only says how far the layers run: `l = 2`, `L = 3`."""
    left = chain.sides[0]
    return isinstance(left, Name) and left in (Name(layering.letter), Name(layering.last_letter))


def _defines_own(chain: Chain, layering: Layering) -> bool:
    """Whether an equation defines a name of the writer's on the way back: an error, or a gradient."""
    left = chain.sides[0]
    if not isinstance(left, Name):
        return False
    name = core(left)
    back = any(1 in _offsets(each, layering) for side in chain.sides[1:] for each in _names(side))
    return back or name in ("delta", "epsilon", "varepsilon") or (len(name) == 2 and name[0] == "d")
