"""The numerical gradient check: right gradients pass, wrong ones fail at their place, kinks are named."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.calculus import derive
from chalkgrad.checking.differences import central, complex_step
from chalkgrad.checking.gradcheck import gradcheck, gradcheck_program
from chalkgrad.errors import EvaluationError, ProgramError, ShapeError, UnknownNameError
from chalkgrad.language import FUNCTIONS, Call, Definition, Program, Role, Tensor
from chalkgrad.networks import Network, NetworkSpec, initialise

SPECS = {
    "relu bce": NetworkSpec((3, 5, 1), ("relu", "sigmoid"), "bce"),
    "tanh mse": NetworkSpec((3, 4, 2), ("tanh", "identity"), "mse"),
    "gelu cross-entropy": NetworkSpec((3, 4, 5), ("gelu", "softmax"), "cross-entropy"),
    "leaky hinge": NetworkSpec((3, 4, 1), ("leaky_relu", "identity"), "hinge"),
    "selu huber, deep": NetworkSpec((3, 4, 5, 2), ("selu", "silu", "identity"), "huber"),
}


def values_for(spec: NetworkSpec) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(11)
    outputs = spec.sizes[-1]
    y = np.eye(outputs)[rng.integers(outputs, size=7)] if outputs > 1 else rng.integers(2, size=(7, 1)) * 1.0
    return {"x": rng.normal(size=(7, spec.sizes[0])), "y": y, **initialise(spec, seed=5)}


@pytest.mark.parametrize("method", ["central", "direction"])
@pytest.mark.parametrize("name", SPECS)
def test_derived_gradients_pass(name: str, method: str) -> None:
    spec = SPECS[name]
    check = gradcheck_program(derive(Network(spec).program), values_for(spec), method=method)
    assert check.passed, str(check)
    assert [block.name for block in check.blocks] == list(Network(spec).parameters)
    assert max(block.relative_error for block in check.blocks) < 1e-8


@pytest.mark.parametrize("slip", ["sign", "factor", "entry"])
@pytest.mark.parametrize("method", ["central", "direction"])
def test_a_wrong_gradient_fails_in_its_block_alone(slip: str, method: str) -> None:
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 3)), rng.normal(size=4)

    def gradient(a: np.ndarray, b: np.ndarray) -> dict[str, np.ndarray]:
        wrong = np.cos(b)
        match slip:
            case "sign":
                wrong = -wrong
            case "factor":
                wrong = wrong * (1 + 1e-4)
            case "entry":
                wrong[2] += 1e-3
        return {"a": 2 * a, "b": wrong}

    check = gradcheck(lambda a, b: (a**2).sum() + np.sin(b).sum(), gradient, method=method, a=a, b=b)
    assert not check.passed
    assert check["a"].passed
    assert not check["b"].passed
    if slip == "entry" and method == "central":
        assert check["b"].at == (2,)
        assert check["b"].claimed - check["b"].numerical == pytest.approx(1e-3, rel=1e-6)
        assert f"wrong at [2]: {check['b'].claimed:.6g}, not" in str(check)


@pytest.mark.parametrize("method", ["central", "complex", "direction"])
def test_points_may_be_vectors_dictionaries_and_keywords(method: str) -> None:
    vector = np.array([0.5, -1.0, 2.0])
    assert gradcheck(lambda v: np.exp(v).sum(), np.exp, vector, method=method).passed
    assert gradcheck(lambda v: np.exp(v).sum(), np.exp(vector), vector, method=method).passed
    assert gradcheck(
        lambda p: np.exp(p["v"]).sum(), lambda p: {"v": np.exp(p["v"])}, {"v": vector}, method=method
    ).passed
    assert gradcheck(lambda v, c: np.exp(v).sum() * c, lambda v, c: {"v": np.exp(v) * c, "c": np.exp(v).sum()},
                     v=vector, c=3.0, method=method).passed  # fmt: skip
    assert np.array_equal(vector, [0.5, -1.0, 2.0])


def test_the_complex_step_sees_the_last_digits() -> None:
    point = np.array([0.7, 1.3])
    exact = gradcheck(lambda v: np.exp(v).sum(), np.exp, point, method="complex")
    assert exact["point"].relative_error < 1e-15
    almost = gradcheck(
        lambda v: np.exp(v).sum(), lambda v: np.exp(v) * (1 + 1e-13), point, method="complex", tolerance=1e-14
    )
    assert not almost.passed


def test_the_complex_step_falls_back_where_the_imaginary_part_is_lost() -> None:
    assert gradcheck(lambda v: (v * np.abs(v)).sum(), lambda v: 2 * np.abs(v), [0.5, -2.0], method="complex").passed
    assert not gradcheck(lambda v: (v * np.abs(v)).sum(), np.abs, [0.5, -2.0], method="complex").passed


def test_a_kink_is_named_and_takes_any_slope_between() -> None:
    point = np.array([1.0, 0.0, -1.0])

    def hinge(v: np.ndarray) -> float:
        return float(np.maximum(v, 0).sum())

    for slope in (0.0, 0.4, 1.0):
        check = gradcheck(hinge, lambda v, slope=slope: np.where(v > 0, 1.0, np.where(v < 0, 0.0, slope)), point)
        assert check.passed
        assert check["point"].kinks == ((1,),)
        assert "(1 on a kink)" in str(check)
    outside = gradcheck(hinge, np.array([1.0, 1.5, 0.0]), point)
    assert not outside.passed
    assert outside["point"].at == (1,)
    assert outside["point"].absolute_error == pytest.approx(0.5)


@given(st.floats(-3, 3).filter(lambda value: abs(value) > 1e-5))
def test_a_kink_nearby_is_no_kink_here(at: float) -> None:
    check = gradcheck(lambda v: np.abs(v).sum(), np.sign, [at])
    assert check.passed, str(check)
    assert not check["point"].kinks


@given(st.floats(-4, 4), st.floats(-1e6, 1e6))
def test_smooth_functions_pass_also_on_a_high_pedestal(at: float, height: float) -> None:
    check = gradcheck(lambda v: np.sin(v).sum() + height, np.cos, [at])
    assert check.passed, str(check)
    assert not check["point"].kinks
    wrong = gradcheck(lambda v: np.sin(v).sum() + height, lambda v: np.cos(v) + 0.01, [at])
    assert not wrong.passed


@pytest.mark.parametrize("scale", [1e-6, 1.0, 1e6])
def test_points_of_any_size(scale: float) -> None:
    point = np.array([0.3, -0.8]) * scale
    assert gradcheck(lambda v: (v**3).sum(), lambda v: 3 * v**2, point).passed
    assert not gradcheck(lambda v: (v**3).sum(), lambda v: 3.0001 * v**2, point).passed


@pytest.mark.parametrize("at", [-4.2, -0.6, 0.31, 2.4, 7.7])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_derivative_of_the_table(name: str, at: float) -> None:
    if name in ("log", "log1p", "sqrt"):
        at = abs(at)
    if name in ("arcsin", "arccos"):
        at /= 10
    z, y = Tensor("z", (), Role.PARAMETER), Tensor("y")
    program = Program((z,), (Definition(y, (), Call(name, z[()])),), (y,))
    check = gradcheck_program(derive(program), {"z": at})
    assert check.passed, str(check)


def test_central_differences_are_accurate() -> None:
    for f, exact in ((np.exp, 1.0), (np.sin, 1.0), (lambda t: 1 / (1 - t), 1.0), (lambda t: (1 + t) ** 7, 7.0)):
        found = central(f, 1.0)
        assert abs(found.value - exact) < 1e-11
        assert not found.kink


def test_errors_say_what_is_wrong() -> None:
    def f(v: np.ndarray) -> float:
        return float((v**2).sum())

    point = [1.0, 2.0]
    with pytest.raises(UnknownNameError, match="no method 'centra'; did you mean 'central'"):
        gradcheck(f, point, point, method="centra")
    with pytest.raises(ShapeError, match=r"the gradient by 'point' has the shape \(3,\), its values \(2,\)"):
        gradcheck(f, [1, 2, 3], point)
    with pytest.raises(ShapeError, match="give `point`, or values by keyword"):
        gradcheck(f, point)
    with pytest.raises(ShapeError, match=r"must give one number, not an array of the shape \(2,\)"):
        gradcheck(lambda v: v, point, point)
    with pytest.raises(EvaluationError, match="not finite at the point"):
        gradcheck(lambda v: np.inf, point, point)
    with pytest.raises(EvaluationError, match="not finite near the point"):
        gradcheck(lambda v: np.inf if v[0] > 1 else 0.0, point, point)
    with pytest.raises(EvaluationError, match="'point' has an entry that is not finite"):
        gradcheck(f, point, [np.nan, 1])
    with pytest.raises(ShapeError, match="must be a dictionary with these names"):
        gradcheck(lambda a, b: a * b, lambda a, b: a, a=1.0, b=2.0)
    with pytest.raises(ShapeError, match="the gradient by 'b' is missing"):
        gradcheck(lambda a, b: a * b, lambda a, b: {"a": b}, a=1.0, b=2.0)
    with pytest.raises(UnknownNameError, match="'c'"):
        gradcheck(lambda a: a, lambda a: {"a": 1.0, "c": 1.0}, a=1.0)
    with pytest.raises(ShapeError, match="'point' is not an array of numbers"):
        gradcheck(f, point, "text")
    with pytest.raises(EvaluationError, match="gave no complex number"):
        gradcheck(lambda v: np.abs(v).sum(), np.sign, point, method="complex")
    with pytest.raises(EvaluationError, match="does not compute with complex numbers"):
        complex_step(lambda t: float(t))
    assert gradcheck(f, lambda v: 2 * v, point).passed


def test_a_result_with_axes_is_refused() -> None:
    spec = SPECS["tanh mse"]
    jacobian = derive(Network(spec).program, ["W1"], "yhat")
    with pytest.raises(ProgramError, match="'yhat' has axes"):
        gradcheck_program(jacobian, values_for(spec))
    with pytest.raises(UnknownNameError, match="no method for programs 'complex'"):
        gradcheck_program(derive(Network(spec).program), values_for(spec), method="complex")


def test_a_sample_tells_of_many_entries_where_they_are_wrong() -> None:
    point = np.random.default_rng(2).normal(size=(20, 30))
    slope = np.cos(point)
    assert gradcheck(lambda v: np.sin(v).sum(), slope, point, method="sample").passed
    wrong = gradcheck(lambda v: np.sin(v).sum(), np.where(point > 1, 2, 1) * slope, point, method="sample")
    place = wrong["point"].at
    assert not wrong.passed
    assert place is not None
    assert point[place] > 1
    assert np.isfinite(wrong["point"].derivative).sum() == 40
    slope[7, 7] += 0.01  # an entry that is hardly among those looked at
    assert not gradcheck(lambda v: np.sin(v).sum(), slope, point, method="sample").passed


def test_a_factor_shows_in_many_entries_that_does_not_in_any() -> None:
    point = np.random.default_rng(3).normal(size=150).astype(np.float16)
    right = 1 - np.tanh(point.astype(float)) ** 2

    def total(values: Any) -> Any:
        return np.tanh(values).sum(dtype=np.float32).astype(np.float16)

    assert gradcheck(total, right, point).passed
    assert not gradcheck(total, 1.04 * right, point).passed
    alone = [gradcheck(total, 1.04 * right[:1], point[:1]).passed]
    assert alone == [True]  # by itself no entry tells
