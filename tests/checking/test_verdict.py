"""Verdicts on single formulas: right, right up to a convention, wrong with the smallest edit, undetermined."""

from __future__ import annotations

import pytest

from chalkgrad.checking import Target, Truth, judge, whole
from chalkgrad.checking.conventions import agreement
from chalkgrad.checking.following import EarlierSlip, followed
from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    Program,
    Role,
    Sum,
    Tensor,
    as_index,
    call,
    number,
    size_of,
)

N, I = Axis("n", "n"), Axis("i", 2)
X, Y, W = Tensor("x", (N, I), Role.INPUT), Tensor("y", (N,), Role.TARGET), Tensor("w", (I,), Role.PARAMETER)
U, L = Tensor("u", (N,)), Tensor("L")
ERROR = U[N] - Y[N]
MODEL = Program(
    (X, Y, W),
    (
        Definition(U, (N,), Sum(X[N, I] * W[I], I)),
        Definition(L, (), Sum(ERROR**2, N) / size_of(N)),
    ),
    (L,),
)


@pytest.fixture(scope="module")
def truth() -> Truth:
    return Truth(MODEL)


TRUE = Sum(2 * ERROR * X[N, I], N)
CASES = [
    (TRUE / size_of(N), "right", []),
    (TRUE, "right_up_to", []),
    (TRUE / size_of(N) ** 2, "wrong", ["mean_doubled"]),
    (-TRUE / size_of(N), "wrong", ["sign_flipped"]),
    (TRUE / (2 * size_of(N)), "wrong", ["factor_of_two"]),
    (2 * ERROR * X[N, I] / size_of(N), "wrong", ["sum_over_samples_missing"]),
    (TRUE / size_of(N) + 1, "wrong", ["constant_kept"]),
    (call("log", -(W[I] ** 2)), "undetermined", []),
]


@pytest.mark.parametrize(("claimed", "verdict", "kinds"), CASES, ids=[str(claimed) for claimed, _, _ in CASES])
def test_verdicts(truth: Truth, claimed: Expression, verdict: str, kinds: list[str]) -> None:
    judged = judge(truth, whole(W), claimed)
    assert judged.verdict == verdict, judged.reason
    assert [slip.kind for slip in judged.slips] == kinds
    assert (judged.mended is not None) == bool(kinds)


def test_the_mended_formula_is_right(truth: Truth) -> None:
    judged = judge(truth, whole(W), -TRUE / size_of(N))
    assert judged.mended is not None
    assert judge(truth, whole(W), judged.mended).verdict == "right"


def test_a_convention_is_kept_only_where_it_may_be_meant(truth: Truth) -> None:
    assert agreement(truth, whole(W), -TRUE / size_of(N)).conventions is None
    found = agreement(truth, whole(W), -TRUE, frozenset({"sign", "mean"})).conventions
    assert found is not None
    assert [convention.kind for convention in found] == ["sign", "mean"]
    assert agreement(truth, whole(W), TRUE, frozenset()).conventions is None


FLIPPED = EarlierSlip(3, whole(U), -2 * ERROR / size_of(N))


@pytest.mark.parametrize(
    ("slip", "claimed", "expected"),
    [
        (FLIPPED, -TRUE / size_of(N), True),
        (FLIPPED, -TRUE, True),  # the mean is taken elsewhere
        (FLIPPED, -2 * TRUE / size_of(N), False),
        (FLIPPED, TRUE / (3 * size_of(N)), False),
        (EarlierSlip(3, whole(U), Y[N]), Sum(Y[N] * X[N, I], N), True),
        (EarlierSlip(3, Target(U, (as_index(0),)), -2 * ERROR), -TRUE / size_of(N), False),
        (EarlierSlip(3, whole(W), -W[I]), -TRUE / size_of(N), False),
        (EarlierSlip(3, whole(Y), -2 * ERROR), -TRUE / size_of(N), False),  # w does not act through y
    ],
)
def test_what_follows_from_an_earlier_slip(
    truth: Truth, slip: EarlierSlip, claimed: Expression, expected: bool
) -> None:
    assert (followed(truth, [slip], whole(W), claimed) is slip) is expected


def test_a_claim_follows_from_what_is_added_to_a_sum() -> None:
    """The bias c has the derivative of the sum z in which it stands, so what was claimed of c holds of z."""
    v, c = Tensor("v", (I,), Role.PARAMETER), Tensor("c", (), Role.PARAMETER)
    h, y, z, loss = Tensor("h", (I,), Role.INPUT), Tensor("y", (), Role.TARGET), Tensor("z"), Tensor("L")
    error = z[()] - y[()]
    program = Program(
        (h, y, v, c),
        (Definition(z, (), Sum(h[I] * v[I], I) + Element(c, ())), Definition(loss, (), error**2)),
        (loss,),
    )
    slip = EarlierSlip(7, whole(c), -2 * error)
    assert followed(Truth(program), [slip], whole(v), -2 * error * h[I]) is slip
    assert followed(Truth(program), [slip], whole(v), number(3) * error * h[I]) is None
