"""Numbers under names in a text: rows and columns of tables, and equations that end in a number."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

from chalkgrad.drawing.labels import unicode_of
from chalkgrad.page.documents import read_document
from chalkgrad.page.notebooks import notebook_in

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")
_TIMES_TEN = re.compile(r"\\(?:cdot|times)10\^\{?([+-]?\d+)\}?")
_FRACTION = re.compile(r"([+-]?)\\[dt]?frac\{?(\d+)\}?\{?(\d+)\}?")
_HTML = re.compile(r"<!--.*?-->", re.DOTALL)
_SIGNS = {"−": "-", "–": "-", "\\,": "", "\\;": "", "\\!": "", "\\left": "", "\\right": "", "{,}": "."}
_SCRIPTS = str.maketrans("₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹", "01234567890123456789")
_LITTLE = 0.0025  # of a number: half of its last digit, which may be off for having been rounded on the way
_EQUALS = re.compile(r"\\approx|\\simeq|\\doteq|:=|=|≈|\\leftarrow|\\gets|\\to")


@dataclass(frozen=True)
class Written:
    """A number as it is written: its value, and half of what its last digit stands for."""

    value: float
    half_digit: float

    def is_near(self, value: float) -> bool:
        """Whether it is the value to the digits written: rounded or chopped, or off by one where that is little."""
        digits = 2.02 if self.half_digit <= _LITTLE * abs(value) else 1.01
        return abs(self.value - value) <= max(digits * self.half_digit, 1e-9 * abs(value), 1e-12)


@dataclass(frozen=True)
class Named:
    """Numbers under a name, one for each sample or column, with their line; `plainly` is the name that is compared."""

    name: str
    numbers: tuple[Written | None, ...]
    line: int
    heads: tuple[str, ...] = ()

    @property
    def plainly(self) -> str:
        """The name in letters and digits: `\\hat y_1` is `yhat1`."""
        return plain_name(self.name)


def plain_name(latex: str) -> str:
    r"""A name without its marks of scripts.

    >>> plain_name(r"\mathrm{out}'_1"), plain_name(r"\hat{y}"), plain_name("w_{12}"), plain_name("W^{[1]}_{2,1}")
    ("out'1", 'yhat', 'w12', 'W121')
    """
    text = unicodedata.normalize("NFD", unicode_of(latex.strip().strip("$")).translate(_SCRIPTS))
    text = text.replace("\N{COMBINING CIRCUMFLEX ACCENT}", "hat").replace("′", "'").replace("’", "'")
    return "".join(each for each in text if each.isalnum() or each == "'")


def number_in(text: str) -> Written | None:
    r"""The number that a text is, None for any other text.

    >>> number_in(r"$-0.4378$"), number_in(r"2.5\cdot10^{-3}"), number_in("x")
    (Written(value=-0.4378, half_digit=5e-05), Written(value=0.0025, half_digit=5e-05), None)
    """
    text = text.replace("$", "").replace("&", "").strip(" .;*_")
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    text = "".join(text.split()).strip("()[]{}")
    fraction = _FRACTION.fullmatch(text)
    if fraction is not None and int(fraction[3]):
        return Written(float(f"{fraction[1]}1") * int(fraction[2]) / int(fraction[3]), 0.0)
    text = _TIMES_TEN.sub(r"e\1", text)
    if not _NUMBER.fullmatch(text) or len(text) > 60:
        return None
    mantissa, _, exponent = text.lower().partition("e")
    decimals = len(mantissa.partition(".")[2])
    if abs(int(exponent or 0)) > 300:
        return None
    half = 0.5 * 10.0 ** (int(exponent or 0) - decimals) if "." in mantissa else 0.0
    return Written(float(text), half)


def named_in(text: str, latex: bool = False) -> list[Named]:
    """All numbers under names in a document, in its order."""
    notebook = notebook_in(text)
    text = _HTML.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), notebook.text if notebook else text)
    found = [*_in_tables(text), *_in_equations(text, latex), *_in_lists(text)]
    return sorted(found, key=lambda each: each.line)


def _cells(line: str) -> list[str] | None:
    if line.count("|") >= 2 and not line.strip().startswith("$"):
        return [cell.strip() for cell in line.strip().strip("|").split("|")]
    if line.count("&") >= 1 and line.rstrip().endswith(("\\\\", "\\hline")):
        return [cell.strip() for cell in line.rstrip().removesuffix("\\hline").rstrip().removesuffix("\\\\").split("&")]
    return None


def _in_tables(text: str) -> Iterator[Named]:
    """Rows with a name and numbers; in a table whose first row has names, its columns."""
    head: list[str] = []
    columns: dict[int, list[Written | None]] = {}
    begun = 0

    def by_columns() -> Iterator[Named]:
        for place, numbers in columns.items():
            if place < len(head) and plain_name(head[place]) and not number_in(head[place]):
                yield Named(head[place], tuple(numbers), begun)

    for number, line in enumerate([*text.split("\n"), ""], start=1):
        cells = _cells(line)
        if cells is None:
            yield from by_columns()
            head, columns = [], {}
            continue
        is_head, head, begun = not head, head or cells, begun if head else number
        numbers = [number_in(cell) for cell in cells]
        if not any(each is not None for each in numbers):
            continue
        if numbers[0] is None and plain_name(cells[0]) and not cells[0].strip("$ ").startswith("-"):
            yield Named(cells[0], tuple(numbers[1:]), number, tuple(head[1:]))
        for place, each in enumerate([] if is_head else numbers[1:], start=1):
            columns.setdefault(place, []).append(each)


def _in_equations(text: str, latex: bool) -> Iterator[Named]:
    for equation in read_document(text, latex=latex or None).equations:
        body = re.sub(r"\\begin\{\w+\*?\}|\\end\{\w+\*?\}", "", equation.latex)
        for row in re.split(r"\\\\|\n(?=[^\n]*=)", body):
            sides = [side.replace("&", "").strip() for side in _EQUALS.split(row)]
            value = number_in(sides[-1]) if len(sides) > 1 else None
            if value is not None:
                yield Named(sides[0], (value,), equation.line)


def _in_lists(text: str) -> Iterator[Named]:
    """Items such as `- $h_1$: $ReLU(1) = 1$`."""
    for number, line in enumerate(text.split("\n"), start=1):
        found = re.match(r"[ \t]*[-*+] +\$(?P<name>[^$=]+)\$[ ]?:(?P<rest>.*)", line)
        sides = _EQUALS.split(found["rest"]) if found else []
        value = number_in(sides[-1]) if sides else None
        if found is not None and value is not None:
            yield Named(found["name"], (value,), number)


def json_in(text: str | None) -> object:
    """The value that a setting is written as, None where it is none."""
    try:
        return json.loads(text) if text else None
    except ValueError:
        return None
