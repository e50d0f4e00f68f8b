"""Findings of a checked document as SARIF, as annotations of GitHub, and the exit code of several files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from chalkgrad.checking.document import check_text
from chalkgrad.cli.commands import app
from chalkgrad.editors.findings import findings_in
from chalkgrad.editors.github import annotation, workflow_commands
from chalkgrad.editors.sarif import sarif

MODEL = "Binary cross-entropy.\n$$\\hat y = \\sigma(w x + b)$$\n"
RIGHT = MODEL + "$$\\frac{\\partial L}{\\partial w} = (\\hat y - y) x$$\n"
# A letter before the claim is two units of UTF-16, and one code point.
WRONG = MODEL + "Für 𝑥 gilt $\\frac{\\partial L}{\\partial b} = y - \\hat y$.\n"
UNREAD = MODEL + "$$\\frac{\\partial L}{\\partial w} = ((x$$\n"


def run(*arguments: str | Path, code: int) -> str:
    done = CliRunner().invoke(app, ["check", *map(str, arguments)])
    assert done.exit_code == code, done.output
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, text in {"right.md": RIGHT, "a, b.md": WRONG, "none.md": "# Nothing\n", "unread.md": UNREAD}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def text_at(text: str, region: dict[str, int]) -> str:
    """What a region of SARIF covers, by code points."""
    lines = re.split("\r\n|\r|\n", text)
    assert region["startLine"] == region["endLine"]
    return lines[region["startLine"] - 1][region["startColumn"] - 1 : region["endColumn"] - 1]


# --- exit codes ---


@pytest.mark.parametrize(
    ("files", "options", "code"),
    [
        (["right.md", "none.md"], [], 0),
        (["none.md"], [], 3),
        (["none.md", "unread.md"], ["--fail-on", "wrong"], 0),
        (["right.md", "unread.md"], [], 3),
        (["right.md", "a, b.md", "unread.md"], ["--fail-on", "wrong"], 1),
    ],
)
def test_one_exit_code_for_all_files(folder: Path, files: list[str], options: list[str], code: int) -> None:
    run(*files, *options, code=code)


@pytest.mark.parametrize("form", ["text", "json", "sarif", "github"])
def test_a_file_that_cannot_be_read_does_not_stop_the_others(folder: Path, form: str) -> None:
    told = run("gone.md", "a, b.md", "--format", form, code=2)
    assert "∂L/∂b" in told
    assert form == "text" or "cannot read gone.md" in told


def test_several_files_as_json(folder: Path) -> None:
    found = json.loads(run("right.md", "a, b.md", "--json", code=1))["files"]
    assert [each["file"] for each in found] == ["right.md", "a, b.md"]
    assert json.loads(run("right.md", "--json", code=0)) == {**found[0], "file": "right.md"}


def test_code_is_checked_in_one_file(folder: Path) -> None:
    assert CliRunner().invoke(app, ["check", "a.py", "b.py", "--function", "f"]).exit_code == 1


# --- SARIF ---


def log_of(text: str, path: Path = Path("a, b.md")) -> dict[str, Any]:
    return sarif({path: list(findings_in(check_text(text)))})


def test_sarif_has_what_its_schema_demands(folder: Path) -> None:
    log = json.loads(run("right.md", "a, b.md", "unread.md", "gone.md", "--format", "sarif", code=2))
    (ran,) = log["runs"]
    assert log["version"] == "2.1.0"
    assert ran["columnKind"] == "unicodeCodePoints"
    rules = ran["tool"]["driver"]["rules"]
    assert len({rule["id"] for rule in rules}) == len(rules)
    assert [result["level"] for result in ran["results"]] == ["error", "none"]
    for result in ran["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert (result["kind"] == "fail") == (result["level"] != "none")
        (location,) = result["locations"]
        artifact, region = location["physicalLocation"]["artifactLocation"], location["physicalLocation"]["region"]
        assert ran["artifacts"][artifact["index"]]["location"]["uri"] == artifact["uri"]
        start, end = (region["startLine"], region["startColumn"]), (region["endLine"], region["endColumn"])
        assert start[0] > 0
        assert start < end
    (invocation,) = ran["invocations"]
    assert not invocation["executionSuccessful"]
    assert "gone.md" in invocation["toolExecutionNotifications"][0]["message"]["text"]


def test_sarif_counts_code_points_and_names_files_as_addresses() -> None:
    (result,) = log_of(WRONG)["runs"][0]["results"]
    assert result["ruleId"] == "sign_flipped"
    where = result["locations"][0]["physicalLocation"]
    assert where["artifactLocation"]["uri"] == "a%2C%20b.md"
    assert text_at(WRONG, where["region"]) == r"y - \hat y"


def test_sarif_of_what_follows_points_at_the_slip() -> None:
    text = MODEL + "$$\\delta = y - \\hat y$$\n$$\\frac{\\partial L}{\\partial w} = \\delta x$$\n"
    result = log_of(text)["runs"][0]["results"][-1]
    assert (result["ruleId"], result["level"]) == ("follows", "warning")
    (earlier,) = result["relatedLocations"]
    assert earlier["physicalLocation"]["region"]["startLine"] == 3


def test_a_notebook_is_told_by_its_cells(folder: Path) -> None:
    cells = [{"cell_type": "markdown", "source": part} for part in (MODEL, WRONG.removeprefix(MODEL))]
    (folder / "notes.ipynb").write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")
    results = json.loads(run("notes.ipynb", "--format", "sarif", code=1))["runs"][0]["results"]
    assert "region" not in results[0]["locations"][0]["physicalLocation"]
    assert "cell 2, line 1" in results[0]["message"]["text"]
    line = run("notes.ipynb", "--format", "github", code=1).splitlines()[0]
    assert line.startswith("::error file=notes.ipynb,title=")
    assert "cell 2, line 1" in line


def test_hints_give_no_answer_away_in_any_form(folder: Path) -> None:
    for form in ("sarif", "github"):
        told = run("a, b.md", "--hints", "--format", form, code=1)
        assert "Look at the sign" in told
        assert "flipped" not in told
        assert "claimed" not in told


# --- GitHub ---


def test_an_annotation_says_where_and_what() -> None:
    (line,) = workflow_commands(Path("a, b.md"), list(findings_in(check_text(WRONG))))
    assert line.startswith("::error file=a%2C b.md,title=∂L/∂b is wrong,line=3,endLine=3,col=45,endColumn=55::")
    assert "%0AThe sign is flipped" in line


def test_a_place_over_several_lines_has_no_columns() -> None:
    text = MODEL + "$$\n\\frac{\\partial L}{\\partial b}\n= y\n- \\hat y\n$$\n"
    (line,) = workflow_commands(Path("a.md"), list(findings_in(check_text(text))))
    assert "line=5,endLine=6::" in line


@pytest.mark.parametrize(
    ("text", "escaped"), [("a%b", "a%25b"), ("a\r\nb", "a%0D%0Ab"), ("::error::", "::error::"), ("%0A", "%250A")]
)
def test_text_of_an_annotation_is_escaped(text: str, escaped: str) -> None:
    assert annotation("error", "f.md", text) == f"::error file=f.md::{escaped}"


def test_properties_of_an_annotation_are_escaped() -> None:
    assert annotation("notice", "a:b,c%.md", "x", title="a\n::") == (
        "::notice file=a%3Ab%2Cc%25.md,title=a%0A%3A%3A::x"
    )
