"""Runs a command as a person would, and tells how it ended."""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from chalkgrad.cli.main import main

CLEAN = (0, 1, 2, 3)


@dataclass(frozen=True)
class Ended:
    """How a command ended: its code, and what it printed."""

    command: str
    code: int
    out: str
    err: str

    @property
    def problem(self) -> str:
        """What is amiss about it, "" for nothing: an end that is not clean, a traceback, or no sentence."""
        said = self.err.strip() or self.out.strip()
        if self.code not in CLEAN:
            return f"{self.command} ended with {self.code}: {said[-400:]}"
        if "Traceback" in self.out + self.err:
            return f"{self.command} ended in a traceback: {self.err[-400:]}"
        if not said:
            return f"{self.command} said nothing"
        if self.err.strip() and "chalkgrad: " not in self.err:
            return f"{self.command} said no sentence: {self.err[:200]}"
        return ""


def commands(document: Path, folder: Path) -> Iterator[list[str]]:
    """Every command that reads a document."""
    name = str(document)
    yield ["check", name]
    yield ["check", name, "--hints", "--json"]
    yield ["show", name]
    yield ["derive", name, "--steps"]
    yield ["derive", name, "--form", "matrix", "--to", "latex"]
    yield ["code", name]
    yield ["draw", name, "-o", str(folder / "network.svg")]
    yield ["draw", name, "--graph", "-o", str(folder / "graph.tex")]
    yield ["work", name, "-o", str(folder / "out")]


def grading(document: Path, folder: Path) -> list[str]:
    """The command that marks a course, in this process: the document is the sheet, and what a student handed in."""
    handed_in = folder / "handed_in"
    handed_in.mkdir()
    (handed_in / document.name).write_bytes(document.read_bytes())
    return ["grade", str(document), "--submissions", str(handed_in), "--jobs", "1", "-o", str(folder / "marks")]


def run(arguments: list[str]) -> Ended:
    """Runs one command in this process."""
    before, out, err = sys.argv, io.StringIO(), io.StringIO()
    code = 0
    try:
        sys.argv = ["chalkgrad", *arguments]
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
            warnings.simplefilter("error")
            main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    finally:
        sys.argv = before
    return Ended(" ".join(arguments[:1] + arguments[2:]), code, out.getvalue(), err.getvalue())
