"""Animations: every frame there, the paths growing, and clear refusals."""

from __future__ import annotations

import os
import stat
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageColor

from chalkgrad.descent.animation import animate, shown_steps
from chalkgrad.descent.function import function_of_program
from chalkgrad.descent.paths import descend
from chalkgrad.descent.pictures import looks
from chalkgrad.errors import ChalkgradError, ShapeError
from chalkgrad.reading.programs import read_function


def of(text: str):
    return function_of_program(read_function(text))


METHODS = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")
BOWL = of("x^2 + 3*y^2")
PATHS = [descend(BOWL, [2, 1], rate=0.05, steps=40), descend(BOWL, [2, 1], "momentum", rate=0.01, steps=40)]


def frames_of(path: Path) -> list[np.ndarray]:
    with Image.open(path) as picture:
        found = []
        for number in range(picture.n_frames):
            picture.seek(number)
            found.append(np.asarray(picture.convert("RGB")).astype(int))
        return found


def test_a_gif_shows_the_paths_growing(tmp_path: Path) -> None:
    frames = frames_of(animate(BOWL, PATHS, tmp_path / "a.gif", frames=5))
    assert len(frames) == len(shown_steps(40, 5))
    blue = [int(((f[..., 2] > 140) & (f[..., 0] < 70)).sum()) for f in frames]
    assert blue[-1] > blue[0]
    assert all((one != other).any() for one, other in pairwise(frames))


def test_a_gif_has_the_colours_of_the_paths_as_they_are(tmp_path: Path) -> None:
    paths = [descend(BOWL, [2, 1], method, rate=0.05, steps=30) for method in METHODS]
    last = frames_of(animate(BOWL, paths, tmp_path / "a.gif", frames=3))[-1]
    seen = {tuple(colour) for colour in last.reshape(-1, 3)}
    assert {ImageColor.getrgb(colour) for colour, _, _ in looks(paths)} <= seen


@pytest.mark.parametrize(("steps", "frames"), [(0, 5), (3, 10), (9, 10), (1000, 20), (5, 1), (100, 2)])
def test_the_frames_begin_at_the_start_and_end_at_the_end(steps: int, frames: int) -> None:
    shown = shown_steps(steps, frames)
    assert shown[0] == 0
    assert shown[-1] == steps
    assert all(earlier < later for earlier, later in pairwise(shown))
    assert len(shown) <= max(frames, 2)


def fake_ffmpeg(folder: Path, body: str) -> None:
    """A program named ffmpeg that does what `body` says; the last argument is the file to write."""
    program = folder / "ffmpeg"
    program.write_text(f"#!/bin/sh\nfor last; do :; done\n{body}\n", encoding="utf-8")
    program.chmod(program.stat().st_mode | stat.S_IEXEC)


def test_an_mp4_is_given_to_ffmpeg_as_raw_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_ffmpeg(tmp_path, 'cat > "$last"')
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    written = animate(BOWL, PATHS, tmp_path / "a.mp4", frames=3).read_bytes()
    with Image.open(animate(BOWL, PATHS, tmp_path / "a.gif", frames=3)) as picture:
        width, height = (side - side % 2 for side in picture.size)
    assert len(written) % (3 * width * height) == 0


def test_what_ffmpeg_complains_about_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_ffmpeg(tmp_path, "cat > /dev/null\necho no such codec >&2\nexit 1")
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(ChalkgradError, match="no such codec"):
        animate(BOWL, PATHS, tmp_path / "a.mp4", frames=2)
    assert not (tmp_path / "a.mp4").exists()


def test_an_mp4_without_ffmpeg_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ChalkgradError, match="needs ffmpeg"):
        animate(BOWL, PATHS, tmp_path / "a.mp4", frames=2)


def test_other_refusals(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match=r"\.avi"):
        animate(BOWL, PATHS, tmp_path / "a.avi")
    with pytest.raises(ChalkgradError, match="no path"):
        animate(BOWL, [], tmp_path / "a.gif")
    with pytest.raises(ShapeError, match="two variables"):
        animate(of("x^2"), [descend(of("x^2"), [1], steps=3)], tmp_path / "a.gif")
