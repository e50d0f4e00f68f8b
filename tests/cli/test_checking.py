"""`chalkgrad check`: names and models that are given, hints, what is underlined, what follows from what."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

NAMES = r"""
$$z_1 = W_1 x + b_1$$
$$h = \tanh(z_1)$$
$$z_2 = W_2 h + b_2$$
$$\hat y = \sigma(z_2)$$
Binary cross-entropy.
$$\frac{\partial L}{\partial out} = \hat y - y$$
$$\frac{\partial L}{\partial W_2} = \frac{\partial L}{\partial out} h^T$$
"""
CLAIMS = {
    "2-3-1 relu sigmoid bce": r"$$\frac{\partial L}{\partial v_j} = (\hat y - y) h_j$$",
    "2-3-4-1 tanh sigmoid bce": r"$$\frac{\partial L}{\partial W^3} = (a^3 - y) (a^2)^T$$",
    "4-8-3 relu softmax cross-entropy": r"$$\frac{\partial L}{\partial W_2} = (\hat y - y) h_1^T$$",
    "4-1 identity mse": r"$$\nabla_w L = 2(\hat y - y) x$$",
    "5-4-1 relu sigmoid bce": r"$$dW^{[2]} = \frac1m (A^{[2]} - Y) A^{[1]T}$$",
}
SLIPS = r"""
$$\hat y = \sigma(h_1v_1 + h_2v_2 + h_3v_3 + c)$$
$$h_i = ReLU(x_1w_{1i} + x_2w_{2i} + b_i)$$
Binary cross-entropy.
$$\delta = y - \hat y$$
$$\frac{\partial L}{\partial v_i} = \delta h_i$$
"""


def check(path: Path, text: str, *options: str, code: int = 0) -> str:
    """What the command prints on the document; it must end with the code and print no traceback."""
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "chalkgrad", "check", str(path), *options]
    done = subprocess.run(command, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False)
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout or done.stderr


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    return tmp_path / "sheet.md"


@pytest.mark.parametrize("options", [("--let", "out=z_2"), ("--let", "out=z_2,net=z_1"), ("--let", "out = z_2")])
def test_a_name_is_given(sheet: Path, options: tuple[str, ...]) -> None:
    assert "2 right" in check(sheet, NAMES, *options)


@pytest.mark.parametrize("block", ["let: out=z_2", "let:\n  out: z_2\n  net: z_1", "author: N. N.\nlet:\n  out=z_2"])
def test_a_name_is_given_in_the_document(sheet: Path, block: str) -> None:
    assert "2 right" in check(sheet, f"---\n{block}\n---\n{NAMES}")


def test_without_it_nothing_says_what_the_name_is(sheet: Path) -> None:
    text = check(sheet, NAMES, code=3)
    assert "Nothing says how L depends on out" in text


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("out=z_3", "there is no name 'z_3'; did you mean 'z_"),
        ("out", "expected a name and what it stands for, such as out=z_2"),
        ("out=", "expected a name"),
        ("out=2+2", "is not a name"),
    ],
)
def test_a_name_that_stands_for_nothing_is_refused(sheet: Path, given: str, told: str) -> None:
    assert told in check(sheet, NAMES, "--let", given, code=2)


@pytest.mark.parametrize("spec", CLAIMS)
def test_the_model_is_given(sheet: Path, spec: str) -> None:
    for text, options in ((CLAIMS[spec], ("--model", spec)), (f"---\nmodel: {spec}\n---\n{CLAIMS[spec]}", ())):
        report = json.loads(check(sheet, text, "--json", *options))
        assert [claim["verdict"] for claim in report["claims"]] == ["right"]
        assert report["model"]["spec"] == spec


def test_a_slip_under_a_given_model_is_named(sheet: Path) -> None:
    text = r"$$\frac{\partial L}{\partial v_j} = (y - \hat y) h_j$$"
    report = json.loads(check(sheet, text, "--json", "--model", "2-3-1 relu sigmoid bce", code=1))
    (claim,) = report["claims"]
    assert (claim["line"], claim["column"]) == (1, 3)
    assert [slip["kind"] for slip in claim["mistakes"]] == ["sign_flipped"]


def test_a_model_beside_the_documents_own_is_said_to_be_unused(sheet: Path) -> None:
    report = json.loads(check(sheet, SLIPS, "--json", "--model", "4-1 sigmoid bce", code=1))
    assert (
        "the document defines its own network, so the model 4-1 sigmoid bce is not used" in report["model"]["guesses"]
    )


def test_a_model_that_cannot_be_read_is_refused(sheet: Path) -> None:
    assert "did you mean 'sigmoid'" in check(sheet, CLAIMS["4-1 identity mse"], "--model", "4-1 sigmod bce", code=2)


def test_the_loss_is_given(sheet: Path) -> None:
    text = r"$$\hat y = \sigma(w^T x + b)$$ $$\frac{\partial L}{\partial b} = 2(\hat y - y)\hat y(1 - \hat y)$$"
    assert "1 right" in check(sheet, text, "--loss", "mse")
    assert "1 wrong" in check(sheet, text, "--loss", "bce", code=1)


def test_what_slipped_is_underlined_and_what_follows_is_said_once(sheet: Path) -> None:
    text = check(sheet, SLIPS, code=1)
    lines = text.split("\n")
    place = next(k for k, line in enumerate(lines) if r"\delta = y - \hat y" in line)
    assert lines[place + 1].rstrip() == "    " + " " * len(r"\delta = ") + "^" * len(r"y - \hat y")
    assert "consistent with your earlier slip (line 5)" in text
    assert " ".join(text.split()).count("The sign is flipped") == 1
    assert "1 wrong, 1 following from an earlier slip" in text


def test_hints_do_not_give_the_answer_away(sheet: Path) -> None:
    text = check(sheet, SLIPS, "--hints", code=1)
    assert "Look at the sign" in text
    assert "claimed" not in text
    assert "is flipped" not in text


def test_hints_as_json_do_not_give_the_answer_away_either(sheet: Path) -> None:
    text = check(sheet, SLIPS, "--hints", "--json", code=1)
    wrong = next(claim for claim in json.loads(text)["claims"] if claim["verdict"] == "wrong")
    assert wrong["mistakes"] == [{"hint": wrong["reason"]}]
    assert (wrong["expected"], wrong["counterexample"]) == ("", None)
    assert "is flipped" not in text
