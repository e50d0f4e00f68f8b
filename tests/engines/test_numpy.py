"""The NumPy engine gives what the reference evaluator gives, and its source is what it runs."""

from __future__ import annotations

import ast
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.calculus import derive
from chalkgrad.engines.names import Names, safe_identifier
from chalkgrad.engines.numpy import compile_numpy, numpy_source
from chalkgrad.errors import EvaluationError, ProgramError, ShapeError, UnknownNameError
from chalkgrad.language import (
    FUNCTIONS,
    PI,
    Axis,
    Call,
    Definition,
    Program,
    Role,
    Tensor,
    add,
    as_index,
    delta,
    evaluate,
    index_value,
    indicator,
    maximum_over,
    size_of,
    summation,
    validate,
)
from programs_to_run import AXES, CASES, QUICK, layer_normalisation, multilayer_perceptron, programs, values_for


def agrees(program: Program, values: dict[str, np.ndarray]) -> None:
    """Every tensor of the program, by NumPy and by the reference evaluator."""
    validate(program)
    names = [definition.tensor.name for definition in program.definitions]
    computed = compile_numpy(program, names)(**values)
    expected = evaluate(program, values)
    for name in names:
        reference = np.array(expected[name].nested(), dtype=float)
        assert computed[name].shape == reference.shape, f"{name} in\n{numpy_source(program)}"
        np.testing.assert_allclose(computed[name], reference, rtol=1e-9, atol=1e-11, err_msg=numpy_source(program))


@settings(max_examples=150, phases=QUICK)
@given(programs())
def test_random_programs_agree_with_the_reference_evaluator(program: Program) -> None:
    agrees(program, values_for(program))


@settings(max_examples=50, phases=QUICK)
@given(programs())
def test_the_source_parses_and_uses_each_name_after_it_is_given(program: Program) -> None:
    tree = ast.parse(numpy_source(program, "compute"))
    function = next(node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "compute")
    assigned = [node.targets[0].id for node in function.body if isinstance(node, ast.Assign)]  # type: ignore[attr-defined]
    assert [name for name in assigned if name.startswith("t")] == [d.tensor.name for d in program.definitions]


@pytest.mark.parametrize("name", CASES)
def test_known_networks_agree_with_the_reference_evaluator(name: str) -> None:
    agrees(CASES[name], values_for(CASES[name], sizes={"n": 5, "time": 6, "length": 11}))


@pytest.mark.parametrize("name", CASES)
def test_derived_gradients_agree_with_the_reference_evaluator(name: str) -> None:
    source = CASES[name].needed_for(CASES[name].result)
    output, total = source.result, Tensor("total")
    loss = Definition(total, (), summation(output[output.axes] ** 2, *output.axes))
    program = Program(source.declared, (*source.definitions, loss), (total,))
    derivation = derive(program, [tensor.name for tensor in source.declared if tensor.role is not Role.TARGET])
    agrees(derivation.program, values_for(program, sizes={"n": 5, "time": 6, "length": 11}))


@pytest.mark.parametrize("name", CASES)
def test_known_networks_are_written_as_a_person_would(name: str, golden) -> None:
    golden(f"engines/{name.replace(' ', '_')}.py.txt", numpy_source(CASES[name]))


i, j, k, n = AXES
A, B = Tensor("A", (i, j), Role.INPUT), Tensor("B", (j, k), Role.INPUT)
S, u, v, w = (
    Tensor("S", (j, j), Role.INPUT),
    *(Tensor(name, (axis,), Role.INPUT) for name, axis in (("u", i), ("v", j), ("w", j))),
)
y_i, y_ij, y_ik, y_ji, y_0 = (Tensor("y", axes) for axes in ((i,), (i, j), (i, k), (j, i), ()))
FORMS = [
    (Definition(y_ik, (i, k), summation(A[i, j] * B[j, k], j)), "A @ B"),
    (Definition(y_i, (i,), summation(A[i, j] * v[j], j)), "A @ v"),
    (Definition(y_i, (i,), summation(A[i, j], j)), "A.sum(axis=1)"),
    (Definition(y_0, (), summation(A[i, j], i, j)), "A.sum()"),
    (Definition(y_0, (), summation(v[j] * w[j], j)), "v @ w"),
    (Definition(y_0, (), summation(v[j] * w[j], j) / 3), "v @ w / 3"),
    (Definition(y_ij, (i, j), u[i] * v[j]), "np.outer(u, v)"),
    (Definition(y_ij, (i, j), A[i, j] + u[i]), "A + u[:, None]"),
    (Definition(y_ij, (i, j), A[i, j] + v[j]), "A + v"),
    (Definition(y_ji, (j, i), A[i, j]), "A.T"),
    (Definition(y_ij, (i, j), v[j]), "np.full((2, 3), v, dtype=float)"),
    (Definition(y_i, (i,), maximum_over(A[i, j], j)), "A.max(axis=1)"),
    (Definition(y_ij, (i, j), indicator(">", A[i, j], 0) * A[i, j]), "np.where(A > 0, A, 0.0)"),
    (Definition(Tensor("y", (j, j)), (j, Axis("m", 3)), delta(j, Axis("m", 3))), "np.eye(3)"),
    (Definition(y_i, (i,), A[i, 1]), "A[:, 1]"),
    (Definition(y_i, (i,), w[as_index(i) + 1]), "w[1:]"),
    (Definition(y_i, (i,), w[as_index(i) * 2]), "w[::2]"),
    (Definition(y_i, (i,), w[as_index(i) + 2]), "at(w, index_i + 2)"),
    (Definition(y_0, (), summation(S[j, j], j)), "at(S, index_j, index_j).sum()"),
    (Definition(y_0, (), PI * v[0] ** 2), "np.pi * v[0]**2"),
    (Definition(y_ik, (i, k), -summation(v[j] * A[i, j] * B[j, k], j)), "-(A * v) @ B"),
]


@pytest.mark.parametrize(("definition", "form"), FORMS, ids=[form for _, form in FORMS])
def test_the_form_of_one_line(definition: Definition, form: str) -> None:
    program = Program((A, B, S, u, v, w), (definition,), (definition.tensor,))
    assert f"    y = {form}" in [line.split("  #")[0] for line in numpy_source(program).splitlines()]
    agrees(program, values_for(program))


def test_a_gate_over_two_axes_within_a_sum_over_others() -> None:
    axes = (j, n)
    x, y = Tensor("x", (n, i), Role.INPUT), Tensor("y", axes)
    body = summation(B[j, k] * indicator(">", 1, x[n, i]), i, k)
    program = Program((B, x), (Definition(y, axes, body),), (y,))
    agrees(program, values_for(program))


@pytest.mark.parametrize("order", [0, 1, 2])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_of_the_table(name: str, order: int) -> None:
    x, y = Tensor("x", (n,), Role.INPUT), Tensor("y", (n,))
    program = Program((x,), (Definition(y, (n,), Call(name, x[n], order)),), (y,))
    if name in ("arcsin", "arccos"):
        agrees(program, {"x": np.array([-0.75, -0.5, 0.0, 0.25, 0.5])})
        return
    agrees(program, {"x": np.array([0.25, 0.5, 0.75, 1.25, 2.5, 6.0])})
    if name not in ("log", "log1p", "sqrt"):
        agrees(program, {"x": np.array([-0.25, -0.5, -0.75, -1.25, -2.5, -6.0])})
    if name not in ("log", "sqrt", "reciprocal"):
        agrees(program, {"x": np.array([0.0])})


@pytest.mark.parametrize("name", ["sigmoid", "softplus", "tanh", "silu", "gelu", "elu", "mish", "relu"])
def test_stable_functions_at_extreme_values(name: str) -> None:
    x, y = Tensor("x", (n,), Role.INPUT), Tensor("y", (n,))
    program = Program((x,), (Definition(y, (n,), Call(name, x[n])),), (y,))
    computed = compile_numpy(program)(x=[-1e4, 1e4])["y"]
    assert np.isfinite(computed).all()
    agrees(program, {"x": np.array([-1e4, 1e4])})


def test_a_gate_shuts_out_what_is_infinite_behind_it() -> None:
    x, y, total = Tensor("x", (n,), Role.INPUT), Tensor("y", (n,)), Tensor("s")
    b = Tensor("b", (n, j), Role.INPUT)
    gated_log = indicator(">", x[n], 0) * Call("log", x[n])
    definitions = (Definition(y, (n,), gated_log), Definition(total, (), summation(gated_log * b[n, j], n, j)))
    agrees(
        Program((x, b), definitions, (y, total)), {"x": np.array([-1.0, 0.0, 2.0]), "b": np.arange(9.0).reshape(3, 3)}
    )


HOSTILE = [
    '"""\nimport os',
    "x y",
    "lambda",
    "np",
    "forward",
    "relu",
    "1",
    "",
    "a;b",
    "ŵ'",
    "__import__('os')",
    "at",
    "index_n",
]


def test_no_name_becomes_code_or_hides_another() -> None:
    axis = Axis('n"""\nimport os', "n\nimport os")
    declared = tuple(Tensor(name, (axis,), Role.INPUT) for name in HOSTILE)
    body = add(*(Call("relu", tensor[axis]) * index_value(axis) for tensor in declared))
    y = Tensor("y'\"\n", (axis,))
    program = Program(declared, (Definition(y, (axis,), body),), (y,))
    tree = ast.parse(numpy_source(program))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import) and node.names[0].name != "numpy"]
    values = {name: np.array([1.0, -2.0, place]) for place, name in enumerate(HOSTILE)}
    computed = compile_numpy(program)(**values)[y.name]
    np.testing.assert_allclose(computed, sum(np.maximum(value, 0) for value in values.values()) * np.arange(3))


@given(st.text(max_size=20))
def test_any_text_gives_an_identifier(text: str) -> None:
    identifier = safe_identifier(text)
    assert identifier.isidentifier()
    ast.parse(f"{identifier} = 1")


def test_names_stay_different() -> None:
    names = Names(["a"])
    given_out = [names.of(place, text) for place, text in enumerate(["a", "a", "a'", "a_prime", "a_2", "b"])]
    assert len(set(given_out)) == 6
    assert "a" not in given_out


def test_errors_say_what_is_wrong() -> None:
    program = multilayer_perceptron()
    run, values = compile_numpy(program), values_for(program)
    with pytest.raises(UnknownNameError, match="no input or parameter 'W22'; did you mean 'W2'"):
        run(**values, W22=1)
    with pytest.raises(EvaluationError, match="no value was given for 'W2'"):
        run(**{name: value for name, value in values.items() if name != "W2"})
    with pytest.raises(ShapeError, match=r"'W1' needs the shape \(2, 3\), but the value has \(3, 2\)"):
        run(**{**values, "W1": values["W1"].T})
    with pytest.raises(ShapeError, match="the value given for 'x' is not an array of numbers"):
        run(**{**values, "x": "text"})
    with pytest.raises(UnknownNameError, match="no tensor 'z3'"):
        compile_numpy(program, ["z3"])
    y = Tensor("y", (Axis("m", "m"),))
    with pytest.raises(ProgramError, match="the size 'm' is not known"):
        numpy_source(Program((), (Definition(y, y.axes, index_value(y.axes[0])),), (y,)))


def test_too_deep_an_equation_is_refused_with_advice() -> None:
    c, y = Tensor("c", (), Role.PARAMETER), Tensor("y")
    body = c[()]
    for _ in range(250):
        body = Call("sin", body)
    with pytest.raises(ProgramError, match="name a part of it"):
        compile_numpy(Program((c,), (Definition(y, (), body),), (y,)))


def test_an_empty_batch_gives_empty_results() -> None:
    program = layer_normalisation()
    assert compile_numpy(program)(x=np.zeros((0, 3)), g=[1, 1, 1], b=[0, 0, 0])["y"].shape == (0, 3)


def test_sizes_alone_may_divide_by_zero() -> None:
    x, y = Tensor("x", (n,), Role.INPUT), Tensor("y")
    program = Program((x,), (Definition(y, (), summation(x[n], n) / (size_of(n) - 1)),), (y,))
    assert math.isclose(compile_numpy(program)(x=[1, 2, 3])["y"], 3)
    assert np.isinf(compile_numpy(program)(x=[1])["y"])
