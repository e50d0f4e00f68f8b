"""The files of a class: a sheet, a template and a solution for each student, in every format that is asked for."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from chalkgrad.drawing import svg_of
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.files import write_atomically
from chalkgrad.worksheets.formats import FORMATS
from chalkgrad.worksheets.model import model_sheet
from chalkgrad.worksheets.pieces import Drawing, Piece
from chalkgrad.worksheets.solution import solution
from chalkgrad.worksheets.tasks import task_sheet, template
from chalkgrad.worksheets.worksheet import Worksheet, make_worksheet

_MOST = 10_000


def write_class(
    out: str | Path,
    patterns: Sequence[str] = (),
    *,
    seed: int,
    count: int = 1,
    formats: Sequence[str] = tuple(FORMATS),
    notation: str = "plain",
    form: str = "scalar",
    rate: float | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> list[Worksheet]:
    """Writes `count` worksheets into a folder: `sheets/`, `templates/` and `solutions/`, and all numbers as JSON.

    `models/` has for each what submissions are marked against, without anything of the solution.

    The files of a student have the same name in each folder. The n-th worksheet is the same whatever the count.
    Raises `ChalkgradError` as `make_worksheet` does, before anything of that worksheet is written.
    """
    if not 1 <= count <= _MOST:
        raise ChalkgradError(f"the count of worksheets is {count}; expected 1 to {_MOST}")
    for name in formats:
        if name not in FORMATS:
            raise UnknownNameError("format of a worksheet", name, tuple(FORMATS))
    folder, made = Path(out), []
    width = max(2, len(str(count)))
    for number in range(1, count + 1):
        sheet = make_worksheet(patterns, seed=seed, number=number, notation=notation, form=form, rate=rate)
        stem = f"{number:0{width}d}"
        parts: dict[str, list[Piece]] = {
            "sheets": task_sheet(sheet),
            "templates": template(sheet),
            "solutions": solution(sheet),
        }
        for part, pieces in parts.items():
            picture = f"{stem}-network.svg"
            for name in formats:
                write_atomically(folder / part / f"{stem}.{name}", FORMATS[name](pieces, picture))
            _write_drawings(pieces, folder / part / picture, formats)
        write_atomically(folder / "models" / f"{stem}.md", model_sheet(sheet))
        made.append(sheet)
        if progress is not None:
            progress(number, count)
    listed = [sheet.to_json() for sheet in made]
    write_atomically(folder / "worksheets.json", json.dumps(listed, ensure_ascii=False, indent=1) + "\n")
    return made


def _write_drawings(pieces: Sequence[Piece], path: Path, formats: Sequence[str]) -> None:
    if "md" in formats:
        for piece in pieces:
            if isinstance(piece, Drawing):
                write_atomically(path, svg_of(piece.scene))
