"""The story of a function in words and as data, and the files that it becomes."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from chalkgrad.descent.gallery import FORMATS, formats_of, write_gallery
from chalkgrad.descent.runs import run
from chalkgrad.descent.sources import function_of_source
from chalkgrad.descent.stationary import stationary_points
from chalkgrad.descent.telling import Story, story_data, story_lines
from chalkgrad.errors import UnknownNameError


def story(text: str, start: list[float], *runs: tuple[str, float | None], steps: int = 100) -> Story:
    function = function_of_source(text)
    paths = tuple(run(function, start, method, rate=rate, steps=steps) for method, rate in runs)
    return Story(function, stationary_points(function), function.coordinates(start), paths)


BOWL = story("(x-1)^2 + 3*y^2", [0, 2], ("gd", 0.1), ("bfgs", None))


def test_the_words_have_every_part() -> None:
    text = "\n".join(story_lines(BOWL))
    for said in (
        "f(x, y) = (x − 1)² + 3y²",
        "∂f/∂x = 2(x − 1)",
        "∂²f/∂x∂y = 0",
        "At the start, x = 0, y = 2",
        "gradient (-2, 12), of length 12.1655",
        "Hessian (2, 0; 0, 6)",
        "greatest curvature L = 6; largest stable rates: gradient descent 0.3333, momentum 0.9 0.6333",
        "(1, 0): minimum; all eigenvalues of the Hessian are positive: 2 and 6.",
        "At the minimum (1, 0): greatest curvature L = 6",
        "gradient descent: rate 0.1 is below 2/L = 0.333333 at the start (L = 6)",
        "BFGS: It converges in",
    ):
        assert said in text


def test_the_table_is_aligned() -> None:
    lines = list(story_lines(BOWL))
    head = next(line for line in lines if line.startswith("  method"))
    rows = lines[lines.index(head) + 1 :][:2]
    column = head.index("why it ended")
    assert all(row[column - 1] == " " and row[column] != " " for row in rows)


def test_a_fall_that_no_curve_explains_is_told() -> None:
    told = "\n".join(story_lines(story("log(x) + y^2", [1, 1], ("armijo", None), steps=1000)))
    assert "on the way of gradient descent, Armijo search: it may have no least value" in told
    assert "may have no least value" not in "\n".join(story_lines(BOWL))


def test_a_start_outside_the_domain_is_told() -> None:
    told = "\n".join(story_lines(story("log(x) + y^2", [-1, 1], ("gd", 0.1))))
    assert "f has no value: in f = log(x) + y^2: log(-1)" in told


def test_the_data_is_json_and_holds_the_runs() -> None:
    data = json.loads(json.dumps(story_data(BOWL), allow_nan=False))
    assert data["partials"] == {"x": "2*(x - 1)", "y": "6*y"}
    assert data["hessian"] == [["2", "0"], ["0", "6"]]
    assert data["stationary_points"][0]["exact"] == ["1", "0"]
    for told, path in zip(data["runs"], BOWL.paths, strict=True):
        assert np.allclose(told["points"], path.points)
        assert told["iterations"] == list(range(path.steps + 1))
        assert told["end"] == path.end


def test_long_runs_are_thinned_and_what_is_not_finite_is_null() -> None:
    long = story_data(story("x^2 + y^2", [1, 1], ("gd", 1e-9), steps=20_000))["runs"][0]
    assert long["steps"] == 20_000
    assert len(long["points"]) == len(long["iterations"]) == 2000
    assert (long["iterations"][0], long["iterations"][-1]) == (0, 20_000)
    left = story_data(story("log(x) + y^2", [1, 1], ("gd", 0.5)))["runs"][0]
    assert left["values"][-1] is None
    assert all(math.isfinite(entry) for entry in left["values"][:-1])


def test_only_what_is_asked_for_is_written(tmp_path: Path) -> None:
    written = list(write_gallery(BOWL, tmp_path, ("svg", "txt")))
    names = {"contours.svg", "surface.svg", "field.svg", "values.svg", "descent.txt"}
    assert {path.name for path in written} == {path.name for path in tmp_path.iterdir()} == names


def test_formats_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert formats_of("PNG, html,") == ("png", "html")
    monkeypatch.setenv("PATH", "")
    assert set(FORMATS) - set(formats_of(None)) == {"mp4"}
    with pytest.raises(UnknownNameError, match="did you mean 'svg'"):
        formats_of("svgg")


def test_many_periodic_points_are_told_together() -> None:
    lines = list(story_lines(story("sin(x)*cos(y)", [1, 1], ("gd", 0.1))))
    begin, end = lines.index("Stationary points"), lines.index("Descents")
    told = lines[begin + 1 : end]
    assert len(told) < 8
    assert any(line.startswith("  15 points like (-pi/2, 0), ") and "minimum, where it is -1" in line for line in told)
    assert sum("At the minimum" in line for line in told) == 1
