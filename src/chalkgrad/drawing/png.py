"""Scenes as PNG and PDF, through matplotlib."""

from __future__ import annotations

import io
from typing import Any

from chalkgrad.drawing.figure import figure_of
from chalkgrad.drawing.scene import Scene


def png_of(scene: Scene) -> bytes:
    """The scene as the bytes of a PNG file, 1.6 pixels for each unit of the scene.

    >>> png_of(Scene(20, 20, "nothing", "", (), (), (), ()))[1:4]
    b'PNG'
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    canvas: Any = FigureCanvasAgg(figure_of(scene))
    file = io.BytesIO()
    canvas.print_png(file, metadata={"Title": scene.title})  # `savefig` would draw everything twice
    return file.getvalue()


def pdf_of(scene: Scene) -> bytes:
    """The scene as the bytes of a PDF file of one page, the same for the same scene.

    >>> pdf_of(Scene(20, 20, "nothing", "", (), (), (), ()))[:5]
    b'%PDF-'
    """
    from matplotlib.backends.backend_pdf import FigureCanvasPdf

    canvas: Any = FigureCanvasPdf(figure_of(scene))
    file = io.BytesIO()
    canvas.print_pdf(file, metadata={"Title": scene.title, "CreationDate": None})
    return file.getvalue()
