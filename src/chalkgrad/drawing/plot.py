"""A matplotlib figure with its words: how every plot of the package is styled, written and saved."""

from __future__ import annotations

import re
import warnings
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import matplotlib as mpl
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from chalkgrad.errors import ChalkgradError
from chalkgrad.files import write_atomically

# Okabe and Ito, Color universal design, 2008: told apart with any kind of colour vision.
OKABE_ITO = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
# And three more for pictures with many lines, far from these in hue or lightness.
COLOURS = (*OKABE_ITO, "#7B2D8B", "#8C5A2B", "#8B0023")
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
_ON_SCREEN = 72  # dots per inch in a notebook, each drawn as four where screens have more
_PATH, _LONG_FRACTION = re.compile(r' d="[^"]*"'), re.compile(r"(\.\d\d)\d+")


@dataclass(frozen=True, repr=False)
class Plot:
    """A figure and what it shows in words, for those who cannot see it."""

    figure: Figure
    alternative: str

    def svg(self) -> str:
        """The figure as one SVG element, the same each time, with its words as title."""
        target = StringIO()
        self.figure.set_dpi(100)
        with _drawing():  # straight to the canvas: `savefig` would draw everything twice
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
        with _drawing():
            canvas: Any = FigureCanvasAgg(self.figure)
            canvas.print_png(target, metadata={"Description": self.alternative})
        return target.getvalue()

    def __repr__(self) -> str:
        return f"<plot: {self.alternative}>"

    def _repr_html_(self) -> str:
        source = "data:image/png;base64," + b64encode(self.png(2 * _ON_SCREEN)).decode("ascii")
        width = round(self.figure.get_figwidth() * _ON_SCREEN)
        return f'<img src="{source}" alt="{escape(self.alternative, {chr(34): "&quot;"})}" style="width:{width}px">'

    def pdf(self) -> bytes:
        """The figure as a PDF file, the same each time."""
        target = BytesIO()
        with _drawing():
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


@contextmanager
def _drawing() -> Iterator[None]:
    """The style; a letter that the font lacks is a box, and no reason for a warning to people who only gave a name."""
    with mpl.rc_context(STYLE), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
        yield


def as_text(name: str, most: int = 30) -> str:
    """A name as a figure shows it: shortened, and with its dollars as dollars, not as formulas.

    >>> as_text("$a_1"), as_text("a name of many letters", most=10)
    ('\\\\$a_1', 'a name of…')
    """
    line = " ".join(name.split())
    return (line if len(line) <= most else line[: most - 1] + "…").replace("$", r"\$")


def width_of(text: str) -> float:
    """How wide a text is in a figure of the usual style, in inches.

    >>> width_of("m") > width_of("i")
    True
    """
    font = FontProperties(size=STYLE["font.size"])
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=r"Glyph \d+ .* missing from font")
        width, _, _ = text_to_path.get_text_width_height_descent(text.replace(r"\$", "$"), font, ismath=False)
    return float(width) / 72


def settled(figure: Figure, alternative: str) -> Plot:
    """The plot with its layout worked out once, so that drawing it again gives the same."""
    engine = figure.get_layout_engine()
    if engine is not None:
        engine.execute(figure)
        figure.set_layout_engine("none")
    return Plot(figure, alternative)
