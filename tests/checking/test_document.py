"""The homework sheet gets its verdicts, and so do right, wrong and unreadable variations of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from chalkgrad.checking import Report, check_document, check_text
from chalkgrad.errors import ChalkgradError

SHEET = Path(__file__).parents[2] / "examples" / "homework.md"
NETWORK = r"""
$$\hat{y} = \sigma(h_1v_1 + h_2v_2 + h_3v_3 + c_1)$$
$$h_1 = ReLU(x_1w_{11} + x_2w_{21} + b_1)$$
$$h_2 = ReLU(x_1w_{12} + x_2w_{22} + b_2)$$
$$h_3 = ReLU(x_1w_{13} + x_2w_{23} + b_3)$$
The loss is binary cross-entropy.
"""


def check(tmp_path: Path, text: str, loss: str | None = None) -> Report:
    path = tmp_path / "sheet.md"
    path.write_text(text, encoding="utf-8")
    return check_document(path, loss)


@pytest.fixture(scope="module")
def sheet() -> Report:
    return check_document(SHEET)


def test_the_sheet_defines_its_network(sheet: Report) -> None:
    model = sheet.to_json()["model"]
    assert model["spec"] == "2-3-1 relu sigmoid bce"
    assert model["parameters"] == {"w": [2, 3], "b": [3], "v": [3], "c": []}
    assert "V is the vector of v₁, v₂, v₃" in model["guesses"]
    assert "out is the value under the σ of ŷ" in model["guesses"]


def test_the_sheet_gets_its_verdicts(sheet: Report) -> None:
    assert [claim.verdict for claim in sheet.claims] == ["definition"] * 4 + ["undetermined"] * 2 + ["wrong"] * 4
    assert [claim.line for claim in sheet.claims] == [10, 12, 14, 16, 22, 23, 31, 33, 35, 37]
    assert sheet.to_json()["summary"] == {"definition": 4, "right": 0, "undetermined": 2, "wrong": 4, "unread": 0}
    assert sheet.exit_code == 1


@pytest.mark.parametrize(
    ("subject", "kinds"),
    [
        ("dL/dv", ["sign_flipped", "sum_over_hidden_units"]),
        ("dL/dc", ["sign_flipped"]),
        ("dL/dw", ["sign_flipped", "sum_over_hidden_units", "sum_over_inputs"]),
        ("dL/db", ["sign_flipped", "sum_over_hidden_units"]),
    ],
)
def test_the_sheets_slips_are_named(sheet: Report, subject: str, kinds: list[str]) -> None:
    claim = next(claim for claim in sheet.claims if claim.subject == subject)
    assert [slip.kind for slip in claim.mistakes] == kinds
    assert claim.chain.startswith("the chain of factors is right as a chain rule")
    assert "L → ŷ → out" in claim.chain
    counterexample = claim.counterexample
    assert counterexample is not None
    assert set(counterexample["point"]) == {"x", "y", "w", "b", "v", "c"}
    assert counterexample["claimed"] != counterexample["derived"]
    assert claim.expected


def test_the_counterexample_is_one(sheet: Report) -> None:
    """Worked out here by hand, apart from the package: the derivative by c is ŷ - y."""
    import math

    claim = next(claim for claim in sheet.claims if claim.subject == "dL/dc")
    counterexample = claim.counterexample
    assert counterexample is not None
    p = counterexample["point"]
    hidden = [max(0, sum(p["x"][i] * p["w"][i][j] for i in range(2)) + p["b"][j]) for j in range(3)]
    output = 1 / (1 + math.exp(-(sum(h * v for h, v in zip(hidden, p["v"], strict=True)) + p["c"])))
    assert counterexample["derived"] == pytest.approx(output - p["y"])
    assert counterexample["claimed"] == pytest.approx(p["y"] - output)


CLAIMS = [
    (r"\frac{\partial L}{\partial v_i} = (\hat{y} - y) h_i", "right", []),
    (r"\frac{\partial L}{\partial v_1} = (\hat{y} - y) h_1", "right", []),
    (r"\frac{\partial L}{\partial v_1} = (\hat{y} - y) h_2", "wrong", None),
    (r"\frac{\partial L}{\partial w_{12}} = (\hat{y} - y) v_2 x_1 ReLU'(x_1w_{12} + x_2w_{22} + b_2)", "right", []),
    (r"\frac{\partial L}{\partial v_i} = (y - \hat{y}) h_i", "wrong", ["sign_flipped"]),
    (r"\frac{\partial L}{\partial c} = \hat{y} - y", "right", []),
    (
        r"\frac{\partial L}{\partial c} = \sigma'(out) \left(-\frac{y}{\hat{y}} + \frac{1-y}{1-\hat{y}}\right)",
        "right",
        [],
    ),
    (r"\frac{\partial L}{\partial c} = 2(\hat{y} - y)", "wrong", ["factor_of_two"]),
    (r"\frac{\partial L}{\partial b_j} = (\hat{y} - y) v_j", "wrong", ["activation_derivative_missing"]),
    (r"\frac{\partial L}{\partial b_j} = (\hat{y} - y) v_j ReLU'(h_j)", "right", []),
    (r"\frac{\partial L}{\partial v_i} = \hat{y} - y", "wrong", ["factor_missing"]),
    (r"\frac{\partial L}{\partial v_i} = (\hat{y} - y) h_i v_i", "wrong", ["factor_too_many"]),
    (r"\frac{\partial L}{\partial \hat{y}} = \frac{\hat{y} - y}{\hat{y}(1 - \hat{y})}", "right", []),
    (r"\frac{\partial L}{\partial \hat{y}} = -\frac{y}{\hat{y}} - \frac{1-y}{1-\hat{y}}", "wrong", None),
]


@pytest.mark.parametrize(("claim", "verdict", "kinds"), CLAIMS, ids=[claim for claim, _, _ in CLAIMS])
def test_verdicts_on_other_claims(tmp_path: Path, claim: str, verdict: str, kinds: list[str] | None) -> None:
    report = check(tmp_path, NETWORK + f"\n$${claim}$$\n")
    found = report.claims[-1]
    assert found.verdict == verdict, found.reason
    if kinds is not None:
        assert [slip.kind for slip in found.mistakes] == kinds
    assert report.exit_code == (1 if verdict == "wrong" else 0)


def test_a_broken_chain_is_named(tmp_path: Path) -> None:
    chain = r"\frac{\partial L}{\partial B} = \frac{\partial L}{\partial \hat{y}} \cdot \frac{\partial h_1}{\partial B}"
    found = check(tmp_path, NETWORK + f"$${chain}$$").claims[-1]
    assert found.verdict == "wrong"
    assert "the chain breaks" in found.reason


def test_partials_that_belong_to_no_function_are_refuted(tmp_path: Path) -> None:
    text = r"$$\frac{\partial f(x,y)}{\partial x} = 2xy$$" "\n\n" r"$$\frac{\partial f(x,y)}{\partial y} = x^2 + x$$"
    report = check(tmp_path, text)
    assert [claim.verdict for claim in report.claims] == ["wrong", "wrong"]
    assert "no function has these partials" in report.claims[0].reason
    assert report.claims[0].counterexample is not None


def test_partials_of_a_function_that_is_defined(tmp_path: Path) -> None:
    text = (
        r"$$f(x,y) = x^2 y$$"
        "\n\n"
        r"$$\frac{\partial f(x,y)}{\partial x} = 2xy$$"
        "\n\n"
        r"$$\frac{\partial f(x,y)}{\partial y} = 2x^2$$"
    )
    report = check(tmp_path, text)
    assert [claim.verdict for claim in report.claims] == ["definition", "right", "wrong"]
    assert [slip.kind for slip in report.claims[2].mistakes] == ["factor_of_two"]


def test_what_cannot_be_read_is_placed_and_the_rest_goes_on(tmp_path: Path) -> None:
    report = check(
        tmp_path,
        NETWORK + "\n$$\\frac{\\partial L}{\\partial c = 1$$\n\n$$\\frac{\\partial L}{\\partial c} = \\hat{y} - y$$\n",
    )
    assert [claim.verdict for claim in report.claims][-2:] == ["unread", "right"]
    assert report.claims[-2].line == 8
    assert report.exit_code == 3


def test_a_missing_file_and_a_file_that_is_no_text_are_clear_errors(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match="cannot read"):
        check_document(tmp_path / "nothing.md")
    (tmp_path / "binary.md").write_bytes(b"\xff\xfe\x00\x81")
    with pytest.raises(ChalkgradError, match="not UTF-8"):
        check_document(tmp_path / "binary.md")


def test_a_claim_may_use_what_its_value_does_not_need(tmp_path: Path) -> None:
    """∂ŷ/∂z does not need the target, and a student who writes ŷ - y for it is told so."""
    sheet = tmp_path / "sheet.md"
    sheet.write_text(
        "$$z = w_1x_1 + b$$ $$\\hat y = \\sigma(z)$$ $$L = -(y\\log\\hat y + (1-y)\\log(1-\\hat y))$$\n"
        "$$\\frac{\\partial \\hat y}{\\partial z} = \\hat y - y$$\n"
        "$$\\frac{\\partial L}{\\partial z} = \\hat y - y$$\n"
        "$$\\frac{\\partial \\hat y}{\\partial z} = \\hat y(1-\\hat y) + L - L$$\n",
        encoding="utf-8",
    )
    verdicts = [claim.verdict for claim in check_document(sheet).claims if claim.verdict != "definition"]
    assert verdicts == ["wrong", "right", "right"]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (r"$x = [1, [2, 3], 4]$, $f = x^\top x$. $$\frac{\partial f}{\partial x} = 2x$$", "right"),
        (
            r"$\pi(a) = \frac{\exp(u_a)}{\sum_{b=1}^K \exp(u_b)}$"
            "\n\n"
            r"$$\frac{\partial \log \pi(a)}{\partial u_a} = 1 - \pi(a)$$",
            "right",
        ),
        (
            r"$L = T - V$. $$\frac{d}{dt}\frac{\partial L}{\partial \dot{q}} = \frac{\partial L}{\partial q}$$",
            "undetermined",
        ),
        (
            r"$$w_1 = \sin(3 w_0) + w_2$$ $$w_2 = w_1^2$$ $$\frac{\partial^2 w_1}{\partial w_0^2} = 3$$",
            "undetermined",
        ),
    ],
    ids=["rows_of_different_lengths", "a_softmax_of_one_class", "a_second_derivative_by_a_stranger", "a_circle"],
)
def test_no_document_ends_in_a_traceback(tmp_path: Path, text: str, verdict: str) -> None:
    claims = [claim.verdict for claim in check(tmp_path, text).claims if claim.kind == "claim"]
    assert claims == [verdict]


@pytest.mark.parametrize(("claim", "expected"), [("f'(x) = 4x^2", "3x^2"), ("f''(x) = 7x", "6x")])
def test_what_is_right_is_told_in_the_letters_of_the_writer(claim: str, expected: str) -> None:
    text = f"Let $f(x) = x^3$ and $g(u) = u^2$.\n\n$$g'(u) = 2u$$\n\n$${claim}$$\n"
    assert [each.expected for each in check_text(text).claims if each.verdict == "wrong"] == [expected]
