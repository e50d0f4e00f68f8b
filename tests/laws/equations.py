"""What the equations of a document say about names: what each defines, what it uses, and what a claim needs of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from laws.letters import Letter, letters
from laws.verdicts import Found

_ACCENT = re.compile(r"\\(hat|bar|tilde|dot)\s*\{?\s*(?:\\(?:mathbf|boldsymbol|vec)\s*\{?\s*)?$")
_SCRIPTS = re.compile(r"[\s}]*((?:[_^](?:\{(?:[^{}]|\{[^{}]*\})*\}|\\?\w)\s*)+)")
_FRACTION = re.compile(r"\s*\\frac\{(?:\\partial|d)\s*(?P<of>(?:[^{}]|\{[^{}]*\})+)\}\{(?:\\partial|d)\s*(?P<by>.+)")
_NABLA = re.compile(r"\s*\\nabla_(?P<by>\{(?:[^{}]|\{[^{}]*\})*\}|\\?\w+)\s*(?P<of>[^=]+)=")
_SEPARATED = re.compile(r",?\s*(?:\\q?quad\b|\\\\|\\text\{ [^{}]* \}|,\s*\\ |&(?!=))")
_DISPLAY = re.compile(r"\$\$(?P<latex>[^$\n]+)\$\$")


@dataclass(frozen=True)
class Name:
    """A letter with its accent and the numbers beside it: `\\hat y`, `W_1`, `Z^{[2]}`; indices are no part of it."""

    letter: str
    numbers: frozenset[str] = frozenset()

    def may_be(self, other: Name) -> bool:
        """Whether this use may be of the name `other` that is defined: a number may be an exponent, or be left out."""
        return self.letter == other.letter and (not self.numbers or other.numbers <= self.numbers)


@dataclass(frozen=True)
class Definition:
    """A name and the names on the right of its equation."""

    name: Name
    uses: frozenset[Name]

    def needs(self, name: Name) -> bool:
        return any(use.may_be(name) for use in self.uses)


@dataclass(frozen=True)
class Derivative:
    """What a claim derives, by what, and its right side."""

    of: Name
    by: Name
    right: frozenset[Name]
    chained: bool


def names(latex: str) -> list[Name]:
    """Every name in order, the letters of its indices after it."""
    return [_name(latex, letter) for letter in letters(latex)]


def _name(latex: str, letter: Letter) -> Name:
    accent = _ACCENT.search(latex[: letter.start])
    mark = accent[1] if accent is not None else letter.mark and "hat"
    scripts = _SCRIPTS.match(latex, letter.end)
    numbers = re.findall(r"\d+", scripts[1]) if scripts is not None else []
    return Name(f"{mark} {letter.name}".strip(), frozenset(numbers))


def equations(latex: str) -> list[str]:
    """The equations of a display that holds several.

    >>> equations(r"z = wx, \\quad a = \\sigma(z)")
    ['z = wx', ' a = \\\\sigma(z)']
    """
    return [part for part in _SEPARATED.split(latex) if "=" in part]


def definitions(found: Iterable[Found]) -> list[Definition]:
    displays = dict.fromkeys(each.latex for each in found if each.verdict == "definition")
    parts = [equation.partition("=") for latex in displays for equation in equations(latex)]
    return [Definition(defined[0], frozenset(names(right))) for left, _, right in parts if (defined := names(left))]


def derivative(latex: str) -> Derivative | None:
    """The derivative on the left of a display's only claim, where it is written as one fraction or with a nabla."""
    if len(equations(latex)) != 1:
        return None
    left = _FRACTION.match(latex) or _NABLA.match(latex)
    right = latex.partition("=")[2]
    if left is None or not right:
        return None
    of, by = names(left["of"]), names(left["by"])
    return Derivative(of[0], by[0], frozenset(names(right)), "partial" in right) if of and by else None


def is_needed(one: Definition, claim: Derivative, known: list[Definition]) -> bool:
    """Whether the claim needs the definition, to get from what is derived by to what is derived, or for the right side.

    A name that stands on the right side and in the definitions on that way is the same in both, whatever it is.
    """
    above = _reached(claim.of, known) if any(claim.of.may_be(each.name) for each in known) else known
    way = [each for each in above if _depends(each, claim.by, known)]
    same = {name.letter for each in way for name in (each.name, *each.uses)} if not claim.chained else set()
    told = [name for name in claim.right if name.letter not in same]
    return not way or one in way or any(one in _reached(name, known) for name in told)


def _reached(name: Name, known: list[Definition]) -> list[Definition]:
    """The definitions of the name and of all that it is made of."""
    reached: list[Definition] = []
    waiting = [each for each in known if name.may_be(each.name)]
    while waiting:
        each = waiting.pop()
        if each not in reached:
            reached.append(each)
            waiting += [other for other in known if each.needs(other.name)]
    return reached


def _depends(one: Definition, name: Name, known: list[Definition]) -> bool:
    return any(use.may_be(name) or name.may_be(use) for each in _reached(one.name, known) for use in each.uses)


@dataclass(frozen=True)
class Display:
    """A display on a line of its own, counted from 0, that holds nothing but definitions."""

    line: int
    definitions: tuple[Definition, ...]

    def is_independent_of(self, other: Display) -> bool:
        pairs = [(one, two) for one in self.definitions for two in other.definitions]
        return not any(one.needs(two.name) or two.needs(one.name) or one.name == two.name for one, two in pairs)


def displayed_definitions(text: str, found: Iterable[Found]) -> Iterator[Display]:
    found = list(found)
    for line, written in enumerate(text.split("\n")):
        here = [each for each in found if each.line == line + 1]
        if _DISPLAY.fullmatch(written.strip()) and here and all(each.verdict == "definition" for each in here):
            read = definitions(here)
            if read:
                yield Display(line, tuple(read))
