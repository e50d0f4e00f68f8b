"""The part of the formula in which the slip sits is underlined, with its place in the document."""

from __future__ import annotations

import pytest

from chalkgrad.checking import check_text

UNITS = r"""
$$\hat{y} = \sigma(h_1v_1 + h_2v_2 + h_3v_3 + c)$$
$$h_i = ReLU(z_i)$$
$$z_i = x_1 w_{1i} + x_2 w_{2i} + b_i$$
Binary cross-entropy.
"""
CASES = [
    (r"\frac{\partial L}{\partial v_i} = (\hat{y} - y) h_i v_i", ["v_i"]),
    (r"\frac{\partial L}{\partial v_i} = (y - \hat{y}) h_i", [r"y - \hat{y}"]),
    (r"\frac{\partial L}{\partial v_i} = h_i(y - \hat{y})", [r"y - \hat{y}"]),
    (r"\frac{\partial L}{\partial c} = 2(\hat{y} - y)", ["2"]),
    (r"\frac{\partial L}{\partial v_i} = \sum_{i=1}^{3} (\hat{y} - y) h_i", [r"\sum_{i=1}^{3}"]),
    (r"\frac{\partial L}{\partial v_i} = \sum_{i=1}^{3} (y - \hat{y}) h_i", [r"\sum_{i=1}^{3}", r"y - \hat{y}"]),
    (r"\frac{\partial L}{\partial b_i} = (\hat{y} - y) v_i ReLU(z_i)", ["ReLU(z_i)"]),
    (r"\frac{\partial L}{\partial b_i} = (\hat{y} - y) v_i", [r"(\hat{y} - y) v_i"]),
    (r"\frac{\partial h_1}{\partial z_1} = ReLU'(z_1) + 1", ["+ 1"]),
    (r"\frac{\partial L}{\partial c} = \hat y - y + h_1 v_1", ["+ h_1 v_1"]),
    (
        r"\frac{\partial L}{\partial v_i} = (-\frac{y}{\hat y} - \frac{1-y}{1-\hat y})\hat y(1-\hat y) h_i",
        [r"- \frac{1-y}{1-\hat y}"],
    ),
]


@pytest.mark.parametrize(("claim", "underlined"), CASES)
def test_what_slipped_is_underlined(claim: str, underlined: list[str]) -> None:
    text = UNITS + f"Hence $${claim}$$\n"
    found = check_text(text).claims[-1]
    assert found.verdict == "wrong"
    assert [found.latex[mark.start : mark.end] for mark in found.marks] == underlined
    lines = text.split("\n")
    for mark, words in zip(found.marks, underlined, strict=True):
        assert mark.line == mark.end_line
        assert lines[mark.line - 1][mark.column - 1 : mark.end_column - 1] == words


def test_in_an_equation_of_several_lines() -> None:
    text = UNITS + "$$\\frac{\\partial L}{\\partial v_i}\n  = (\\hat y - y)\n  h_i v_i$$\n"
    found = check_text(text).claims[-1]
    (mark,) = found.marks
    assert text.split("\n")[mark.line - 1][mark.column - 1 : mark.end_column - 1] == "v_i"
    assert mark.line == found.line + 2
    assert found.to_json()["marks"][0]["line"] == mark.line


def test_a_name_of_the_writers_is_underlined_for_what_it_stands_for() -> None:
    lines = (
        r"$$\delta = y - \hat y$$",
        r"$$\frac{\partial L}{\partial c} = -\delta$$",
        r"$$\frac{\partial L}{\partial v_i} = \delta h_i$$",
    )
    found = check_text(UNITS + "\n\n".join(lines)).claims[-1]
    assert [found.latex[mark.start : mark.end] for mark in found.marks] == [r"\delta"]


def test_what_is_right_is_not_underlined() -> None:
    claims = check_text(UNITS + r"$$\frac{\partial L}{\partial c} = \hat y - y$$").claims
    assert not any(claim.marks for claim in claims)
