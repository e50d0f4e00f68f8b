"""All pictures and files of a story, written into a folder."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from chalkgrad.descent.animation import animate
from chalkgrad.descent.charts import surface_plot, value_plot
from chalkgrad.descent.graphs import graph_plot
from chalkgrad.descent.interactive import interactive_page
from chalkgrad.descent.pictures import contour_plot, gradient_field
from chalkgrad.descent.runs import takes_rate
from chalkgrad.descent.telling import Story, story_data, story_lines
from chalkgrad.descent.windows import window_around
from chalkgrad.drawing.plot import Plot
from chalkgrad.errors import UnknownNameError
from chalkgrad.files import write_atomically

FORMATS = ("png", "svg", "pdf", "gif", "mp4", "html", "json", "txt")
_FIGURES = ("png", "svg", "pdf")


def formats_of(text: str | None) -> tuple[str, ...]:
    """The formats in a list such as `png,html`; all without one, the film only where ffmpeg is installed.

    Raises `UnknownNameError` for another.

    >>> formats_of("png, html")
    ('png', 'html')
    """
    if text is None:
        return tuple(each for each in FORMATS if each != "mp4" or shutil.which("ffmpeg"))
    found = tuple(part.strip().lower() for part in text.split(",") if part.strip())
    for each in found:
        if each not in FORMATS:
            raise UnknownNameError("format", each, FORMATS)
    return found


def write_gallery(
    story: Story,
    folder: Path,
    formats: Sequence[str] = FORMATS,
    window: Sequence[tuple[float, float]] | None = None,
) -> Iterator[Path]:
    """Writes the figures, the animation, the page, the data and the text, and gives each path as it is written.

    Functions of one variable have their graph and the values by iteration, those of three and more the latter alone.
    Raises `ChalkgradError` where a file cannot be written.
    """
    function, paths = story.function, story.paths
    plots = {"values": value_plot(paths)}
    if len(function.variables) == 1:
        plots["graph"] = graph_plot(function, paths, stationary=story.found.points, window=window)
    if len(function.variables) == 2:
        points = story.found.points
        shown = window or window_around(paths, [point.numbers for point in points])
        plots |= _plane(story, shown)
        for film in ("gif", "mp4"):
            if film in formats:
                yield animate(function, paths, folder / f"descent.{film}", window=shown)
        if "html" in formats:
            rates = {path.method: path.hyper_parameters["rate"] for path in paths[::-1] if takes_rate(path.method)}
            page = interactive_page(function, list(story.start.values()), window=shown, rates=rates)
            yield write_atomically(folder / "interactive.html", page)
    for name, plot in plots.items():
        yield from (plot.save(folder / f"{name}.{suffix}") for suffix in _FIGURES if suffix in formats)
    if "json" in formats:
        data = json.dumps(story_data(story), ensure_ascii=False, allow_nan=False, indent=1)
        yield write_atomically(folder / "descent.json", data + "\n")
    if "txt" in formats:
        yield write_atomically(folder / "descent.txt", "\n".join(story_lines(story)) + "\n")


def _plane(story: Story, window: Sequence[tuple[float, float]]) -> dict[str, Plot]:
    function, paths = story.function, story.paths
    return {
        "contours": contour_plot(function, paths, stationary=story.found.points, window=window),
        "surface": surface_plot(function, window, paths),
        "field": gradient_field(function, window),
    }
