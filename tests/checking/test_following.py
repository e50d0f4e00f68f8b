"""Later lines are judged with the writer's own names; the first wrong line is named, the rest follows from it."""

from __future__ import annotations

import pytest

from chalkgrad.checking import CheckedClaim, Report, check_text

UNITS = r"""
$$\hat y = \sigma(h_1v_1 + h_2v_2 + h_3v_3 + c)$$
$$h_i = ReLU(z_i)$$
$$z_i = x_1w_{1i} + x_2w_{2i} + b_i$$
Binary cross-entropy.
"""
COLUMNS = r"""
$$Z^{[1]} = W^{[1]}X + b^{[1]}$$
$$A^{[1]} = \tanh(Z^{[1]})$$
$$Z^{[2]} = W^{[2]}A^{[1]} + b^{[2]}$$
$$A^{[2]} = \sigma(Z^{[2]})$$
Binary cross-entropy.
"""
LAYERS = r"""
$$z_1 = W_1 x + b_1$$
$$h = \tanh(z_1)$$
$$z_2 = W_2 h + b_2$$
$$\hat y = \sigma(z_2)$$
Binary cross-entropy.
"""


def check(model: str, *lines: str) -> Report:
    return check_text(model + "\n\n".join(f"$${line}$$" for line in lines))


def outcome(claim: CheckedClaim, first: int) -> str:
    """The verdict, and for one that follows the place of the line that it follows from."""
    return f"follows {(claim.follows - first) // 2}" if claim.follows else claim.verdict


CASES = [
    # What a name is said to be is a claim; later lines follow from it.
    (
        COLUMNS,
        (
            r"dZ^{[2]} = Y - A^{[2]}",
            r"dW^{[2]} = \frac1m dZ^{[2]}A^{[1]T}",
            r"dZ^{[1]} = W^{[2]T}dZ^{[2]} \odot (1 - (A^{[1]})^2)",
            r"dW^{[1]} = \frac1m dZ^{[1]}X^T",
        ),
        ["wrong", "follows 0", "follows 0", "follows 0"],
    ),
    (
        COLUMNS,
        (
            r"dZ^{[2]} = A^{[2]} - Y",
            r"dW^{[2]} = \frac1m dZ^{[2]}A^{[1]T}",
            r"dZ^{[1]} = W^{[2]T}dZ^{[2]} \odot (1 - A^{[1]})",
            r"dW^{[1]} = \frac1m dZ^{[1]}X^T",
        ),
        ["right_up_to", "right", "wrong", "follows 2"],
    ),
    # A second slip on the way is not excused by the first.
    (
        COLUMNS,
        (r"dZ^{[2]} = Y - A^{[2]}", r"dZ^{[1]} = W^{[2]T}dZ^{[2]} \odot (1 - A^{[1]})"),
        ["wrong", "wrong"],
    ),
    # A name that is said to be nothing is what its uses make it.
    (
        UNITS,
        (
            r"\delta = y - \hat y",
            r"\frac{\partial L}{\partial v_i} = \delta h_i",
            r"\frac{\partial L}{\partial c} = \delta",
        ),
        ["wrong", "follows 0", "follows 0"],
    ),
    (
        UNITS,
        (
            r"\delta = \hat y - y",
            r"\frac{\partial L}{\partial v_i} = \delta h_i",
            r"\frac{\partial L}{\partial c} = \delta",
        ),
        ["definition", "right", "right"],
    ),
    # It may be minus the derivative, if it is used so.
    (UNITS, (r"\delta = y - \hat y", r"\frac{\partial L}{\partial v_i} = -\delta h_i"), ["definition", "right"]),
    (
        UNITS,
        (
            r"\delta = y - \hat y",
            r"\frac{\partial L}{\partial v_i} = -\delta h_i",
            r"\frac{\partial L}{\partial c} = \delta",
        ),
        ["definition", "right", "wrong"],
    ),
    (UNITS, (r"\delta = \hat y - y", r"\frac{\partial L}{\partial v_i} = \delta v_i"), ["definition", "wrong"]),
    (
        LAYERS,
        (
            r"\delta_2 = \hat y - y",
            r"\delta_1 = W_2^T\delta_2 \odot (1 + h^2)",
            r"\frac{\partial L}{\partial W_1} = \delta_1 x^T",
            r"\frac{\partial L}{\partial b_1} = \delta_1",
        ),
        ["definition", "wrong", "follows 1", "follows 1"],
    ),
    # No names at all: what a step makes of the line before is compared in numbers.
    (
        UNITS,
        (r"\frac{\partial L}{\partial c} = y - \hat y", r"\frac{\partial L}{\partial v_i} = (y - \hat y) h_i"),
        ["wrong", "follows 0"],
    ),
    (
        UNITS,
        (
            r"\frac{\partial L}{\partial h_i} = 2(\hat y - y) v_i",
            r"\frac{\partial L}{\partial b_i} = 2(\hat y - y) v_i 1[h_i > 0]",
        ),
        ["wrong", "follows 0"],
    ),
    # The same slip in two lines of which neither is a step to the other.
    (
        UNITS,
        (
            r"\frac{\partial L}{\partial v_i} = (y - \hat y) h_i",
            r"\frac{\partial L}{\partial b_i} = (y - \hat y) v_i 1[h_i > 0]",
        ),
        ["wrong", "wrong"],
    ),
    # A derivative that is named is the true one, whatever was claimed of it.
    (
        UNITS,
        (
            r"\frac{\partial L}{\partial \hat y} = \frac{y}{\hat y} - \frac{1-y}{1-\hat y}",
            r"\frac{\partial L}{\partial c} = \frac{\partial L}{\partial \hat y} \hat y(1-\hat y)",
        ),
        ["wrong", "right"],
    ),
]


@pytest.mark.parametrize(("model", "lines", "expected"), CASES)
def test_the_first_wrong_line_is_named_and_the_rest_follows(
    model: str, lines: tuple[str, ...], expected: list[str]
) -> None:
    claims = check(model, *lines).claims[-len(lines) :]
    assert [outcome(claim, claims[0].line) for claim in claims] == expected


def test_what_follows_is_counted_apart_and_has_no_slip_of_its_own() -> None:
    report = check(UNITS, *CASES[3][1])
    assert report.summary["wrong"] == 1
    assert report.summary["follows"] == 2
    assert report.exit_code == 1
    first, second = report.claims[-3:-1]
    assert [slip.kind for slip in first.mistakes] == ["sign_flipped"]
    assert "uses it as the derivative by" in first.reason
    assert (second.verdict, second.mistakes, second.marks) == ("wrong", (), ())
    assert second.reason == f"it is consistent with your earlier slip (line {first.line})"
    assert second.to_json()["follows"] == first.line


CHAINS = [
    (r"= (\hat y - y) h_i = h_i(\hat y - y)", "right", ""),
    (r"= (\hat y - y) h_i = (y - \hat y)h_i", "wrong", r"(y - \hat y)h_i"),
    (r"= (y - \hat y) h_i = (\hat y - y)h_i", "wrong", r"(y - \hat y) h_i"),
    (
        r"= \left(\frac{1-y}{1-\hat y} - \frac{y}{\hat y}\right)\hat y(1-\hat y)h_i = (\hat y - y)h_i = \hat y - y h_i",
        "wrong",
        r"\hat y - y h_i",
    ),
    (
        r"= \frac{\partial L}{\partial \hat y} \frac{\partial \hat y}{\partial v_i} = (\hat y - y)h_i"
        r" = 2(\hat y - y)h_i",
        "wrong",
        r"2(\hat y - y)h_i",
    ),
]


@pytest.mark.parametrize(("sides", "verdict", "link"), CHAINS)
def test_each_side_of_a_chain_of_equalities_is_checked(sides: str, verdict: str, link: str) -> None:
    claim = check(UNITS, rf"\frac{{\partial L}}{{\partial v_i}} {sides}").claims[-1]
    assert (claim.verdict, claim.link) == (verdict, link)
    assert all(link.find(claim.latex[mark.start : mark.end]) >= 0 for mark in claim.marks)


def test_a_side_that_differs_from_the_others_by_a_mean_is_wrong() -> None:
    claim = check(COLUMNS, r"dZ^{[2]} = \frac1m(A^{[2]} - Y) = A^{[2]} - Y").claims[-1]
    assert claim.verdict == "wrong"
    assert claim.link == "A^{[2]} - Y"


@pytest.mark.parametrize(
    ("definition", "verdict", "link"),
    [
        (r"\delta = \hat y - y = -(y - \hat y)", "definition", ""),
        (r"\delta = \hat y - y = y - \hat y", "wrong", r"y - \hat y"),
        (r"\delta = 3 \hat y - y = 2 \hat y - y", "wrong", r"2 \hat y - y"),
    ],
)
def test_the_sides_of_a_definition_are_equal(definition: str, verdict: str, link: str) -> None:
    claim = check(UNITS, definition, r"\frac{\partial L}{\partial v_i} = (\hat y - y) h_i").claims[-2]
    assert (claim.verdict, claim.link) == (verdict, link)
    assert (claim.counterexample is not None) == (verdict == "wrong")


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (r"$$z = w^T x + b$$ $$\hat y = \sigma(z) = \frac{1}{1+e^{-z}}$$", "definition"),
        (r"$$z = w^T x + b$$ $$\hat y = \sigma(z) = \frac{1}{1+e^{z}}$$", "wrong"),
        (r"$$z = Wx + b$$ $$h = ReLU(z) = \max(0, z)$$", "definition"),
        (r"$$z = Wx + b$$ $$h = ReLU(z) = \min(0, z)$$", "wrong"),
        (r"$$\hat y = wx + b$$ $$L = (\hat y - y)^2 = \hat y^2 - 2\hat y y + y^2$$", "definition"),
        (r"$$\hat y = wx + b$$ $$L = (\hat y - y)^2 = \hat y^2 - y^2$$", "wrong"),
        # It holds for labels, which are 0 or 1, but nothing says that the targets are such.
        (r"$$\hat y = wx + b$$ $$L = (\hat y - y)^2 = \hat y^2 - 2\hat y y + y$$", "wrong"),
    ],
)
def test_the_sides_of_what_defines_the_model_are_equal(text: str, verdict: str) -> None:
    claim = check_text("Mean squared error. " + text).claims[-1]
    assert claim.verdict == verdict
    assert (claim.counterexample is not None) == (verdict == "wrong")
