"""Descents as moving pictures: the paths growing on the contour lines, as GIF or, where ffmpeg is there, as MP4."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image, ImageColor

from chalkgrad.descent.function import ScalarFunction
from chalkgrad.descent.paths import DescentPath
from chalkgrad.descent.pictures import contour_plot, looks
from chalkgrad.drawing.plot import STYLE, Plot
from chalkgrad.errors import ChalkgradError
from chalkgrad.files import write_atomically

FRAMES = 48
_MILLISECONDS = 90
_REST = 20  # frames for which the last one stays
_DOTS_PER_INCH = 80


def animate(
    function: ScalarFunction,
    paths: Sequence[DescentPath],
    file: str | Path,
    *,
    window: Sequence[tuple[float, float]] | None = None,
    title: str = "",
    frames: int = FRAMES,
) -> Path:
    """Writes the paths growing step by step on the contour lines, to a .gif file, or .mp4 where ffmpeg is installed.

    The first steps are shown one by one, later ones ever faster. Raises `ChalkgradError` for another ending, for no
    paths, or for .mp4 without ffmpeg, and `ShapeError` for other than two variables.

    >>> from chalkgrad.descent.function import function_of_program
    >>> from chalkgrad.descent.paths import descend
    >>> from chalkgrad.reading.programs import read_function
    >>> f = function_of_program(read_function("x^2 + 3*y^2"))
    >>> animate(f, [descend(f, [2, 1], rate=0.1)], "path.gif", frames=3).name
    'path.gif'
    """
    place = Path(file)
    encoders = {".gif": _gif, ".mp4": _mp4}
    encode = encoders.get(place.suffix.lower())
    if encode is None:
        raise ChalkgradError(f"an animation is saved as .gif or .mp4, not as '{place.suffix}'")
    if not paths:
        raise ChalkgradError("there is no path to show")
    plot = contour_plot(function, paths, window=window, title=title)
    colours = ["#FFFFFF", "#000000", *dict.fromkeys(colour for colour, _, _ in looks(paths))]
    return write_atomically(place, encode(list(_frames(plot, paths, frames)), colours))


def shown_steps(steps: int, frames: int) -> list[int]:
    """Up to which step each frame shows the paths: one by one at first, then ever faster.

    >>> shown_steps(100, 6)
    [0, 1, 3, 10, 32, 100]
    """
    if steps < frames:
        return list(range(steps + 1))
    later = np.geomspace(steps, 1, max(frames - 1, 1)).round().astype(int)
    return [0, *sorted({int(step) for step in later})]


def _frames(plot: Plot, paths: Sequence[DescentPath], frames: int) -> Iterator[Image.Image]:
    figure: Figure = plot.figure
    axes: Axes = figure.axes[0]
    title = axes.get_title()
    drawn = axes.get_lines()
    growing = [line for line in drawn if not str(line.get_label()).startswith("_")][: len(paths)]
    whole = [np.array(line.get_xydata()) for line in growing]
    ends = [line for line in drawn if line.get_marker() == "s" and line not in growing]
    last = max(path.steps for path in paths)
    figure.set_dpi(_DOTS_PER_INCH)
    with mpl.rc_context(STYLE):
        # The ground is drawn once; on it, in every frame, what may move and what lies above that.
        above = sorted([*drawn, *axes.texts, axes.title], key=lambda artist: artist.get_zorder())
        for artist in above:
            artist.set_animated(True)
        canvas: Any = FigureCanvasAgg(figure)
        canvas.draw()
        ground = canvas.copy_from_bbox(figure.bbox)
        for step in shown_steps(last, frames):
            for line, points in zip(growing, whole, strict=True):
                line.set_data(points[: step + 1, 0], points[: step + 1, 1])
            for line in ends:
                line.set_visible(step == last)
            axes.set_title(f"{title}   step {step}" if title else f"step {step}")
            canvas.restore_region(ground)
            for artist in above:
                axes.draw_artist(artist)
            yield Image.fromarray(np.array(canvas.buffer_rgba())).convert("RGB")


def _gif(pictures: list[Image.Image], colours: Sequence[str]) -> bytes:
    """All frames with one palette, so that colours do not flicker; the paths' own are in it as they are."""
    exact = [part for colour in colours for part in ImageColor.getrgb(colour)]
    found = pictures[-1].quantize(colors=128).getpalette() or []
    palette = Image.new("P", (1, 1))
    palette.putpalette((exact + found)[: 3 * 256])
    flat = [picture.quantize(palette=palette, dither=Image.Dither.NONE) for picture in pictures]
    target = BytesIO()
    times = [_MILLISECONDS] * (len(flat) - 1) + [_MILLISECONDS * _REST]
    flat[0].save(target, format="GIF", save_all=True, append_images=flat[1:], duration=times, loop=0, optimize=False)
    return target.getvalue()


def _mp4(pictures: list[Image.Image], colours: Sequence[str]) -> bytes:
    program = shutil.which("ffmpeg")
    if program is None:
        raise ChalkgradError("an .mp4 needs ffmpeg, which is not installed; a .gif needs nothing")
    width, height = (side - side % 2 for side in pictures[0].size)
    moving = [*pictures, *[pictures[-1]] * _REST]
    raw = b"".join(picture.crop((0, 0, width, height)).tobytes() for picture in moving)
    with tempfile.TemporaryDirectory() as folder:
        output = os.path.join(folder, "animation.mp4")
        rate = f"{1000 / _MILLISECONDS:.3f}"
        source = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", rate, "-i", "-"]
        command = [program, "-y", "-loglevel", "error", *source, "-pix_fmt", "yuv420p", output]
        done = subprocess.run(command, input=raw, capture_output=True, check=False)
        if done.returncode != 0:
            problem = done.stderr.decode(errors="replace").strip()
            raise ChalkgradError(f"ffmpeg could not write the animation: {problem}")
        return Path(output).read_bytes()
