"""Figures of a report: on the page as SVG, and beside it as files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from chalkgrad.writing.markup import picture

DOTS_PER_INCH = 110


class Plotted(Protocol):
    """A plot that can be drawn as SVG and as PNG, with its words for those who cannot see it."""

    @property
    def alternative(self) -> str: ...

    def svg(self) -> str: ...

    def png(self, dots_per_inch: int = ...) -> bytes: ...


@dataclass(frozen=True)
class Figure:
    """A plot under the name of its files, with its caption."""

    name: str
    plot: Plotted
    caption: str

    @cached_property
    def svg(self) -> str:
        """The plot as one SVG element, drawn once."""
        return self.plot.svg()


def figure_html(figure: Figure) -> str:
    """The figure on the page."""
    return picture(figure.svg, figure.plot.alternative, figure.caption)


def figure_files(figures: Iterable[Figure]) -> dict[str, bytes | str]:
    """The figures as SVG and PNG by file name."""
    files: dict[str, bytes | str] = {}
    for figure in figures:
        files[f"{figure.name}.svg"] = figure.svg
        files[f"{figure.name}.png"] = figure.plot.png(DOTS_PER_INCH)
    return files
