"""In notebooks: `%%chalkgrad` checks the Markdown of its cell."""

from __future__ import annotations

import shlex
from argparse import ArgumentParser
from dataclasses import dataclass
from typing import Any, NoReturn

from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from chalkgrad.checking.document import check_text
from chalkgrad.checking.report import Report
from chalkgrad.checking.showing import report_html
from chalkgrad.errors import ChalkgradError


@dataclass(frozen=True)
class Hinted:
    """A report that shows hints only; `report` has everything."""

    report: Report

    def __repr__(self) -> str:
        return repr(self.report)

    def _repr_html_(self) -> str:
        return report_html(self.report, hints=True)


class _Options(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%%chalkgrad: {message}")


def _options() -> ArgumentParser:
    options = _Options("%%chalkgrad", add_help=False, allow_abbrev=False)
    options.add_argument("--hints", action="store_true")
    options.add_argument("--latex", action="store_true")
    options.add_argument("--loss")
    options.add_argument("--model")
    return options


def checked_cell(line: str, cell: str) -> Report | Hinted:
    """Check the Markdown of the cell: it is shown, and a verdict on each of its equations.

    --hints          hints that do not give the answer away
    --latex          the cell is LaTeX, and not Markdown
    --loss NAME      the loss, where the cell does not say it
    --model SPEC     the network, where the cell does not define it
    """
    asked = _options().parse_args(shlex.split(line))
    try:
        report = check_text(cell, "this cell", latex=asked.latex or None, loss=asked.loss, model=asked.model)
    except ChalkgradError as problem:
        raise UsageError(str(problem)) from None
    if not asked.latex:
        _show_markdown(cell)
    return Hinted(report) if asked.hints else report


def _show_markdown(text: str) -> None:
    from IPython import display

    shown: Any = display  # which has no types
    shown.display(shown.Markdown(text))


def register(shell: InteractiveShell) -> None:
    """Makes the magic known."""
    register_magic: Any = shell.register_magic_function  # whose types are those of a method
    register_magic(checked_cell, "cell", "chalkgrad")
