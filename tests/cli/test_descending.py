"""The command `descend`: every method, picture and option, and how errors are told."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from chalkgrad.cli.commands import app
from chalkgrad.descent.runs import method_names
from chalkgrad.errors import ChalkgradError

BOWL = "(x-1)^2 + 3*y^2"
SHEET = "(1-x^3)+100*(y^2-x)^2"


def printed(*arguments: object) -> str:
    """What `chalkgrad descend` prints, run in this process as `main` runs it; its errors are raised."""
    done = CliRunner().invoke(app, ["descend", *map(str, arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0, done.output
    return done.output


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_the_command_of_the_sheet_as_it_is_typed(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "chalkgrad", "descend", SHEET, "--start", "x=-1,y=1"]
    command += ["--rate", "0.001,0.003,0.01", "--method", "gd,momentum,adam", "-o", "out/"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    text = done.stdout
    for said in (
        "f(x, y) = 1 − x³ + 100(y² − x)²",
        "∂f/∂y = 400(y² − x)y",
        "∂²f/∂x² = 200 − 6x",
        "(0, 0): degenerate saddle, not a minimum",
        "(200/3, 0): maximum",
        "f falls without bound along x = y^2",
        "f has no least value: gradient descent that does not stop will leave",
        "rate 0.003 exceeds 2/L = 0.00117191 at the start (L = 1706.62): it diverges within 12 steps",
        "largest stable rates: gradient descent 0.001172",
    ):
        assert said in text
    assert all(len(line) < 300 for line in text.splitlines())
    figures = {
        f"{name}.{suffix}" for name in ("contours", "values", "surface", "field") for suffix in ("png", "svg", "pdf")
    }
    others = {"descent.gif", "interactive.html", "descent.json", "descent.txt"}
    assert names_in(tmp_path / "out") - {"descent.mp4"} == figures | others
    out = tmp_path / "out"
    with Image.open(out / "contours.png") as picture:
        assert picture.width > 800
    with Image.open(out / "descent.gif") as film:
        assert film.n_frames > 10
    assert (out / "field.pdf").read_bytes().startswith(b"%PDF")
    assert "<title>" in (out / "surface.svg").read_text()
    assert (out / "descent.txt").read_text().strip() in text
    data = json.loads((out / "descent.json").read_text())
    assert len(data["runs"]) == 9
    assert data["has_minimum"] is False
    assert [point["kind"] for point in data["stationary_points"]] == ["saddle", "maximum"]
    run = data["runs"][0]
    assert run["points"][0] == [-1, 1]
    assert run["steps"] == run["iterations"][-1] == 1000
    assert len(run["points"]) == len(run["values"]) == 1001


def test_every_method_at_once(tmp_path: Path) -> None:
    text = printed(BOWL, "--method", ",".join(method_names()), "--formats", "json", "-o", tmp_path)
    assert text.count("converges in") >= 9
    data = json.loads((tmp_path / "descent.json").read_text())
    assert len(data["runs"]) == len(method_names())
    assert names_in(tmp_path) == {"descent.json"}


def test_the_collection_by_name_and_its_list(tmp_path: Path) -> None:
    text = printed("rosenbrock", "--method", "bfgs,newton", "--formats", "txt", "-o", tmp_path)
    assert "(1, 1): minimum" in text
    assert "These are all stationary points." in text
    assert "BFGS: It converges" in text
    listed = printed("--list")
    assert len(listed.splitlines()) >= 25
    assert "rosenbrock         Rosenbrock, 2 variables, least 0" in listed


def test_partials_instead_of_a_function(tmp_path: Path) -> None:
    text = printed("--partial", "x=2*x", "--partial", r"y=\frac{y}{2}", "--formats", "txt", "-o", tmp_path)
    assert text.startswith("f(x, y) = x² + ¼y² + C\n")


def test_schedules_settings_directions_and_taylor(tmp_path: Path) -> None:
    text = printed(
        r"\frac{x^2}{2} + 3(y-1)^2", "--method", "gd,momentum", "--rate", "0.1", "--schedule", "cosine", "--steps", 30,
        "--set", "momentum=0.5", "--direction", "x=3,y=4", "--taylor", 1, "--start", "x=0,y=0", "--window",
        "x=-3:3,y=-2:4", "--tolerance", "0.1", "--formats", "json", "-o", tmp_path,
    )  # fmt: skip
    assert "Df(x, y) = 3/5 · x + 24/5 · (y − 1)" in text
    assert "Tf(x, y) = 3 − 6y" in text
    runs = json.loads((tmp_path / "descent.json").read_text())["runs"]
    assert runs[1]["settings"] == {"rate": 0.1, "momentum": 0.5}
    assert runs[0]["stop"] == "converged"


def test_functions_of_one_and_of_four_variables(tmp_path: Path) -> None:
    assert "x = " in printed("x^4 - x", "--method", "newton", "-o", tmp_path / "one")
    text = printed("x^2+y^2+z^2+w*x", "--method", "l-bfgs", "-o", tmp_path / "four")
    assert "f falls without bound along x = -w/2, y = 0, z = 0" in text
    expected = {"values.png", "values.svg", "values.pdf", "descent.json", "descent.txt"}
    assert names_in(tmp_path / "four") == expected
    assert names_in(tmp_path / "one") == expected | {"graph.png", "graph.svg", "graph.pdf"}


def test_a_formula_may_start_with_a_minus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for formula in ("-x^2 - y^2", "-2*x*y", "-(x^2)+y", r"-\frac{x^2}{2} + y", "-sin(x)*y", "-x"):
        command = [sys.executable, "-m", "chalkgrad", "descend", formula, "--steps", "2", "--formats", "txt"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.stdout.startswith("f("), done.stderr
    command = [sys.executable, "-m", "chalkgrad", "derive", "-x'*A*x", "--wrt", "x"]
    assert "∂L/∂x" in subprocess.run(command, capture_output=True, text=True, check=False).stdout


def test_the_page_begins_with_the_rates_that_were_given(tmp_path: Path) -> None:
    printed(BOWL, "--method", "gd,adam,newton", "--rate", "0.037", "--steps", "3", "--formats", "html", "-o", tmp_path)
    page = (tmp_path / "interactive.html").read_text(encoding="utf-8")
    assert page.count('"rate": 0.037, "bound"') == 2


def test_a_run_that_leaves_the_domain_is_told_with_the_step_and_the_point(tmp_path: Path) -> None:
    arguments = ["log(x)+y^2", "--start", "x=1,y=1", "--rate", "0.5", "--method", "gd"]
    text = printed(*arguments, "--formats", "txt,png,json", "-o", tmp_path)
    assert "at step 2, at x = -0.5, y = 0, f has no value: in f = log(x) + y^2: log(-0.5) is not defined" in text
    assert json.loads((tmp_path / "descent.json").read_text())["runs"][0]["values"][-1] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "there is no function"),
        ([BOWL, "--partial", "x=2"], "a function and partials"),
        (["--partial", "2*x"], "has no name"),
        (["--partial", "x=y", "--partial", "y=-x"], "no function has these partials"),
        (["rosenbrok"], "did you mean 'rosenbrock'"),
        (["x^2+"], "line 1, column 5"),
        (["f(x,y) = x + z"], "z is not a variable of f"),
        ([BOWL, "--start", "x=1"], "the start has no y"),
        ([BOWL, "--start", "x=1,z=2"], "there is no variable 'z'"),
        ([BOWL, "--start", "x=1,y=one"], "column 7: 'one' is not a number"),
        ([BOWL, "--start", "x=1,y=nan"], "'nan' is not a number"),
        (["log(x)", "--start", "x=-1"], "at step 0, at x = -1, f has no value"),
        ([BOWL, "--rate", "0.1,,2"], "column 5: '' is not a number"),
        ([BOWL, "--rate", "-1"], "a rate is greater than 0"),
        ([BOWL, "--method", "adan"], "did you mean 'adam'"),
        ([BOWL, "--schedule", "cosin"], "did you mean 'cosine'"),
        ([BOWL, "--method", "gd", "--set", "momentum=0.5"], "no hyper-parameter to set"),
        ([BOWL, "--set", "momentun=0.5"], "did you mean 'momentum'"),
        ([BOWL, "--set", "momentum"], "'' is not a number"),
        ([BOWL, "--window", "x=1:0,y=0:1"], "'1:0' is not a range"),
        ([BOWL, "--window", "x=0:1"], "the window has no y"),
        ([BOWL, "--direction", "x=0,y=0"], "length 0"),
        ([BOWL, "--formats", "pgn"], "did you mean 'png'"),
    ],
)
def test_errors_are_sentences(arguments: list[str], words: str, tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError) as problem:
        printed(*arguments, "-o", tmp_path / "out")
    assert words in str(problem.value)
    assert not (tmp_path / "out").exists()


def test_an_error_ends_with_2_and_no_traceback() -> None:
    command = [sys.executable, "-m", "chalkgrad", "descend", "x^2+y^2", "--start", "x=1"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("chalkgrad: line 1, column 1: the start has no y")
