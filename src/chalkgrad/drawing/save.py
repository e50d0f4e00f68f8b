"""Writing a scene to a file of the kind that its name says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from chalkgrad.drawing.png import pdf_of, png_of
from chalkgrad.drawing.scene import Scene
from chalkgrad.drawing.svg import svg_of
from chalkgrad.drawing.tikz import tikz_of
from chalkgrad.errors import UnknownNameError
from chalkgrad.files import write_atomically

_WRITERS: dict[str, Callable[[Scene], bytes]] = {
    ".svg": lambda scene: svg_of(scene).encode(),
    ".png": png_of,
    ".pdf": pdf_of,
    ".tex": lambda scene: tikz_of(scene).encode(),
    ".tikz": lambda scene: tikz_of(scene, standalone=False).encode(),
}


def save_picture(scene: Scene, path: str | Path) -> Path:
    """Writes the scene as SVG, PNG, PDF, TikZ document (.tex) or TikZ picture (.tikz), whole or not at all.

    Raises `UnknownNameError` for another suffix.

    >>> save_picture(Scene(20, 20, "", "", (), (), (), ()), "picture.jpg")
    Traceback (most recent call last):
    chalkgrad.errors.UnknownNameError: there is no kind of picture '.jpg'; did you mean '.png'?
    """
    target = Path(path)
    writer = _WRITERS.get(target.suffix.lower())
    if writer is None:
        raise UnknownNameError("kind of picture", target.suffix, _WRITERS)
    return write_atomically(target, writer(scene))
