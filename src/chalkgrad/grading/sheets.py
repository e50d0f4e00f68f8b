"""The sheet that submissions are marked against: its network, and the equations under which answers alone are read."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from itertools import takewhile
from pathlib import Path

from chalkgrad.checking import Report, check_text
from chalkgrad.errors import ChalkgradError
from chalkgrad.grading.given_numbers import GivenNumbers, given_numbers
from chalkgrad.language import Program
from chalkgrad.networks.losses import LOSSES
from chalkgrad.page.files import document_text
from chalkgrad.page.front_matter import setting_in
from chalkgrad.reading.given_model import declared_in, writings_of
from chalkgrad.reading.spec import read_spec


@dataclass(frozen=True)
class Sheet:
    """A sheet: the `program` that it defines, the `equations` that do so, the name of its `loss` (none where an
    equation says what it is), and its text line by line.

    `usual` are the ways in which people write a network of its architecture, with `usual_loss`.
    """

    program: Program
    equations: tuple[str, ...]
    loss: str | None
    usual: tuple[tuple[str, ...], ...]
    usual_loss: str | None
    letters: frozenset[str]
    lines: frozenset[str]
    numbers: GivenNumbers | None = None
    spec: str | None = None

    @property
    def parameters(self) -> list[str]:
        """The names of its parameters, in order."""
        return [tensor.name for tensor in self.program.parameters]

    def says(self, line: str) -> bool:
        """Whether a line of a document is one of the sheet's own."""
        return plainly(line) in self.lines

    def left_out(self, equations: Iterable[str]) -> tuple[str, ...]:
        """Its equations but for those that a document states itself."""
        stated = set(map(plainly, equations))
        return tuple(each for each in self.equations if plainly(each) not in stated)

    def names(self, subject: str) -> bool:
        """Whether a name is one of the sheet's, whatever its indices."""
        return letter_of(subject) in self.letters


def bare_sheet(sheet: Sheet) -> str:
    """A sheet for other graders, which students may see: the model and the numbers, and nothing of the solution.

    One whose names a model does not have, or that is no usual network, has its equations instead.
    """
    settings = []
    given = sheet.numbers
    if given is not None:
        settings += [f"rate: {given.rate:g}"] if given.rate is not None else []
        settings.append(f"parameters: {json.dumps({name: array.nested() for name, array in given.parameters.items()})}")
        samples = [{name: array.nested() for name, array in each.items()} for each in given.samples]
        settings.append(f"samples: {json.dumps(samples)}")
    if sheet.spec is not None:
        bare = check_text(f"---\nmodel: {sheet.spec}\n---\n").program
        if bare is not None and [(t.name, t.shape) for t in bare.declared] == _declared(sheet):
            return "\n".join(["---", f"model: {sheet.spec}", *settings, "---", ""])
    loss = [f"loss: {sheet.loss}"] if sheet.loss else []
    equations = (f"$${each}$$\n" for each in sheet.equations)
    return "\n".join(["---", *loss, *settings, "---", "", *equations])


def _declared(sheet: Sheet) -> list[tuple[str, tuple[int | str, ...]]]:
    return [(tensor.name, tensor.shape) for tensor in sheet.program.declared]


@lru_cache(maxsize=512)
def sheet_at(path: str, loss: str | None = None, digest: str = "") -> Sheet:
    """The sheet in a file, read once in each process; `digest` tells its contents apart. Raises `ChalkgradError` for a
    file that cannot be read, and for a sheet without a network.
    """
    place = Path(path)
    text = document_text(place)
    model = setting_in(text, "model")
    latex = place.suffix == ".tex"
    report = check_text(text if model is None else f"---\nmodel: {model}\n---\n", place.name, latex=latex, loss=loss)
    return sheet_of(report, text, latex=latex)


def sheet_of(report: Report, text: str = "", *, latex: bool = False) -> Sheet:
    """The sheet that was checked, with its text; raises `ChalkgradError` for one without a network.

    A sheet that says `model: 2-3-1 relu sigmoid bce` in its front matter needs no equations: its text is what students
    are given, with the numbers.
    """
    network = report.network
    if network is None:
        raise ChalkgradError(f"{report.file} defines no network that submissions could be checked against")
    written = sorted((each for each in network.equations if each.line), key=lambda each: (each.line, each.column))
    spec = read_spec(network.spec) if network.spec is not None else None
    ways = [(*each, *declared_in(spec, each)) for each in writings_of(spec)] if spec is not None else []
    return Sheet(
        network.program,
        tuple(each.latex for each in written),
        network.loss if network.loss in LOSSES else None,
        tuple(ways),
        spec.loss if spec is not None else None,
        frozenset(map(letter_of, (*_defined(report), *(tensor.name for tensor in network.program.declared)))),
        frozenset(filter(None, map(plainly, text.splitlines()))),
        given_numbers(text, network.program, network.written, latex),
        network.spec,
    )


def _defined(report: Report) -> list[str]:
    return [claim.subject for claim in report.claims if claim.kind == "definition"]


def letter_of(name: str) -> str:
    """The letter or word of a name without scripts and marks, in lower case.

    >>> letter_of("ŷ"), letter_of("h₁"), letter_of("W_1"), letter_of("out′")
    ('y', 'h', 'w', 'out')
    """
    bare = (each for each in unicodedata.normalize("NFD", name.strip()) if not unicodedata.combining(each))
    return "".join(takewhile(lambda each: each.isalpha() and unicodedata.category(each) != "Lm", bare)).casefold()


def plainly(line: str) -> str:
    """A line without spaces, braces and marks of maths: what two spellings of the same have in common."""
    return re.sub(r"[\s{}$]+", "", line)
