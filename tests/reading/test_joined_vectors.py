r"""Vectors joined end to end, `[h; x]`: as one vector they are read; what is derived by a part of them is left open."""

from __future__ import annotations

import pytest

from chalkgrad.checking import check_text

CELL = r"""
The cell takes $u = [p; x]$ and $f = \sigma(W u + b)$, and $c = f \odot m$.

$$E = \frac12 \| c - y \|^2$$

$$\frac{\partial E}{\partial c} = c - y$$

"""
SLOPE = r"((c - y) \odot m \odot f \odot (1 - f))"


def verdict(claim: str, text: str = CELL) -> str:
    return check_text(f"{text}$${claim}$$\n", "notes.md").claims[-1].verdict


@pytest.mark.parametrize("joined", ["[p; x]", "[p, x]", r"\begin{bmatrix} p \\ x \end{bmatrix}"])
def test_the_whole_is_one_vector_however_it_is_written(joined: str) -> None:
    text = CELL.replace("[p; x]", joined)
    assert verdict(rf"\frac{{\partial E}}{{\partial W}} = {SLOPE} u^\top", text) == "right"
    assert verdict(rf"\frac{{\partial E}}{{\partial W}} = {SLOPE} {joined}^\top", text) == "right"
    assert verdict(rf"\frac{{\partial E}}{{\partial W}} = (c - y) {joined}^\top", text) == "wrong"


@pytest.mark.parametrize("other", ["[x; p]", "[p; m]", "[p; 2x]"])
def test_another_whole_is_another_vector(other: str) -> None:
    assert verdict(rf"\frac{{\partial E}}{{\partial W}} = {SLOPE} {other}^\top") in ("wrong", "undetermined")


def test_what_is_derived_by_a_part_is_left_open() -> None:
    assert verdict(rf"\frac{{\partial E}}{{\partial x}} = W^\top {SLOPE}") == "undetermined"
    assert verdict(rf"\frac{{\partial E}}{{\partial p}} = W^\top {SLOPE}") == "undetermined"


def test_what_the_parts_rest_on_reaches_the_whole() -> None:
    text = CELL.replace("[p; x]$", r"[p; x]$, $p = \tanh(V k)$")
    assert verdict(r"\frac{\partial E}{\partial V} = 0", text) != "right"
    assert verdict(r"\frac{\partial E}{\partial b} = " + SLOPE, text) == "right"
