"""Every row of the catalogue explains the slip it is for; what is right is accepted, whatever its shape."""

from __future__ import annotations

import pytest

from chalkgrad.checking import CATALOGUE, Target, Truth, judge, whole
from chalkgrad.checking.edits import no_edits
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Expression,
    Program,
    Role,
    Sum,
    Tensor,
    as_index,
    call,
    indicator,
    multiply,
    size_of,
    summation,
)

n, i, j, k = Axis("n", "n"), Axis("i", 2), Axis("j", 3), Axis("k", 4)


def network(batch: bool = False, hidden: str = "tanh") -> Program:
    """2-3-1 with another activation in the hidden layer than at the output, and binary cross-entropy."""
    lead = (n,) if batch else ()
    x, y = Tensor("x", (*lead, i), Role.INPUT), Tensor("y", lead, Role.TARGET)
    w, b = Tensor("w", (i, j), Role.PARAMETER), Tensor("b", (j,), Role.PARAMETER)
    v, c = Tensor("v", (j,), Role.PARAMETER), Tensor("c", (), Role.PARAMETER)
    z, h, out, p = Tensor("z", (*lead, j)), Tensor("h", (*lead, j)), Tensor("out", lead), Tensor("p", lead)
    L = Tensor("L")
    sample = -(y[lead] * call("log", p[lead]) + (1 - y[lead]) * call("log", 1 - p[lead]))
    return Program(
        (x, y, w, b, v, c),
        (
            Definition(z, (*lead, j), summation(x[(*lead, i)] * w[i, j], i) + b[j]),
            Definition(h, (*lead, j), call(hidden, z[(*lead, j)])),
            Definition(out, lead, summation(h[(*lead, j)] * v[j], j) + c[()]),
            Definition(p, lead, call("sigmoid", out[lead])),
            Definition(L, (), summation(sample, n) / size_of(n) if batch else sample),
        ),
        (L,),
    )


ONE, MANY = network(), network(batch=True)
x, y, w, b, v, c, z, h, out, p = (ONE.tensor(name) for name in ("x", "y", "w", "b", "v", "c", "z", "h", "out", "p"))
X, Y, P, H, Z = (MANY.tensor(name) for name in ("x", "y", "p", "h", "z"))
error = p[()] - y[()]
errors = P[n] - Y[n]


def error_of(program: Program) -> Expression:
    """Output minus target of one sample."""
    return program.tensor("p")[()] - program.tensor("y")[()]


square = Program(
    (A := Tensor("A", (Axis("a", 3), Axis("d", 3)), Role.PARAMETER), u := Tensor("u", (Axis("a", 3),), Role.INPUT)),
    (Definition(Tensor("L"), (), summation(A[A.axes] * u[A.axes[0]], *A.axes)),),
    (Tensor("L"),),
)
two_outputs = Program(
    (
        m := Tensor("m", (i,), Role.INPUT),
        t := Tensor("t", (k,), Role.TARGET),
        q := Tensor("q", (i, k), Role.PARAMETER),
    ),
    (
        Definition(o := Tensor("o", (k,)), (k,), summation(m[i] * q[i, k], i)),
        Definition(Tensor("L"), (), summation((o[k] - t[k]) ** 2, k)),
    ),
    (Tensor("L"),),
)
RELU = network(hidden="relu")
decayed = Program(
    (r := Tensor("r", (i,), Role.PARAMETER), s := Tensor("s", (i,), Role.INPUT)),
    (Definition(Tensor("L"), (), summation(s[i] * r[i], i) ** 3 + 3 * summation(r[i] ** 2, i)),),
    (Tensor("L"),),
)
logarithm = Program(
    (e := Tensor("e", (), Role.PARAMETER), f := Tensor("f", (), Role.PARAMETER)),
    (Definition(Tensor("L"), (), call("log", e[()] ** 2 + 2) + f[()] ** 4 / 4),),
    (Tensor("L"),),
)
by_log = 2 * e[()] / (e[()] ** 2 + 2)
cubed = 3 * summation(s[i] * r[i], i) ** 2
bilinear = Program(
    (
        A2 := Tensor("A2", (Axis("a", 3), Axis("d", 3)), Role.PARAMETER),
        g := Tensor("g", (Axis("a", 3),), Role.PARAMETER),
    ),
    (Definition(Tensor("L"), (), summation(A2[A2.axes] * g[A2.axes[0]], *A2.axes)),),
    (Tensor("L"),),
)
o3, k3 = Axis("o", 5), Axis("k", 3)
convolved = Program(
    (x3 := Tensor("x3", (Axis("l", 7),), Role.INPUT), w3_ := Tensor("w3", (k3,), Role.PARAMETER)),
    (
        Definition(z3 := Tensor("z3", (o3,)), (o3,), summation(w3_[k3] * x3[as_index(o3) + k3], k3)),
        Definition(Tensor("L"), (), summation(z3[o3] ** 2 / 2, o3)),
    ),
    (Tensor("L"),),
)
quadratic = Program(
    (
        B := Tensor("B", (Axis("a", 3), Axis("d", 3)), Role.INPUT),
        g2 := Tensor("g2", (Axis("a", 3),), Role.PARAMETER),
    ),
    (Definition(Tensor("L"), (), summation(B[B.axes] * g2[B.axes[0]] * g2[B.axes[1]], *B.axes)),),
    (Tensor("L"),),
)
deep = Program(
    (
        x0 := Tensor("x0", (j,), Role.INPUT),
        w1 := Tensor("w1", (j,), Role.PARAMETER),
        w2 := Tensor("w2", (j,), Role.PARAMETER),
        w3 := Tensor("w3", (j,), Role.PARAMETER),
    ),
    (
        Definition(z1 := Tensor("z1", (j,)), (j,), x0[j] * w1[j]),
        Definition(h1 := Tensor("h1", (j,)), (j,), call("tanh", z1[j])),
        Definition(z2 := Tensor("z2", (j,)), (j,), h1[j] * w2[j]),
        Definition(h2 := Tensor("h2", (j,)), (j,), call("sigmoid", z2[j])),
        Definition(Tensor("L"), (), summation(h2[j] * w3[j], j)),
    ),
    (Tensor("L"),),
)

p1, p2, p3 = Axis("p1", 3), Axis("p2", 3), Axis("p3", 3)
S1, S2, S3 = (Tensor(name, (p1, p2), Role.PARAMETER) for name in ("S1", "S2", "S3"))
trace = Program(
    (S1, S2, S3),
    (Definition(Tensor("L"), (), summation(S1[p1, p2] * S2[p2, p3] * S3[p3, p1], p1, p2, p3)),),
    (Tensor("L"),),
)
softmaxed = Program(
    (sy := Tensor("sy", (k,), Role.TARGET), sz := Tensor("sz", (k,), Role.PARAMETER)),
    (
        Definition(sp := Tensor("sp", (k,)), (k,), call("exp", sz[k]) / summation(call("exp", sz[k]), k)),
        Definition(Tensor("L"), (), -summation(sy[k] * call("log", sp[k]), k)),
    ),
    (Tensor("L"),),
)

SLIPS: list[tuple[str, Program, Tensor, Expression]] = [
    ("sign_flipped", ONE, c, -error),
    ("sum_over_hidden_units", ONE, v, Sum(error * h[j], j)),
    ("sum_over_inputs", ONE, w, Sum(error * v[j] * Call("tanh", z[j], 1) * x[i], i)),
    ("sum_over_outputs", two_outputs, q, Sum(2 * (o[k] - t[k]) * m[i], k)),
    ("sum_over_samples_missing", MANY, v, errors * H[n, j] / size_of(n)),
    ("mean_missing", MANY, v, Sum(errors * H[n, j], n) * 1),
    ("mean_doubled", MANY, v, Sum(errors * H[n, j], n) / size_of(n) ** 2),
    ("derivative_at_activation", ONE, b, error * v[j] * Call("tanh", h[j], 1)),
    ("wrong_activation_derivative", ONE, b, error * v[j] * Call("sigmoid", z[j], 1)),
    ("function_for_derivative", ONE, b, error * v[j] * Call("tanh", z[j])),
    ("activation_derivative_missing", ONE, b, error * v[j]),
    ("target_and_output_exchanged", ONE, p, p[()] / y[()] * -1 + (1 - p[()]) / (1 - y[()])),
    ("factor_of_two", two_outputs, q, (o[k] - t[k]) * m[i]),
    ("index_swapped", square, A, u[A.axes[1]] * 1),
    ("factor_missing", ONE, v, error),
    ("bias_gradient_not_summed", MANY, MANY.tensor("c"), errors / size_of(n)),
    ("sigmoid_derivative_slip", deep, w2, w3[j] * h1[j] * h2[j] * (1 + h2[j])),
    ("tanh_derivative_slip", ONE, b, error * v[j] * (1 - h[j])),
    ("relu_for_its_derivative", RELU, RELU.tensor("b"), error_of(RELU) * v[j] * RELU.tensor("h")[j]),
    ("value_for_derivative", ONE, b, error * v[j] * h[j]),
    ("error_missing", ONE, v, h[j] * 1),
    ("target_missing", ONE, v, p[()] * h[j]),
    ("one_for_target", ONE, b, (p[()] - 1) * v[j] * Call("tanh", z[j], 1)),
    ("weight_missing", ONE, b, error * Call("tanh", z[j], 1)),
    ("wrong_layer_activation", deep, w2, w3[j] * x0[j] * h2[j] * (1 - h2[j])),
    ("wrong_weights", deep, w1, w3[j] * h2[j] * (1 - h2[j]) * w1[j] * (1 - h1[j] ** 2) * x0[j]),
    ("index_flipped", convolved, w3_, Sum(z3[o3] * x3[as_index(o3) - k3 + 2], o3)),
    ("symmetry_assumed", quadratic, g2, 2 * summation(B[B.axes] * g2[B.axes[1]], B.axes[1])),
    ("transposed", bilinear, g, Sum(A2[A2.axes[1], A2.axes[0]], A2.axes[1])),
    ("constant_kept", logarithm, e, by_log + 5),
    ("sign_of_term", ONE, p, y[()] / p[()] + (1 - y[()]) / (1 - p[()])),
    ("term_too_many", logarithm, e, by_log + f[()] ** 3),
    ("power_rule", logarithm, f, f[()] ** 4),
    ("log_for_reciprocal", logarithm, e, 2 * e[()] * call("log", e[()] ** 2 + 2)),
    ("quotient_upside_down", logarithm, e, 2 * e[()] * (e[()] ** 2 + 2)),
    ("regulariser_missing", decayed, r, cubed * s[i]),
    ("regulariser_unscaled", decayed, r, cubed * s[i] + 3 * r[i]),
    ("wrong_variable", ONE, c, p[()] - out[()]),
    ("factor_too_many", ONE, v, error * h[j] * v[j]),
    ("activation_derivative_too_many", ONE, v, error * p[()] * (1 - p[()]) * h[j]),
    ("pre_activation_for_value", ONE, v, error * z[j]),
    ("wrong_layer_derivative", deep, w1, w3[j] * h2[j] * (1 - h2[j]) * w2[j] * h2[j] * (1 - h2[j]) * x0[j]),
    ("gate_turned", RELU, RELU.tensor("b"), error_of(RELU) * v[j] * indicator("<", RELU.tensor("z")[j], 0)),
    ("softmax_jacobian_diagonal", softmaxed, sz, -sy[k] * (1 - sp[k])),
    ("order_of_product", trace, S1, Sum(S3[p2, p3] * S2[p3, p1], p3)),
    ("sum_over_units_missing", ONE, x, error * v[j] * Call("tanh", z[j], 1) * w[i, j]),
    ("partial_for_total", ONE, x, error * v[1] * Call("tanh", z[1], 1) * w[i, 1]),
]


LOOSE = ("sum_over_samples_missing", "bias_gradient_not_summed", "sum_over_units_missing")  # an index has no value


@pytest.mark.parametrize(("kind", "program", "wrt", "claim"), SLIPS, ids=[kind for kind, *_ in SLIPS])
def test_each_slip_is_named_and_mended(kind: str, program: Program, wrt: Tensor, claim: Expression) -> None:
    truth = Truth(program)
    found = judge(truth, whole(wrt), claim)
    if kind == "mean_missing":  # the sum over the samples for their mean is a convention; a mean of the mean is none
        assert found.verdict == "right_up_to"
        return
    assert found.verdict == "wrong", found.reason
    assert [slip.kind for slip in found.slips] == [kind], found.reason
    assert found.mended is not None
    assert judge(truth, whole(wrt), found.mended).verdict == "right"
    assert found.difference is not None or kind in LOOSE
    assert all(slip.hint and slip.message and "{" not in slip.message for slip in found.slips)


def test_a_wrong_index_is_named() -> None:
    found = judge(Truth(ONE), Target(b, (as_index(0),)), error * v[1] * Call("tanh", z[0], 1))
    assert [slip.kind for slip in found.slips] == ["wrong_index"]


def test_every_edit_of_the_catalogue_has_its_case() -> None:
    edits = {row.kind for row in CATALOGUE if row.edits is not no_edits}
    assert edits == {kind for kind, *_ in SLIPS} | {"wrong_index"}


def test_two_slips_at_once_are_both_named() -> None:
    found = judge(Truth(ONE), whole(b), -error * v[j])
    assert sorted(slip.kind for slip in found.slips) == ["activation_derivative_missing", "sign_flipped"]


def test_what_cannot_be_explained_is_still_refused() -> None:
    found = judge(Truth(ONE), whole(c), call("sin", out[()]) + 3)
    assert (found.verdict, found.slips) == ("wrong", ())
    assert "not found" in found.reason


RIGHT: list[tuple[str, Program, Target, Expression]] = [
    ("not cancelled", ONE, whole(c), (-y[()] / p[()] + (1 - y[()]) / (1 - p[()])) * p[()] * (1 - p[()])),
    ("with sigma prime", ONE, whole(c), (-y[()] / p[()] + (1 - y[()]) / (1 - p[()])) * Call("sigmoid", out[()], 1)),
    ("1 - h^2", ONE, whole(b), error * v[j] * (1 - h[j] ** 2)),
    ("one entry", ONE, Target(w, (as_index(0), as_index(2))), error * v[2] * (1 - h[2] ** 2) * x[0]),
    ("a batch", MANY, whole(v), Sum(errors * H[n, j], n) / size_of(n)),
    ("by a value on the way", ONE, whole(out), error),
]


@pytest.mark.parametrize(("name", "program", "target", "claim"), RIGHT, ids=[name for name, *_ in RIGHT])
def test_what_is_right_is_accepted(name: str, program: Program, target: Target, claim: Expression) -> None:
    assert judge(Truth(program), target, claim).verdict == "right"


@pytest.mark.parametrize("place", range(40))
def test_mutants_of_a_right_gradient_are_refused(place: int) -> None:
    """Each factor dropped, doubled or moved, in turn: none may pass."""
    right = [error, v[j], Call("tanh", z[j], 1), x[i]]
    others = [h[j], b[j], y[()], p[()], out[()], w[i, j]]
    swaps = [*others, call("tanh", z[j]), 2 * x[i], x[i] + 1]
    factor, swap = place % 4, place // 4
    mutant = [*right]
    if swap < len(swaps):
        mutant[factor] = swaps[swap]
    else:
        del mutant[factor]
    assert judge(Truth(ONE), whole(w), multiply(*mutant)).verdict == "wrong"


def test_a_kink_is_met_from_both_sides() -> None:
    """The identity passes for ReLU only where it is not below zero."""
    program = network(hidden="relu")
    assert judge(Truth(program), whole(program.tensor("b")), error * v[j]).verdict == "wrong"
    gate = Call("relu", program.tensor("z")[j], 1)
    assert judge(Truth(program), whole(program.tensor("b")), error * v[j] * gate).verdict == "right"
