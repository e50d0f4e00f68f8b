"""Compiled functions of arrays: against the reference evaluator on random programs, formulas and networks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import chalkgrad as cg
from chalkgrad.engines.native.arrays.function import ArrayFunction
from chalkgrad.engines.native.arrays.products import Product
from chalkgrad.engines.native.arrays.sizes import with_sizes
from chalkgrad.engines.native.arrays.steps import Rows, steps_of
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.errors import EvaluationError, ShapeError, UnknownNameError
from chalkgrad.language import (
    ZERO,
    Axis,
    Definition,
    Element,
    Expression,
    Program,
    Role,
    Tensor,
    as_index,
    evaluate,
    indicator,
    matrix_function,
    summation,
    with_axes,
)
from emitted_sources import FORMULAS, NAMES, agree, expected, of_formula, of_network, values_of
from programs_to_run import CASES, QUICK, programs, values_for


def computed(program: Program, values: dict[str, Any], kind: type = np.float64) -> dict[str, Any]:
    function = ArrayFunction(program)
    found = function(**{name: np.asarray(values[name], kind) for name in function.names})
    assert {value.dtype for value in found} <= {np.dtype(kind)}
    return {tensor.name: value for tensor, value in zip(function.program.results, found, strict=True)}


@settings(max_examples=80, phases=QUICK, deadline=None)
@given(programs())
def test_random_programs(program: Program) -> None:
    values = values_for(program)
    wanted = program.needed_for(program.result)
    whole = Program(program.declared, wanted.definitions, (program.result,))
    name = program.result.name
    reference = np.array(evaluate(whole, values)[name].nested(), dtype=float)
    agree(computed(whole, values), {name: reference}, str(program))


def larger(program: Program) -> Program:
    """The program of longer axes, so that there are whole vectors, what is left over, and products of matrices."""
    lengths = {2: 18, 3: 37, 4: 21}

    def axis(old: Axis) -> Axis:
        return Axis(old.name, lengths[old.size] if isinstance(old.size, int) else old.size)

    def change(node: Expression) -> Expression:
        if isinstance(node, Element):
            tensor = node.tensor.with_axes(map(axis, node.tensor.axes))
            return Element(tensor, tuple(index.renamed(axis) for index in node.indices))
        return with_axes(node, change, axis)

    def tensor(old: Tensor) -> Tensor:
        return old.with_axes(map(axis, old.axes))

    wanted = program.needed_for(program.result).definitions
    definitions = (Definition(tensor(d.tensor), tuple(map(axis, d.indices)), change(d.body)) for d in wanted)
    return Program(tuple(map(tensor, program.declared)), tuple(definitions), (tensor(program.result),))


@settings(max_examples=60, phases=QUICK, deadline=None)
@given(programs())
def test_random_programs_of_larger_arrays(program: Program) -> None:
    program, generator = larger(program), np.random.default_rng(0)
    values = {
        tensor.name: generator.normal(size=[19 if isinstance(size, str) else size for size in tensor.shape])
        for tensor in program.declared
    }
    with np.errstate(all="ignore"):
        reference = np.asarray(compile_numpy(program)(**values)[program.result.name])
    (found,) = computed(program, values).values()
    here = np.isfinite(reference)
    greatest = np.abs(reference[here]).max(initial=0.0)
    np.testing.assert_allclose(found[here], reference[here], 1e-8, 1e-8 * greatest, err_msg=str(program))


def test_a_gate_that_is_the_same_along_vectors() -> None:
    i, n = Axis("i", 3), Axis("n", "n")
    w, x, y = Tensor("w", (i,), Role.INPUT), Tensor("x", (n,), Role.INPUT), Tensor("y", (i, n))
    program = Program((w, x), (Definition(y, (i, n), indicator(">", w[i], ZERO) * x[n]),), (y,))
    values = np.arange(20.0)
    (found,) = ArrayFunction(program)([1, -1, 2], values)
    np.testing.assert_array_equal(found, [values, values * 0, values])


@pytest.mark.parametrize(("text", "wrt"), FORMULAS, ids=NAMES)
def test_formulas(text: str, wrt: str) -> None:
    function = of_formula(text, wrt)
    found = computed(function.program, values_of(function))
    by_name = {name: found[tensor.name] for name, tensor in function.results}
    agree(by_name, expected(function, values_of(function)), str(function.program))


@pytest.mark.parametrize("name", CASES)
def test_networks(name: str) -> None:
    function = of_network(name, ("value", "gradient"))
    for kind, tolerance in ((np.float64, 1e-9), (np.float32, 2e-3)):
        found = computed(function.program, values_of(function), kind)
        by_name = {name: found[tensor.name] for name, tensor in function.results}
        agree(by_name, expected(function, values_of(function)), str(function.program), tolerance)


@pytest.mark.parametrize("text", [
    "normF(T - U*V')^2", "norm2(V*tanh(W*x)-y)^2/2", "sum(softplus(X*W*Y))", "tr(A*B*C*A)", "sum(exp(X)./(1+Y'))",
    "log(sum(exp(X*w)))", "logdet(X'*X)", "a'*inv(X'*X)*a", "sum((A*B).^2 .* (B'*A')')",
])  # fmt: skip
@pytest.mark.parametrize("size", [3, 33])
def test_larger_arrays(text: str, size: int) -> None:
    """Products of matrices and whole vectors, beside what is printed for NumPy."""
    derivation = cg.derive(text)
    source = derivation.code(of=["value", "gradient", "hvp"])
    names: dict[str, Any] = {}
    exec(source, names)
    compiled = cg.compile(derivation, ["value", "gradient", "hvp"])
    square = "inv" in text or "logdet" in text or text.startswith(("tr", "sum((A"))
    lengths = {letter: size + (0 if square else 5 * k) for k, letter in enumerate("mndpqrstuvw")}
    generator, values = np.random.default_rng(0), {}
    for tensor in compiled._function.program.declared:
        shape = [lengths[size] if isinstance(size, str) else size for size in tensor.shape]
        values[tensor.name] = generator.normal(size=shape) / size
    theirs = names["value_and_gradient_and_hvp"](**values)
    for mine, other in zip(compiled(**values), theirs, strict=True):
        pairs = [(mine[key], other[key]) for key in other] if isinstance(other, dict) else [(mine, other)]
        for one, two in pairs:
            np.testing.assert_allclose(one, two, 1e-9, 1e-9 * np.abs(two).max(), err_msg=source)


def test_an_average_and_what_differs_from_it_are_one_pass() -> None:
    derivation = cg.derive("sum(i, log(sum(j, exp(x[i,j]))))", wrt="x")
    function = cg.compile(derivation)._function
    steps, _ = steps_of(with_sizes(function.program, {"i": 8, "j": 40, "n": 8, "m": 40, "d": 40}), 16)
    assert [type(step) for step in steps] == [Rows, Rows]


def test_windows_are_not_copied() -> None:
    function = of_network("image convolution", ("value",))
    steps, _ = steps_of(with_sizes(function.program, {}), 16)
    products = [step for step in steps if isinstance(step, Product)]
    assert [len(step.table) for step in products] == [12]


def test_matrices_of_each_sample() -> None:
    s, i, j = Axis("s", "n"), Axis("i", "d"), Axis("j", "d")
    X, y, L = Tensor("X", (s, i, j), Role.INPUT), Tensor("y", (s,)), Tensor("L")
    log = matrix_function("log_determinant", X[s, i, j], i, j, ())
    program = Program((X,), (Definition(y, (s,), log), Definition(L, (), summation(y[s], s))), (L,))
    values = np.random.default_rng(0).normal(size=(5, 3, 3))
    np.testing.assert_allclose(ArrayFunction(program)(values)[0], np.linalg.slogdet(values)[1].sum())


def test_singular_matrices_and_arrays_that_do_not_fit_are_refused() -> None:
    function = cg.compile(cg.derive("a'*inv(X)*a", wrt="a"))
    with pytest.raises(EvaluationError, match="singular"):
        function(a=[1.0, 2.0], X=np.zeros((2, 2)))
    with pytest.raises(ShapeError, match=r"'X' needs the shape"):
        function(a=[1.0, 2.0], X=np.eye(3))
    with pytest.raises(ShapeError, match="no array is given for X"):
        function(a=[1.0, 2.0])
    with pytest.raises(UnknownNameError):
        function(a=[1.0, 2.0], Y=np.eye(2))


def test_a_second_call_keeps_the_results_of_the_first() -> None:
    function = cg.compile(cg.derive("x'*x", wrt="x"))
    first = function([1.0, 2.0])[1]
    function([5.0, 5.0])
    np.testing.assert_array_equal(first, [2, 4])
    assert function(np.float32([1, 2]))[1].dtype == np.float32


def test_what_a_result_only_has_its_size_from_is_asked_for() -> None:
    hessian = cg.compile(cg.derive("x'*x", wrt="x").hessian("x", "x"))
    np.testing.assert_array_equal(hessian([1.0, 5.0]), 2 * np.eye(2))
    by_matrix = cg.compile(cg.derive("normF(T - U*V')^2", wrt="U").hessian("U", "U"))
    assert by_matrix.names == ("U", "V")


def test_what_only_a_copy_reads_is_kept() -> None:
    """A difference that goes into a product turned round was taken for one that its own loops alone read."""
    sizes = {"n": 2, "c": 3, "h": 7, "w": 6, "o": 4, "p": 3, "q": 2, "a": 5, "b": 5}
    n, c, h, w, o, p, q, a, b = (Axis(*each) for each in sizes.items())
    x, y, t = Tensor("x", (n, c, h, w), Role.INPUT), Tensor("y", (n, a, b, o), Role.INPUT), Tensor("t", (n, o, a, b))
    error = y[n, a, b, o] - t[n, o, a, b]
    body = summation(error * x[n, c, as_index(a) + p, as_index(b) + q], n, a, b)
    slope = Tensor("d", (o, c, p, q))
    program = Program((x, y, t), (Definition(slope, slope.axes, body),), (slope,))
    generator = np.random.default_rng(1)
    values = {each.name: generator.normal(size=each.shape) for each in program.declared}
    windows = np.lib.stride_tricks.sliding_window_view(values["x"], (5, 5), axis=(2, 3))
    wanted = np.einsum("nabo,ncpqab->ocpq", values["y"] - values["t"].transpose(0, 2, 3, 1), windows)
    np.testing.assert_allclose(computed(program, values)["d"], wanted, atol=1e-12)
