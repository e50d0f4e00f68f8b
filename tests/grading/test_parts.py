"""Marks for parts: element by element, of the last claim about each, and a slip is paid for once."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from chalkgrad.grading import Part, Rubric, mark_one

MODEL = """Binary cross-entropy.

$$ h_1 = \\tanh(w_{11} x_1 + w_{21} x_2 + b_1) $$
$$ h_2 = \\tanh(w_{12} x_1 + w_{22} x_2 + b_2) $$
$$ z = v_1 h_1 + v_2 h_2 + c $$
$$ \\hat y = \\sigma(z) $$

"""
RUBRIC = Rubric((Part("w", "w", 4.0), Part("v", "v", 2.0), Part("c", "c", 1.0)))
Z = "$$\\frac{\\partial L}{\\partial z} = %s$$\n"
V = "$$\\frac{\\partial L}{\\partial v_%d} = %s$$\n"
C = "$$\\frac{\\partial L}{\\partial c} = %s$$\n"
W = "".join(
    f"$$\\frac{{\\partial L}}{{\\partial w_{{{i}{j}}}}} = (\\hat y - y) v_{j} (1 - h_{j}^2) x_{i}$$\n"
    for i in (1, 2)
    for j in (1, 2)
)
RIGHT_V = V % (1, "(\\hat y - y) h_1") + V % (2, "(\\hat y - y) h_2")
RIGHT_C = C % "\\hat y - y"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    (tmp_path / "sheet.md").write_text(MODEL)
    return tmp_path / "sheet.md"


def marked(sheet: Path, text: str, rubric: Rubric = RUBRIC) -> dict[str, Any]:
    mine = sheet.with_name("mine.md")
    mine.write_text(MODEL + text)
    return mark_one(sheet, mine, rubric)


@pytest.mark.parametrize(
    ("text", "points", "verdicts"),
    [
        (W + RIGHT_V + RIGHT_C, [4, 2, 1], ["right", "right", "right"]),
        # An element is a share of its part, and is missing if nobody wrote it.
        (W.replace("(1 - h_2^2) x_1", "(1 + h_2^2) x_1") + RIGHT_V, [3.5, 2, 0], ["wrong", "right", "missing"]),
        (V % (1, "(\\hat y - y) h_1") + RIGHT_C, [0, 1, 1], ["missing", "incomplete", "right"]),
        # The last claim decides.
        (C % "y - \\hat y" + RIGHT_C, [0, 0, 1], ["missing", "missing", "right"]),
        (RIGHT_C + C % "y - \\hat y", [0, 0, 0.5], ["missing", "missing", "wrong"]),
        # One equation with indices is about all elements.
        ("$$\\frac{\\partial L}{\\partial v_j} = (\\hat y - y) h_j$$", [0, 2, 0], ["missing", "right", "missing"]),
        # A factor of the chain rule is no claim about the loss.
        (RIGHT_V + "$$\\frac{\\partial z}{\\partial v_1} = h_1$$", [0, 2, 0], ["missing", "right", "missing"]),
    ],
)
def test_elements(sheet: Path, text: str, points: list[float], verdicts: list[str]) -> None:
    found = marked(sheet, text)
    assert [part["points"] for part in found["parts"]] == points
    assert [part["verdict"] for part in found["parts"]] == verdicts
    assert found["points"] == sum(points)


def test_a_slip_in_a_line_of_its_own_costs_the_first_part_that_follows_from_it(sheet: Path) -> None:
    text = (Z % "\\hat y + y") + (RIGHT_V + RIGHT_C).replace("\\hat y - y", "\\hat y + y")
    found = marked(sheet, text)
    assert [part["verdict"] for part in found["parts"]] == ["missing", "wrong", "follows"]
    assert [part["points"] for part in found["parts"]] == [0, 1, 1]
    assert found["parts"][1]["comment"].startswith("This follows from the slip in line 8. The term y has the wrong")
    assert found["parts"][1]["slips"]
    assert not found["parts"][2]["slips"]


def test_a_slip_in_a_part_is_paid_for_there(sheet: Path) -> None:
    rubric = Rubric((Part("v", "v", 2.0), Part("z", "c", 1.0, known_slip=0.0), Part("w", "w", 4.0, follows=0.75)))
    text = C % "\\hat y + y" + (RIGHT_V + W).replace("\\hat y - y", "\\hat y + y")
    found = marked(sheet, text, rubric)
    assert [(part["points"], part["verdict"]) for part in found["parts"]] == [
        (2.0, "follows"),
        (0.0, "wrong"),
        (3.0, "follows"),
    ]


def test_a_slip_that_is_not_known_costs_all(sheet: Path) -> None:
    found = marked(sheet, C % "(\\hat y - y) \\hat y^3 \\cos(x_1)")
    assert (found["parts"][2]["points"], found["parts"][2]["slips"]) == (0.0, [])
    assert found["parts"][2]["hint"] == "This is not the derivative."
