"""What the writer introduces is written into later lines, and wrong claims about it stay wrong."""

from __future__ import annotations

import json
import re

import pytest

from chalkgrad.checking import check_text
from chalkgrad.errors import UnknownNameError

COLUMNS = r"""
Binary cross-entropy.
$$Z^{[1]} = W^{[1]}X + b^{[1]}$$
$$A^{[1]} = \tanh(Z^{[1]})$$
$$Z^{[2]} = W^{[2]}A^{[1]} + b^{[2]}$$
$$A^{[2]} = \sigma(Z^{[2]})$$
"""
SAMPLES = r"""
Binary cross-entropy.
$$z^{(i)} = w^T x^{(i)} + b$$
$$a^{(i)} = \sigma(z^{(i)})$$
"""
SOFTMAX = r"""
Cross-entropy.
$$z = Wx + b$$
$$\hat y = \mathrm{softmax}(z)$$
"""


def verdicts(text: str) -> list[str]:
    """The verdicts on the claims of a sheet."""
    return [claim.verdict for claim in check_text(text).claims if claim.verdict != "definition"]


@pytest.mark.parametrize(
    ("model", "claims", "expected"),
    [
        (COLUMNS, r"$$dZ^{[2]} = A^{[2]} - Y$$ $$dW^{[2]} = \frac1m dZ^{[2]}A^{[1]T}$$", ["right_up_to", "right"]),
        (COLUMNS, r"$$dZ^{[2]} = Y - A^{[2]}$$", ["wrong"]),
        (
            COLUMNS,
            r"$$dZ^{[2]} = \frac1m(A^{[2]} - Y)$$ $$dW^{[2]} = \frac1m dZ^{[2]}A^{[1]T}$$",
            ["right", "wrong"],
        ),
        (COLUMNS, r"$$dW^{[1]} = \frac1m (W^{[2]T}(A^{[2]} - Y) \odot A^{[1]}) X^T$$", ["wrong"]),
        (COLUMNS, r"$$db^{[2]} = np.sum(A^{[2]} - Y, axis=1, keepdims=True)$$", ["right_up_to"]),
        (SAMPLES, r"$$\frac{\partial J}{\partial w} = \frac1m\sum_{i=1}^m (a^{(i)} - y^{(i)})x^{(i)}$$", ["right"]),
        (SAMPLES, r"$$\frac{\partial J}{\partial w} = \frac1m\sum_{i=1}^m (y^{(i)} - a^{(i)})x^{(i)}$$", ["wrong"]),
        (SAMPLES, r"$$\frac{\partial J}{\partial b} = \frac1m\sum_{i=1}^m (a^{(i)} - y^{(i)})a^{(i)}$$", ["wrong"]),
        (SOFTMAX, r"$$\frac{\partial L}{\partial z} = \hat y - y$$", ["right"]),
        (SOFTMAX, r"$$\frac{\partial L}{\partial z} = (\hat y - y) \odot \hat y$$", ["wrong"]),
        (
            SOFTMAX,
            r"$$\nabla_W L = x(\hat y - y)^\top$$ $$\partial L/\partial b = y - \hat y$$",
            ["right_up_to", "wrong"],
        ),
    ],
)
def test_verdicts_with_the_writers_own_names(model: str, claims: str, expected: list[str]) -> None:
    assert verdicts(model + claims) == expected


def test_a_name_is_fixed_by_the_call_and_by_the_document() -> None:
    text = SAMPLES + r"$$\frac{\partial L}{\partial out} = \frac1m (a - y)$$"
    assert check_text(text, let={"out": "z"}).claims[-1].verdict == "right"
    assert check_text("---\nlet: out=z\n---\n" + text).claims[-1].verdict == "right"


def test_a_name_fixed_to_nothing_known_is_refused() -> None:
    with pytest.raises(UnknownNameError, match="nothing"):
        check_text(SAMPLES, let={"out": "nothing"})


def test_names_that_grow_without_end_are_told() -> None:
    squares = "".join(rf"$$\delta_{{{k + 1}}} = \delta_{{{k}}}\delta_{{{k}}}$$" + "\n" for k in range(60))
    report = check_text("Mean squared error.\n$$o = wx$$\n$$\\delta_0 = o - y$$\n" + squares)
    assert len(report.claims) == 62


def test_a_notebook_tells_cell_and_line() -> None:
    cells = r'{"cell_type": "markdown", "source": ["Text\n", "\n", "$$z = w x$$"]}'
    report = check_text('{"cells": [{"cell_type": "code", "source": "x"}, ' + cells + "]}")
    assert report.claims[0].section == "cell 2, line 3"


def test_a_notebook_is_read_by_its_headings() -> None:
    lines = [
        "# One", "$$z = w x + b, \\quad a = \\sigma(z)$$", r"$$\frac{\partial L}{\partial a} = a - y$$",
        r"$$\frac{\partial L}{\partial w} = (a - y) \sigma'(z) x$$",
        r"$$\frac{\partial L}{\partial b} = (a - y) \sigma'(z) x$$",
    ]  # fmt: skip
    cells = [{"cell_type": "markdown", "source": "\n\n".join(part)} for part in (lines[:2], lines[2:])]
    plain = [claim.verdict for claim in check_text("\n\n".join(lines)).claims]
    report = check_text(json.dumps({"cells": cells}))
    assert [claim.verdict for claim in report.claims] == plain
    assert report.claims[-1].section == "One (cell 2, line 5)"


STEPS = r"""
A network of 3 layers, the input being layer 1: $u^r = \tanh(v^r)$ and $v^r = m^r u^{r-1} + d^r$.
$$ E = \frac12 \sum_i (u^R_i - s_i)^2 $$
$$ \gamma^R = \nabla_u E \odot \tanh'(v^R) $$
$$ \gamma^r = ((m^{r+1})^\top \gamma^{r+1}) \odot \tanh'(v^r) $$
"""


@pytest.mark.parametrize("layer", ["r", "q", "l"])
@pytest.mark.parametrize(
    ("claim", "right"),
    [
        (r"\frac{\partial E}{\partial d^r_i} = \gamma^r_i", True),
        (r"\frac{\partial E}{\partial d^r_i} = 2 \gamma^r_i", False),
        (r"\frac{\partial E}{\partial m^r_{ik}} = u^{r-1}_k \gamma^r_i", True),
        (r"\frac{\partial E}{\partial m^r_{ik}} = u^r_k \gamma^r_i", False),
    ],
)
def test_a_letter_that_steps_on_above_several_names_counts_layers(layer: str, claim: str, right: bool) -> None:
    text = re.sub(r"(?<=[\^{])r(?![A-Za-z])", layer, f"{STEPS}$$ {claim} $$").replace("^R", f"^{layer.upper()}")
    verdicts = [each.verdict for each in check_text(text).claims if each.kind == "claim"]
    assert verdicts == (["right"] if right else ["undetermined"])


def test_a_letter_that_steps_on_above_powers_stays_an_exponent() -> None:
    text = r"$$f(x) = x^r + 2 x^3$$ $$\frac{df}{dx} = r x^{r-1} + 6 x^2$$"
    assert [each.verdict for each in check_text(text).claims if each.kind == "claim"] == ["right"]
    assert "right" not in {each.verdict for each in check_text(text.replace("r x^", "x^")).claims}
