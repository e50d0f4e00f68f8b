"""A drawing that shows itself in a notebook, prints itself in the terminal, and saves itself."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chalkgrad.drawing import Scene, pdf_of, png_of, save_picture, svg_of, tikz_of
from chalkgrad.files import write_atomically


@dataclass(frozen=True, repr=False)
class Picture:
    """A drawing: `svg()`, `png()`, `pdf()`, `tikz()`, `save("net.svg")`; `str()` is the drawing for the terminal.

    >>> from chalkgrad import network
    >>> print(network("1-1 sigmoid bce").draw())
     1               1 σ
    (x)⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤⠤(ŷ)
    """

    scene: Scene
    terminal: str

    def svg(self) -> str:
        """The drawing as the text of an SVG document."""
        return svg_of(self.scene)

    def png(self) -> bytes:
        """The drawing as the bytes of a PNG file."""
        return png_of(self.scene)

    def pdf(self) -> bytes:
        """The drawing as the bytes of a PDF file."""
        return pdf_of(self.scene)

    def tikz(self, standalone: bool = True) -> str:
        """The drawing as a LaTeX document, or as a picture to be included."""
        return tikz_of(self.scene, standalone)

    def save(self, path: str | Path) -> Path:
        """Writes the drawing by suffix: .svg, .png, .pdf, .tex, .tikz, or .txt for the terminal's."""
        if Path(path).suffix.lower() == ".txt":
            return write_atomically(path, self.terminal + "\n")
        return save_picture(self.scene, path)

    def __str__(self) -> str:
        return self.terminal

    def __repr__(self) -> str:
        return "<picture>"

    def _repr_svg_(self) -> str:
        return self.svg()
