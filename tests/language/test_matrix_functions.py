"""Functions of whole matrices: their values in every arithmetic, their derivatives, and what is worked out at once."""

from __future__ import annotations

from fractions import Fraction

import mpmath
import numpy as np
import pytest

from chalkgrad.errors import EvaluationError, ProgramError, UnknownNameError
from chalkgrad.language import (
    EXACT,
    FLOAT,
    MATRIX_FUNCTIONS,
    Axis,
    Definition,
    Expression,
    Program,
    Role,
    Tensor,
    as_index,
    delta,
    evaluate,
    evaluate_expression,
    jacobian_by_dual_numbers,
    matrix_function,
    mpmath_arithmetic,
    same,
    substitute_axes,
    substitute_elements,
    summation,
    validate,
)
from chalkgrad.reading.programs import read_program

i, j, k, m = (Axis(name, "d") for name in "ijkm")
n = Axis("n", "n")
X, A, a, c = Tensor("X", (i, j)), Tensor("A", (i, j)), Tensor("a", (i,)), Tensor("c")
B = Tensor("B", (n, i, j))


def known(seed: int, size: int = 3) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    shapes = {"X": (size, size), "A": (size, size), "a": (size,), "c": (), "B": (2, size, size)}
    return {name: generator.uniform(-2, 2, shape) for name, shape in shapes.items()}


def inverse(body: Expression, row: Axis = i, column: Axis = j) -> Expression:
    return matrix_function("inverse", body, i, j, (row, column))


def value_of(expression: Expression, axes: tuple[Axis, ...], values: dict[str, np.ndarray]) -> np.ndarray:
    result = Tensor("result", axes)
    definition = Definition(result, axes, expression)
    given = tuple(tensor for tensor in (X, A, a, c, B) if tensor in expression.tensors)
    declared = {tensor: Tensor(tensor.name, tensor.axes, Role.INPUT) for tensor in given}
    body = substitute_elements(expression, {old: (old.axes, new[old.axes]) for old, new in declared.items()})
    program = Program(tuple(declared.values()), (Definition(result, axes, body),), (result,))
    validate(program)
    assert definition.indices == axes
    chosen = {tensor.name: values[tensor.name] for tensor in given}
    return np.array(evaluate(program, chosen, sizes={"d": 3, "n": 2})["result"].nested())


@pytest.mark.parametrize("size", [1, 2, 3, 5, 6])
def test_numbers_are_those_of_numpy(size: int) -> None:
    matrix = known(size, size)["X"]
    rows = [[float(entry) for entry in row] for row in matrix]
    table = {name: row.numbers(rows, FLOAT) for name, row in MATRIX_FUNCTIONS.items() if name != "cholesky"}
    np.testing.assert_allclose(table["inverse"], np.linalg.inv(matrix), rtol=1e-10)
    np.testing.assert_allclose(table["determinant"], np.linalg.det(matrix), rtol=1e-10)
    np.testing.assert_allclose(table["log_determinant"], np.linalg.slogdet(matrix)[1], rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("size", [1, 2, 3, 6])
def test_a_cholesky_factor_is_numpys_and_squares_to_the_symmetric_part(size: int) -> None:
    matrix = known(size, size)["X"]
    whole = matrix @ matrix.T + size * np.eye(size)
    skew = np.triu(whole, 1) / 3
    rows = [[float(entry) for entry in row] for row in whole + skew - skew.T]
    lower = MATRIX_FUNCTIONS["cholesky"].numbers(rows, FLOAT)
    np.testing.assert_allclose(lower, np.linalg.cholesky(whole), rtol=1e-10, atol=1e-12)
    with mpmath.workdps(40):
        many = MATRIX_FUNCTIONS["cholesky"].numbers(
            [[mpmath.mpf(e) for e in row] for row in rows], mpmath_arithmetic(40)
        )
        square = mpmath.matrix(many) * mpmath.matrix(many).T
        wanted = (mpmath.matrix(rows) + mpmath.matrix(rows).T) / 2
        assert mpmath.mnorm(square - wanted, 1) < mpmath.mpf(10) ** -35
    with pytest.raises(EvaluationError, match="not positive definite"):
        MATRIX_FUNCTIONS["cholesky"].numbers([[-entry for entry in row] for row in rows], FLOAT)


def test_rules_of_a_cholesky_factor() -> None:
    def factor(body: Expression, row: Axis = i, column: Axis = j) -> Expression:
        return matrix_function("chol", body, i, j, (row, column))

    assert same(factor(X[j, i]), factor(X[i, j]))
    assert str(matrix_function("logdet", factor(X[i, j], k, m), k, m)) == "log_determinant(i, j, X[i,j])/2"
    assert factor(delta(i, j), k, m) is delta(k, m)
    turned = matrix_function("inverse", factor(X[i, j]), i, j, (k, m))
    assert turned is not X[k, m]
    S = Tensor("S", (i, j), Role.INPUT, "", "", True)
    assert not same(factor(S[i, j], k, m), factor(S[i, j], m, k))


def test_fractions_stay_exact_and_many_digits_are_right() -> None:
    rows = [[2, 1, 0], [0, 3, 5], [7, 0, 11]]
    entry = matrix_function("inverse", X[i, j], i, j, (2, 0))
    assert evaluate_expression(entry, {"X": rows}, EXACT) == Fraction(-21, 101)
    assert evaluate_expression(matrix_function("det", X[i, j], i, j), {"X": rows}, EXACT) == 101
    digits = evaluate_expression(matrix_function("logdet", X[i, j], i, j), {"X": rows}, mpmath_arithmetic(40))
    with mpmath.workdps(40):
        assert abs(mpmath.mpf(str(digits)) - mpmath.log(101)) < mpmath.mpf(10) ** -38


def test_a_pivot_of_zero_is_no_end() -> None:
    assert evaluate_expression(matrix_function("inverse", X[i, j], i, j, (0, 1)), {"X": [[0, 2], [4, 0]]}) == 0.25


@pytest.mark.parametrize("name", ["inverse", "logdet"])
def test_a_singular_matrix_is_told(name: str) -> None:
    at = (0, 0) if name == "inverse" else ()
    with pytest.raises(EvaluationError, match="singular"):
        evaluate_expression(matrix_function(name, X[i, j], i, j, at), {"X": [[1, 2], [2, 4]]})


def test_the_determinant_of_a_singular_matrix_has_a_derivative() -> None:
    """The cofactors, where there is no inverse."""
    given = Tensor("X", (i, j), Role.INPUT)
    program = Program(
        (given,), (Definition(Tensor("f"), (), matrix_function("det", given[i, j], i, j)),), (Tensor("f"),)
    )
    assert jacobian_by_dual_numbers(program, {"X": [[1, 2], [2, 4]]}, "X").nested() == [[4, -2], [-2, 1]]


# what is built, what it comes to, along which axes
WORKED_OUT = [
    ("a transpose", inverse(X[j, i]), inverse(X[i, j], j, i), (i, j)),
    ("a number in front", inverse(3 * X[i, j]), inverse(X[i, j]) / 3, (i, j)),
    ("a scalar in front", inverse(c[()] * X[i, j]), inverse(X[i, j]) / c[()], (i, j)),
    ("the inverse of an inverse", inverse(inverse(X[i, j], i, j)), X[i, j], (i, j)),
    ("the inverse of a transposed inverse", inverse(inverse(X[i, j], j, i)), X[j, i], (i, j)),
    ("the identity", inverse(delta(i, j)), delta(i, j), (i, j)),
    ("a diagonal", inverse(delta(i, j) * a[i]), delta(i, j) / a[i], (i, j)),
    ("the determinant of an inverse", matrix_function("det", inverse(X[i, j]), i, j),
     1 / matrix_function("det", X[i, j], i, j), ()),
    ("its logarithm", matrix_function("logdet", inverse(X[i, j]), i, j), -matrix_function("logdet", X[i, j], i, j), ()),
    ("the determinant of a transpose", matrix_function("det", X[j, i], i, j), matrix_function("det", X[i, j], i, j),
     ()),
]  # fmt: skip


@pytest.mark.parametrize(("name", "built", "expected", "axes"), WORKED_OUT, ids=[row[0] for row in WORKED_OUT])
def test_what_is_worked_out_at_once(name: str, built: Expression, expected: Expression, axes: tuple[Axis, ...]) -> None:
    assert same(built, expected)
    plain = np.array([[1.5, 0.2, 0.1], [0.4, 2, -0.3], [0.7, -0.5, 1.1]])
    numbers = {"X": plain, "a": np.array([2.0, 4.0, 5.0]), "c": np.array(1.7)}
    matrices = {"a transpose": plain.T, "a number in front": 3 * plain, "a scalar in front": 1.7 * plain,
                "the identity": np.eye(3), "a diagonal": np.diag(numbers["a"])}  # fmt: skip
    if name in matrices:
        np.testing.assert_allclose(
            value_of(built, axes, numbers), np.linalg.inv(matrices[name]), rtol=1e-12, atol=1e-12
        )


def test_what_is_made_of_a_symmetric_matrix_is_symmetric() -> None:
    gram = summation(X[k, i] * X[k, j], k)
    assert same(inverse(gram, i, j), inverse(gram, j, i))
    assert not same(inverse(X[i, j], i, j), inverse(X[i, j], j, i))
    assert not same(inverse(gram + A[i, j], i, j), inverse(gram + A[i, j], j, i))
    declared = Tensor("S", (i, j), Role.VALUE, "", "", True)
    assert same(inverse(declared[i, j], i, j), inverse(declared[i, j], j, i))
    assert same(summation(declared[i, k] * a[k], k), summation(declared[k, i] * a[k], k))


def test_names_of_the_two_axes_do_not_matter_and_are_not_captured() -> None:
    assert same(matrix_function("det", X[i, j], i, j), matrix_function("det", X[k, m], k, m))
    shifted = matrix_function("inverse", X[i, j] + delta(i, j) * a[k], i, j, (k, k))
    moved = substitute_axes(shifted, {k: i})
    values = known(3)
    np.testing.assert_allclose(value_of(moved, (i,), values), value_of(shifted, (k,), values), rtol=1e-12)
    matrix = values["X"]
    expected = [np.linalg.inv(matrix + np.eye(3) * values["a"][place])[place, place] for place in range(3)]
    np.testing.assert_allclose(value_of(moved, (i,), values), expected, rtol=1e-10)


def test_a_matrix_for_each_sample() -> None:
    values = known(4)
    found = value_of(matrix_function("inverse", B[n, i, j], i, j, (j, i)), (n, i, j), values)
    np.testing.assert_allclose(found, np.linalg.inv(values["B"]).transpose(0, 2, 1), rtol=1e-10)
    found = value_of(matrix_function("logdet", B[n, i, j], i, j), (n,), values)
    np.testing.assert_allclose(found, np.linalg.slogdet(values["B"])[1], rtol=1e-10)


def test_what_is_no_square_matrix_is_refused() -> None:
    wide = Tensor("W", (i, n))
    with pytest.raises(ProgramError, match="not square"):
        matrix_function("det", wide[i, n], i, n)
    with pytest.raises(ProgramError, match="takes 2 indices, not 1"):
        matrix_function("inverse", X[i, j], i, j, (i,))
    with pytest.raises(UnknownNameError):
        matrix_function("adjugate", X[i, j], i, j)


def test_a_program_with_inverses_reads_back() -> None:
    text = "\n".join(
        (
            "axis i: 3", "axis j: 3", "axis k: 3", "input X[i,j]", "input b[j]",
            "y[k] = sum(j, inverse(i, j, X[i,j])[k,j]*b[j])", "f = log_determinant(i, j, X[i,j])*y[0]", "result f",
        )
    )  # fmt: skip
    program = read_program(text)
    assert read_program(str(program)) == program
    values = {"X": known(1)["X"], "b": [1.0, 2.0, 3.0]}
    expected = np.linalg.slogdet(values["X"])[1] * np.linalg.solve(values["X"], values["b"])[0]
    assert evaluate(program, values)["f"].nested() == pytest.approx(expected, rel=1e-10)


def test_places_outside_are_zero() -> None:
    entry = matrix_function("inverse", X[i, j], i, j, (as_index(i) + 1, as_index(i)))
    found = value_of(entry, (i,), known(2))
    assert found[2] == 0
    assert found[0] != 0


def test_a_matrix_of_one_number_has_an_inverse_only_of_size_one() -> None:
    i, j, c = Axis("i", "n"), Axis("j", "n"), Tensor("c", (), Role.INPUT)
    entry = Definition(Tensor("f"), (), matrix_function("inverse", c[()], i, j, (0, 0)))
    program = Program((c,), (entry,), (entry.tensor,))
    assert evaluate(program, {"c": 4.0}, sizes={"n": 1})["f"].nested() == 0.25
    with pytest.raises(EvaluationError, match="singular"):
        evaluate(program, {"c": 4.0}, sizes={"n": 2})
