"""Claims made to be mistaken for right: each fools a check that looks at too few places, sizes, digits or sides."""

from __future__ import annotations

import numpy as np
import pytest

from chalkgrad.checking import check_text
from chalkgrad.checking.comparing import compare
from chalkgrad.checking.edges import beside, edges_in
from chalkgrad.checking.points import sizes_for
from chalkgrad.checking.report import CheckedClaim
from chalkgrad.checking.truth import Truth, whole
from chalkgrad.errors import EvaluationError
from chalkgrad.language import Axis, Definition, Program, Role, Sum, Tensor, call, size_of

ONE = r"$$z = w x + b$$ $$\hat y = \sigma(z)$$ Binary cross-entropy. "
RELU = r"$$z_i = w_i x + b_i$$ $$h_i = ReLU(z_i)$$ $$\hat y = h_1v_1+h_2v_2$$ Mean squared error. "
BATCH = r"$$z_n = w^T x_n + b$$ $$a_n = \sigma(z_n)$$ Binary cross-entropy over the $m$ samples $n$. "
LINE = r"$$\hat y = w x + b$$ Mean squared error. "
MANHATTAN = r"$$\hat y = w x + b$$ Mean absolute error. "


def last(text: str) -> CheckedClaim:
    return check_text(text).claims[-1]


@pytest.mark.parametrize(
    ("model", "left", "right", "verdict"),
    [
        # A direction that is nearly right.
        (ONE, "b", r"(\hat y - y)\hat y(1-\hat y)", "wrong"),
        # The last digits.
        (ONE, "b", r"1.0000001(\hat y - y)", "wrong"),
        (ONE, "b", r"1.0000000001(\hat y - y)", "wrong"),
        # One side of an input.
        (ONE, "w", r"(\hat y - y)|x|", "wrong"),
        (ONE, "w", r"(\hat y - y)\sqrt{x^2}", "wrong"),
        (LINE, "b", r"2(\hat y - |y|)", "wrong"),
        # Far away only.
        (ONE, "w", r"(\hat y - y)x 1[x < 100]", "wrong"),
        (ONE, "w", r"(\hat y - y)\min(x, 50)", "wrong"),
        (ONE, "w", r"(\hat y - y)\max(x, -50)", "wrong"),
        # Near a kink only.
        (RELU, "b_i", r"2(\hat y - y)v_i 1[z_i > 0.001]", "wrong"),
        (RELU, "b_i", r"2(\hat y - y)v_i 1[z_i > 0]", "right"),
        (RELU, "b_i", r"2(\hat y - y)v_i h_i/z_i", "right"),
        (MANHATTAN, "b", r"\operatorname{sgn}(\hat y - y)", "right"),
        (MANHATTAN, "b", r"\operatorname{sgn}(\hat y - y^3)", "wrong"),
        # Something that is always positive has an edge that is never met.
        (ONE, "b", r"(\hat y - y)\operatorname{sgn}(\hat y)", "right"),
        # Labels only, which is said where the claim says it.
        (ONE, "b", r"\hat y - y^2", "wrong"),
        (ONE, r"\hat y", r"\begin{cases} -1/\hat y & y=1 \\ 1/(1-\hat y) & y=0\end{cases}", "right_up_to"),
        (ONE, r"\hat y", r"\begin{cases} -1/\hat y & y=1 \\ 1/\hat y & y=0\end{cases}", "wrong"),
        # Not defined where the derivative is.
        (ONE, "w", r"(\hat y - y)\sqrt{x}\sqrt{x}", "undetermined"),
        (RELU, "b_i", r"2(\hat y - y)v_i h_i/h_i", "wrong"),
        # By chance, with two samples.
        (BATCH, "b", r"\frac12\sum_{n=1}^m (a_n - y_n)", "wrong"),
        (BATCH, "b", r"(1 - \frac1m)\sum_{n=1}^m (a_n - y_n)", "wrong"),
    ],
)
def test_what_is_nearly_right_is_not(model: str, left: str, right: str, verdict: str) -> None:
    claim = last(model + rf"$$\frac{{\partial L}}{{\partial {left}}} = {right}$$")
    assert claim.verdict == verdict, claim.reason
    assert (claim.counterexample is not None) == (verdict == "wrong")


@pytest.mark.parametrize("relation", [r"\neq", "<", r"\geq", r"\propto"])
def test_only_an_equation_says_what_a_derivative_is(relation: str) -> None:
    claim = last(ONE + rf"$$\frac{{\partial L}}{{\partial w}} {relation} (\hat y - y)x$$")
    assert claim.verdict == "undetermined"
    assert "relation" in claim.reason


@pytest.mark.parametrize(
    ("sides", "verdict"),
    [
        (r"2(\hat y - y) = 2\hat y - 2y", "right"),
        (r"2(\hat y - y)x = 2x\hat y - 2x^2y", "wrong"),
        (r"\sum_q \frac{\partial L}{\partial w} = (\hat y - y)x", "undetermined"),  # how many q there are is not said
        (r"\log(-x^2) + y = \log(-x^2) + w", "undetermined"),
    ],
)
def test_sides_that_cannot_be_compared_are_not_equal(sides: str, verdict: str) -> None:
    claim = last(ONE + rf"$${sides}$$")
    assert claim.verdict == verdict, claim.reason


def test_a_mean_is_a_convention_only_where_the_document_keeps_to_it() -> None:
    model = r"$$Z = WX + b$$ $$A = \sigma(Z)$$ The columns of $X$ are samples; binary cross-entropy. "
    both = [r"$$dW = (A - Y)X^T$$", r"$$db = \sum_n (A_n - Y_n)$$"]
    kept = check_text(model + both[0])
    assert kept.claims[-1].verdict == "right_up_to"
    broken = check_text(model + both[0] + r"$$\frac{\partial L}{\partial W} = \frac1m (A - Y)X^T$$")
    assert [claim.verdict for claim in broken.claims if claim.kind == "claim"] == ["wrong", "right"]


def test_named_sizes_are_distinct_twice() -> None:
    axes = [Axis(f"i{k}", f"d{k}") for k in range(15)]
    tensors = tuple(Tensor(f"x{k}", (axis,), Role.PARAMETER) for k, axis in enumerate(axes))
    loss = Tensor("L")
    program = Program(tensors, (Definition(loss, (), Sum(tensors[0][axes[0]], axes[0])),), (loss,))
    first, second = sizes_for(program), sizes_for(program, others=True)
    assert len(set(first.values())) == len(set(second.values())) == len(axes)
    assert all(first[name] != second[name] for name in first)


def test_a_size_is_not_mistaken_for_a_number() -> None:
    axis = Axis("n", "n")
    x, loss = Tensor("x", (), Role.PARAMETER), Tensor("L")
    program = Program(
        (x, Tensor("y", (axis,), Role.TARGET)), (Definition(loss, (), Sum(x[()], axis) * x[()]),), (loss,)
    )
    truth = Truth(program)
    assert compare(truth, 2 * size_of(axis) * x[()], whole(x))[0]
    for count in range(2, 9):
        assert not compare(truth, 2 * count * x[()], whole(x))[0]


def test_a_small_derivative_is_measured_by_its_own_size() -> None:
    x, loss = Tensor("x", (), Role.PARAMETER), Tensor("L")
    truth = Truth(Program((x,), (Definition(loss, (), call("exp", x[()] - 40)),), (loss,)))
    assert compare(truth, call("exp", x[()] - 40), whole(x))[0]
    assert not compare(truth, 2 * call("exp", x[()] - 40), whole(x))[0]


def test_points_beside_an_edge_are_on_both_sides_of_it() -> None:
    x, w, loss = Tensor("x", (), Role.INPUT), Tensor("w", (), Role.PARAMETER), Tensor("L")
    z = x[()] * w[()] - "0.3"
    truth = Truth(Program((x, w), (Definition(loss, (), call("relu", z)),), (loss,)))
    (edge,) = edges_in(call("relu", z))
    batch = beside(truth.at_random, edge)
    assert batch is not None
    values = batch.vectors.at(edge, ()).reshape(2, -1)
    assert (values[0] < 0).all()
    assert (values[1] > 0).all()
    assert np.abs(values).max() < 1e-5


def test_a_derivative_with_fewer_axes_is_that_of_something_else() -> None:
    matrix = Tensor("W", (Axis("i", 2), Axis("j", 3)), Role.PARAMETER)
    with pytest.raises(EvaluationError, match="2 indices on a derivative with 1 axes"):
        whole(matrix).slice_of(np.zeros(2))
