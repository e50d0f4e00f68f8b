"""A matplotlib figure with its words: how every plot of the package is styled, written and saved."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure

from chalkgrad.errors import ChalkgradError
from chalkgrad.files import write_atomically

# Okabe and Ito, Color universal design, 2008: told apart with any kind of colour vision.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
LINES = ("-", "--", "-.", ":")
MARKERS = ("o", "^", "s", "D", "v", "P", "X")
STYLE: dict[Any, Any] = {
    "svg.hashsalt": "chalkgrad",
    "svg.fonttype": "path",
    "font.size": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
}
# Hundredths of a point are finer than anyone sees, and halve the size of a picture.
_PATH, _LONG_FRACTION = re.compile(r' d="[^"]*"'), re.compile(r"(\.\d\d)\d+")


@dataclass(frozen=True)
class Plot:
    """A figure and what it shows in words, for those who cannot see it."""

    figure: Figure
    alternative: str

    def svg(self) -> str:
        """The figure as one SVG element, the same each time, with its words as title."""
        target = StringIO()
        self.figure.set_dpi(100)
        with mpl.rc_context(STYLE):  # straight to the canvas: `savefig` would draw everything twice
            canvas: Any = FigureCanvasSVG(self.figure)
            canvas.print_svg(target, metadata={"Date": None, "Creator": None})
        text = _PATH.sub(lambda path: _LONG_FRACTION.sub(r"\1", path[0]), target.getvalue())
        element = text[text.index("<svg") :]
        opening, rest = element.split(">", 1)
        return f'{opening} role="img">\n <title>{escape(self.alternative)}</title>{rest}'

    def png(self, dots_per_inch: int = 150) -> bytes:
        """The figure as a PNG file."""
        target = BytesIO()
        self.figure.set_dpi(dots_per_inch)
        with mpl.rc_context(STYLE):
            canvas: Any = FigureCanvasAgg(self.figure)
            canvas.print_png(target, metadata={"Description": self.alternative})
        return target.getvalue()

    def pdf(self) -> bytes:
        """The figure as a PDF file, the same each time."""
        target = BytesIO()
        with mpl.rc_context(STYLE):
            metadata = {"CreationDate": None, "Creator": None, "Producer": None, "Title": self.alternative}
            self.figure.savefig(target, format="pdf", metadata=metadata)
        return target.getvalue()

    def save(self, path: str | Path) -> Path:
        """Writes an .svg, .png or .pdf file, whole or not at all; raises `ChalkgradError` for another ending."""
        place = Path(path)
        contents: dict[str, Callable[[], str | bytes]] = {".svg": self.svg, ".png": self.png, ".pdf": self.pdf}
        content = contents.get(place.suffix.lower())
        if content is None:
            raise ChalkgradError(f"a figure is saved as .svg, .png or .pdf, not as '{place.suffix}'")
        return write_atomically(place, content())


def settled(figure: Figure, alternative: str) -> Plot:
    """The plot with its layout worked out once, so that drawing it again gives the same."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    return Plot(figure, alternative)
