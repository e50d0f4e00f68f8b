"""All tasks of a sheet are marked: equations, the forward pass in numbers, a step, the drawing; and rubrics."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import pytest

from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.grading import Part, Rubric, mark_one, read_rubric
from chalkgrad.grading.named_numbers import named_in
from chalkgrad.worksheets import write_class

EQUATIONS = r"""$$z = w x + b$$

$$h = \mathrm{ReLU}(z)$$

$$\hat y = \sigma(v h + c)$$

$$L = -y\log\hat y - (1-y)\log(1-\hat y)$$

"""
SHEET = f"""{EQUATIONS}Take one step at the rate 0.5.

- $w = 2$, $b = -1$, $v = 0.5$, $c = 0.25$

| sample | 1 | 2 |
| --- | --- | --- |
| $x$ | 1.5 | -2 |
| $y$ | 1 | 0 |
"""
RUBRIC = Rubric(
    (
        Part("drawing", task="drawing"),
        Part("equations", task="equations", points=2),
        Part("forward", task="forward", points=6),
        Part("step", task="step", points=4),
    )
)


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-z))


# What the sheet's numbers give, by hand: h is 2 and 0.
P, Q = sigmoid(0.5 * 2 + 0.25), sigmoid(0.25)
LOSSES = (-math.log(P), -math.log(1 - Q))
SLOPES = {"w": ((P - 1) * 0.5 * 1.5, 0.0), "b": ((P - 1) * 0.5, 0.0), "v": ((P - 1) * 2, 0.0), "c": (P - 1, Q)}
BEFORE = {"w": 2.0, "b": -1.0, "v": 0.5, "c": 0.25}
AFTER = {name: BEFORE[name] - 0.5 * sum(slopes) / 2 for name, slopes in SLOPES.items()}
TABLE = f"""| sample | 1 | 2 |
| --- | --- | --- |
| $h$ | 2 | 0 |
| $\\hat y$ | {P:.4f} | {Q:.4f} |
| $L$ | {LOSSES[0]:.4f} | {LOSSES[1]:.4f} |
"""
STEP = "| parameter | before | after |\n|---|---|---|\n" + "".join(
    f"| ${name}$ | {BEFORE[name]} | {AFTER[name]:.4f} |\n" for name in AFTER
)
PICTURE = "![my network](network.png)\n\n"


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    (tmp_path / "sheet.md").write_text(SHEET)
    return tmp_path / "sheet.md"


def parts_of(sheet: Path, text: str, rubric: Rubric = RUBRIC) -> dict[str, dict[str, Any]]:
    mine = sheet.with_name("mine.md")
    mine.write_text(text)
    return {part["name"]: part for part in mark_one(sheet, mine, rubric)["parts"]}


def test_all_that_is_asked_for(sheet: Path) -> None:
    parts = parts_of(sheet, PICTURE + EQUATIONS + TABLE + "\n" + STEP)
    assert {name: (part["points"], part["open"]) for name, part in parts.items()} == {
        "drawing": (0, True), "equations": (2, False), "forward": (6, False), "step": (4, False),
    }  # fmt: skip
    assert "network.png" in parts["drawing"]["comment"]


@pytest.mark.parametrize(
    ("changed", "to", "part", "points", "said"),
    [
        ("| $h$ | 2 | 0 |", "| $h$ | 77 | 0 |", "forward", 5, "h of sample 1 is 77"),
        ("| $h$ | 2 | 0 |", "| $h$ | 2 |  |", "forward", 5, "h of sample 2 is missing"),
        (f"| {Q:.4f} |", "| 0.9 |", "forward", 5, "yhat of sample 2 is 0.9"),
        (f"| {P:.4f} |", f"| {P:.2f} |", "forward", 6, ""),
        (f"{AFTER['v']:.4f}", "0.9", "step", 3, "v is 0.9"),
        (STEP, "", "step", 0, "No parameter after the step"),
        (TABLE, "", "forward", 0, "No value of a unit"),
    ],
)
def test_a_wrong_number_costs_its_share(
    sheet: Path, changed: str, to: str, part: str, points: float, said: str
) -> None:
    found = parts_of(sheet, (EQUATIONS + TABLE + "\n" + STEP).replace(changed, to))[part]
    assert found["points"] == pytest.approx(points)
    assert said in found["comment"]
    assert said or found["verdict"] == "right"


def test_what_follows_from_a_wrong_number_has_been_paid_for(sheet: Path) -> None:
    wrong = sigmoid(0.5 * 77 + 0.25)
    table = TABLE.replace("| $h$ | 2 | 0 |", "| $h$ | 7 | 0 |")
    table = table.replace(f"{P:.4f}", f"{sigmoid(0.5 * 7 + 0.25):.4f}")
    table = table.replace(f"{LOSSES[0]:.4f}", f"{-math.log(sigmoid(0.5 * 7 + 0.25)):.4f}")
    assert wrong > P
    assert parts_of(sheet, EQUATIONS + table)["forward"]["points"] == pytest.approx(5)
    stern = Rubric((Part("forward", task="forward", points=6, follows=0.0),))
    assert parts_of(sheet, EQUATIONS + table, stern)["forward"]["points"] == pytest.approx(3)


def test_numbers_in_equations_are_those_of_the_samples_in_turn(sheet: Path) -> None:
    values = [("h", 2, 0), (r"\hat y", P, Q), ("L", *LOSSES)]
    text = "".join(f"For sample {k}: ${name} = {each[k - 1]:.5g}$\n\n" for name, *each in values for k in (1, 2))
    assert parts_of(sheet, EQUATIONS + text)["forward"]["points"] == 6
    assert parts_of(sheet, EQUATIONS + text.replace("h = 2", "h = ReLU(2) = 77"))["forward"]["points"] == 5


def test_other_equations_are_for_a_person(sheet: Path) -> None:
    part = parts_of(sheet, r"$$z = w x$$ $$h = \tanh(z)$$ $$\hat y = \sigma(v h)$$")["equations"]
    assert (part["points"], part["open"], part["verdict"]) == (0, True, "undetermined")
    assert parts_of(sheet, "Nothing.")["equations"]["verdict"] == "missing"


def test_a_sheet_without_numbers_leaves_them_to_a_person(sheet: Path) -> None:
    sheet.write_text(EQUATIONS)
    assert parts_of(sheet, EQUATIONS + TABLE)["forward"]["open"]


@pytest.mark.parametrize("notation", ["sheet", "plain"])
def test_solutions_of_worksheets_have_all_points(tmp_path: Path, notation: str) -> None:
    write_class(tmp_path, ["2-2-1 tanh sigmoid bce"], seed=4, count=1, formats=["md", "tex"], notation=notation)
    rubric = Rubric((*RUBRIC.parts[1:], *(Part(name, name) for name in "wbvc")))
    for name in ("01.md", "01.tex"):
        marked = mark_one(tmp_path / "models" / "01.md", tmp_path / "solutions" / name, rubric)
        assert marked["points"] == 16, [(part["name"], part["comment"]) for part in marked["parts"]]


def test_numbers_under_names() -> None:
    text = "| | $h_1$ | $h_2$ |\n|---|---|---|\n| 1 | 0.5 | -1 |\n| 2 | 2e-3 | |\n\n$$a = \\frac12 = 0.5$$\n"
    found = {each.plainly: [n and n.value for n in each.numbers] for each in named_in(text)}
    assert found == {"h1": [0.5, 0.002], "h2": [-1, None], "a": [0.5]}


def test_a_rubric_of_tasks(tmp_path: Path) -> None:
    path = tmp_path / "rubric.toml"
    path.write_text(
        'rounding = 0.5\nmost = 3\nmost_off = 1\n[[part]]\nwrt = "w"\npoints = 2\n'
        '[[part]]\ntask = "forward"\npoints = 2\n'
        "[deductions]\nsign_flipped = 0.75\n"
    )
    rubric = read_rubric(path)
    assert [(part.name, part.task) for part in rubric.parts] == [("w", "gradient"), ("forward", "forward")]
    assert (rubric.points, rubric.total([2, 2]), rubric.total([0.3, 0.4])) == (3, 3, 0.5)
    assert (rubric.deducted(["sign_flipped"]), rubric.deducted(["transposed"])) == (0.75, None)
    for text, said in (("[deductions]\nsign_fliped = 1\n", "sign_flipped"), ("rounded = 1\n", "rounding")):
        path.write_text(f'{text if "=" in text[:9] else ""}[[part]]\nwrt = "w"\n{text if "[" in text[:1] else ""}')
        with pytest.raises(UnknownNameError, match=said):
            read_rubric(path)
    path.write_text('[[part]]\nwrt = "w"\ntask = "dance"\n')
    with pytest.raises(UnknownNameError, match="gradient"):
        read_rubric(path)
    path.write_text('rounding = -1\n[[part]]\nwrt = "w"\n')
    with pytest.raises(ChalkgradError, match="expected 0"):
        read_rubric(path)


def test_a_slip_costs_what_the_rubric_says(sheet: Path) -> None:
    text = EQUATIONS + r"$$\frac{\partial L}{\partial c} = y - \hat y$$"
    for off, most_off, points in ((0.75, None, 1.25), (0.75, 0.5, 1.5), (9.0, None, 0.0)):
        rubric = Rubric((Part("c", "c", 2.0),), deductions=(("sign_flipped", off),), most_off=most_off)
        assert parts_of(sheet, text, rubric)["c"]["points"] == points
