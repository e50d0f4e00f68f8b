"""Matrix form: what is recognised has the value of the indices, and reads as a person writes it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.calculus import derive
from chalkgrad.language import (
    Axis,
    Definition,
    Expression,
    Program,
    Role,
    Tensor,
    as_index,
    call,
    evaluate,
    evaluate_expression,
    indicator,
    jacobian_by_dual_numbers,
    number,
    substitute_elements,
    summation,
    validate,
)
from chalkgrad.networks import Network, NetworkSpec
from chalkgrad.notation import notation_named
from chalkgrad.reading.plain import read_expression
from chalkgrad.writing import names_for, write_program
from chalkgrad.writing.latex import latex
from chalkgrad.writing.matrix import matrix_box, matrix_equation
from chalkgrad.writing.matrix_algebra import (
    Applied,
    Compared,
    Diagonal,
    Elementwise,
    Identity,
    Matrix,
    Named,
    Ones,
    Product,
    Raised,
    Scalar,
    Scaled,
    SquaredNorm,
    Total,
    Transposed,
)
from chalkgrad.writing.matrix_form import MatrixForm, NoMatrixFormError
from chalkgrad.writing.unicode import unicode_text

SIZES = {"n": 5, "i": 2, "j": 3, "k": 4}


class Value:
    """Evaluates matrix expressions with NumPy, as two-dimensional arrays: a column for a vector, 1×1 for a scalar."""

    def __init__(self, values: dict[str, np.ndarray], flipped: Callable[[Tensor], bool]) -> None:
        self.values, self.flipped = values, flipped

    def of(self, matrix: Matrix) -> np.ndarray:
        match matrix:
            case Named(tensor=tensor):
                array = self.values[tensor.name]
                if array.ndim == 2:
                    return array.T if self.flipped(tensor) else array
                return array.reshape(-1, 1)
            case Scalar(expression=expression):
                known = {name: value.tolist() for name, value in self.values.items()}
                return np.array([[evaluate_expression(expression, known, sizes=SIZES)]])
            case Transposed(body=body):
                return self.of(body).T
            case Product(factors=factors):
                result = self.of(factors[0])
                for factor in factors[1:]:
                    result = result @ self.of(factor)
                return result
            case Elementwise(factors=factors):
                result = self.of(factors[0])
                for factor in factors[1:]:
                    assert self.of(factor).shape == result.shape
                    result = result * self.of(factor)
                return result
            case Total(terms=terms):
                shapes = {self.of(term).shape for _, term in terms} - {(1, 1)}
                assert len(shapes) <= 1, "only scalars are spread in a sum"
                return sum(sign * self.of(term) for sign, term in terms)  # type: ignore[return-value]
            case Scaled(number=value, above=above, below=below, body=body):
                factor = float(value)
                for scalar in above:
                    factor *= self.of(scalar).item()
                for scalar in below:
                    factor /= self.of(scalar).item()
                return np.array([[factor]]) if body is None else factor * self.of(body)
            case Applied(function=function, order=order, body=body):
                return np.vectorize(lambda x: evaluate_expression(call(function, number(x), order), {}))(self.of(body))
            case Compared(comparison=comparison, left=left, right=right):
                compare = {">": np.greater, "<": np.less, ">=": np.greater_equal, "<=": np.less_equal, "=": np.equal}
                return compare[comparison](self.of(left), self.of(right)).astype(float)
            case Raised(body=body, exponent=exponent):
                return self.of(body) ** float(exponent)
            case Ones(axis=axis):
                return np.ones((SIZES[axis.name], 1))
            case Identity(axis=axis):
                return np.eye(SIZES[axis.name])
            case Diagonal(body=body):
                assert self.of(body).shape[1] == 1
                return np.diag(self.of(body)[:, 0])
            case SquaredNorm(body=body):
                return np.array([[np.sum(self.of(body) ** 2)]])
        raise TypeError(type(matrix).__name__)


n, i, j, k = (Axis(name, "n" if name == "n" else size) for name, size in SIZES.items())
TENSORS = [
    Tensor("x", (n, i), Role.INPUT),
    Tensor("W", (i, j), Role.PARAMETER),
    Tensor("V", (j, k), Role.PARAMETER),
    Tensor("H", (n, j)),
    Tensor("Y", (n, k)),
    Tensor("a", (i,)),
    Tensor("b", (j,)),
    Tensor("d", (n,)),
    Tensor("q", (k,)),
    Tensor("c", ()),
]


def values(seed: int) -> dict[str, np.ndarray]:
    generator = np.random.default_rng(seed)
    return {t.name: generator.uniform(0.3, 1.5, [SIZES[a.name] for a in t.axes]) for t in TENSORS}


@st.composite
def bodies(draw: st.DrawFn, free: tuple[Axis, ...], depth: int = 3) -> Expression:
    """Expressions whose parts have at most two axes: contractions, elementwise products, functions, sums."""
    if depth == 0:
        fitting = [t for t in TENSORS if set(t.axes) <= set(free)]
        tensor = draw(st.sampled_from(fitting))
        return tensor[tensor.axes]
    smaller = bodies(free, depth - 1)
    match draw(
        st.sampled_from(["leaf", "multiply", "multiply", "add", "call", "gate", "contract", "square", "divide"])
    ):
        case "multiply":
            return draw(smaller) * draw(smaller)
        case "add":
            return draw(smaller) - draw(smaller)
        case "call":
            return call(draw(st.sampled_from(["sigmoid", "tanh", "exp"])), draw(smaller))
        case "gate":
            return indicator(">", draw(smaller), number("1/2"))
        case "square":
            return draw(smaller) ** 2
        case "divide":
            return draw(smaller) / (2 + draw(smaller) ** 2)
        case "contract":
            rows = free[:1]
            axis = draw(st.sampled_from([axis for axis in (n, i, j, k) if axis not in free]))
            left = draw(bodies((*rows, axis), depth - 1))
            right = draw(bodies((axis, *free[1:]), depth - 1))
            return summation(left * right, axis)
    return draw(bodies(free, 0))


@settings(max_examples=300)
@given(st.sampled_from([(), (n,), (n, j), (i, j), (j, k)]), st.data(), st.booleans(), st.integers(0, 1000))
def test_matrix_form_has_the_value_of_the_indices(
    axes: tuple[Axis, ...], data: st.DataObject, columns: bool, seed: int
) -> None:
    definition = Definition(Tensor("t", axes), axes, data.draw(bodies(axes)))

    def flipped(tensor: Tensor) -> bool:
        return columns and len(tensor.axes) == 2

    _, right = MatrixForm(flipped).of_definition(definition)
    known = values(seed)
    program = Program(tuple(TENSORS), (definition,), (definition.tensor,))
    expected = np.array(evaluate(program, known)["t"].nested())
    expected = expected.reshape(-1, 1) if expected.ndim < 2 else expected.T if columns else expected
    found = Value(known, flipped).of(right)
    assert found.shape == expected.shape
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("seed", range(125))
def test_sums_and_products_of_plain_parts_always_have_a_matrix_form(seed: int) -> None:
    """The property above would hold for a recogniser that always gives up."""
    MatrixForm().of_definition(Definition(Tensor("t", (n, j)), (n, j), _contraction(seed)))


def _contraction(seed: int) -> Expression:
    x, W, H, b, d = (next(t for t in TENSORS if t.name == name) for name in ("x", "W", "H", "b", "d"))
    parts = [summation(x[n, i] * W[i, j], i), H[n, j], b[j], d[n], call("tanh", H[n, j] * d[n])]
    return parts[seed % 5] * parts[(seed // 5) % 5] + parts[(seed // 25) % 5]


# name, the function in indices, by what, the gradient in matrix form
IDENTITIES = [
    ("linear", "sum(i, a[i]*x[i])", "x", "a"),
    ("linear, scaled", "3*sum(i, a[i]*x[i])", "x", "3a"),
    ("squared norm", "sum(i, x[i]^2)", "x", "2x"),
    ("distance", "sum(i, (x[i]-a[i])^2)", "x", "2(x − a)"),
    ("half distance", "sum(i, (x[i]-a[i])^2)/2", "x", "x − a"),
    ("bilinear", "sum(i, sum(j, a[i]*X[i,j]*b[j]))", "X", "abᵀ"),
    ("bilinear transposed", "sum(i, sum(j, a[j]*X[i,j]*b[i]))", "X", "baᵀ"),
    ("bilinear by the left", "sum(i, sum(j, a[i]*X[i,j]*b[j]))", "a", "Xb"),
    ("bilinear by the right", "sum(i, sum(j, a[i]*X[i,j]*b[j]))", "b", "Xᵀa"),
    ("quadratic form", "sum(d, sum(e, x[d]*A[d,e]*x[e]))", "x", "(A + Aᵀ)x"),
    ("quadratic form by the matrix", "sum(d, sum(e, x[d]*A[d,e]*x[e]))", "A", "xxᵀ"),
    ("quadratic form in the matrix", "sum(j, sum(d, b[d]*X[j,d])*sum(e, X[j,e]*c[e]))", "X", "X(cbᵀ + bcᵀ)"),
    ("trace of a product", "sum(i, sum(j, A[j,i]*X[i,j]))", "X", "Aᵀ"),
    ("inner product", "sum(i, sum(j, A[i,j]*X[i,j]))", "X", "A"),
    ("Frobenius norm", "sum(i, sum(j, X[i,j]^2))", "X", "2X"),
    ("Frobenius distance", "sum(i, sum(j, (X[i,j]-A[i,j])^2))", "X", "2(X − A)"),
    ("least squares", "sum(n, (sum(j, X[n,j]*w[j]) - y[n])^2)", "w", "2Xᵀ(Xw − y)"),
    ("least squares by the data", "sum(n, (sum(j, X[n,j]*w[j]) - y[n])^2)/2", "X", "(Xw − y)wᵀ"),
    ("ridge", "sum(n, (sum(j, X[n,j]*w[j]) - y[n])^2)/2 + c*sum(j, w[j]^2)/2", "w", "Xᵀ(Xw − y) + cw"),
    ("matrix factorisation", "sum(i, sum(j, (T[i,j] - sum(k, U[i,k]*V[j,k]))^2))", "U", "2(UVᵀ − T)V"),
    ("matrix factorisation, right", "sum(i, sum(j, (T[i,j] - sum(k, U[i,k]*V[j,k]))^2))", "V", "2(VUᵀ − Tᵀ)U"),
    ("sum of all", "sum(i, sum(j, X[i,j]))", "X", "𝟏𝟏ᵀ"),
    ("sum of rows by weights", "sum(i, sum(j, a[i]*X[i,j]))", "X", "a𝟏ᵀ"),
    ("elementwise exponential", "sum(i, exp(x[i]))", "x", "exp(x)"),
    ("elementwise logarithm", "sum(i, log(x[i]))", "x", "1/x"),
    ("entropy", "-sum(i, x[i]*log(x[i]))", "x", "−(log(x) + 1)"),
    ("sigmoid sum", "sum(i, sigmoid(x[i]))", "x", "σ(x) ⊙ (1 − σ(x))"),
    ("ReLU sum", "sum(i, relu(x[i]))", "x", "𝟏[x > 0]"),
    ("KL to a normal, log variance", "-sum(j, 1 + t[j] - m[j]^2 - exp(t[j]))/2", "t", "½(exp(t) − 1)"),
    ("KL to a normal, mean", "-sum(j, 1 + t[j] - m[j]^2 - exp(t[j]))/2", "m", "m"),
    ("log-sum-exp", "log(sum(i, exp(x[i])))", "x", "softmax(x)"),
    ("norm", "sqrt(sum(i, x[i]^2))", "x", "x/f"),
    ("product of sums", "sum(i, x[i])*sum(j, b[j])", "x", "(𝟏ᵀb)𝟏"),
    ("one layer", "sum(n, sum(k, tanh(sum(j, X[n,j]*W[j,k]))*v[k]))", "W", "Xᵀ(1 − tanh(XW)^(⊙2)) diag(v)"),
    ("one layer, by the weights above", "sum(n, sum(k, tanh(sum(j, X[n,j]*W[j,k]))*v[k]))", "v", "tanh(XW)ᵀ𝟏"),
]


def tensors_for(text: str) -> dict[str, Tensor]:
    """The tensors whose two indices d and e run over one size, where the text has those."""
    if "e]" not in text:
        return {}
    row, column = Axis("d", 4), Axis("e", 4)
    squares = {"A": (row, column), "x": (row,), "b": (row,), "c": (row,), "X": (Axis("j", 3), row)}
    return {name: Tensor(name, axes) for name, axes in squares.items() if f"{name}[" in text}


def gradient_of(text: str, wrt: str) -> tuple[Program, Definition]:
    """The function as a program, and its gradient with all adjoints written in."""
    expression = read_expression(text, tensors_for(text) or None)
    roles = {t: Role.PARAMETER if t.name == wrt else Role.INPUT for t in expression.tensors}
    declared = {t: Tensor(t.name, t.axes, role) for t, role in roles.items()}
    body = substitute_elements(expression, {old: (old.axes, new[old.axes]) for old, new in declared.items()})
    result = Tensor("f")
    program = Program(tuple(declared.values()), (Definition(result, (), body),), (result,))
    validate(program)
    derivation = derive(program, [wrt])
    gradient = derivation.gradients[wrt]
    return derivation.program, Definition(gradient.tensor, gradient.indices, derivation.closed_form(wrt))


@pytest.mark.parametrize(("name", "text", "wrt", "expected"), IDENTITIES, ids=[row[0] for row in IDENTITIES])
def test_identities_are_derived_and_written_as_in_the_tables(name: str, text: str, wrt: str, expected: str) -> None:
    program, gradient = gradient_of(text, wrt)
    equation = matrix_equation(gradient, names_for(notation_named("plain"), program))
    assert unicode_text(equation.right) == expected


@pytest.mark.parametrize(("name", "text", "wrt", "expected"), IDENTITIES, ids=[row[0] for row in IDENTITIES])
def test_identities_have_the_value_of_dual_numbers(name: str, text: str, wrt: str, expected: str) -> None:
    program, gradient = gradient_of(text, wrt)
    sizes = {"n": 5, "i": 2, "j": 3, "k": 6, "d": 4, "e": 4}
    generator = np.random.default_rng(1)
    known = {
        t.name: generator.uniform(0.3, 1.5, [sizes[a.size] if isinstance(a.size, str) else a.size for a in t.axes])
        for t in program.declared
    }
    truth = jacobian_by_dual_numbers(program.needed_for(program.tensor("f")), known, wrt, "f")
    whole = Program(program.declared, (*program.definitions[:1], gradient), (gradient.tensor,))
    assert evaluate(whole, known)[gradient.tensor.name].numbers == pytest.approx(truth.numbers, rel=1e-12)


NETWORK = Network(NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce"))


@pytest.mark.parametrize("notation", ["plain", "sheet", "bracket", "delta", "bishop", "nabla"])
@pytest.mark.parametrize("batch", [True, False], ids=["batch", "sample"])
def test_networks_and_their_gradients(notation: str, batch: bool, golden: Callable[[str, str], None]) -> None:
    program = derive(NETWORK.program if batch else NETWORK.sample_program).program
    text = "\n".join(write_program(program, notation, "matrix", to) for to in ("unicode", "latex"))
    golden(f"writing/matrix/{notation}-{'batch' if batch else 'sample'}.txt", text + "\n")


def test_bracket_notation_is_the_one_of_the_course() -> None:
    text = write_program(derive(NETWORK.program).program, "bracket", "matrix", "latex")
    for equation in (
        r"Z^{[1]} &= W^{[1]}X + b^{[1]}",
        r"dW^{[1]} &= dZ^{[1]}X^\top",
        r"dZ^{[1]} &= W^{[2]\top}dZ^{[2]} \odot \mathbf{1}[Z^{[1]} > 0]",
    ):
        assert equation in text


def test_what_has_no_matrix_form_is_written_in_indices() -> None:
    position, tap, out = Axis("m", 7), Axis("a", 3), Axis("t", 5)
    x, weights = Tensor("x", (position,)), Tensor("k", (tap,))
    y = Definition(Tensor("y", (out,)), (out,), summation(x[as_index(out) + tap] * weights[tap], tap))
    assert latex(matrix_equation(y, names_for(notation_named("plain"), y.body))).startswith("y_t = \\sum")
    assert latex(matrix_box(y.body, names_for(notation_named("plain"), y.body))).startswith("\\sum")


def test_deep_nesting_takes_no_longer_for_every_level() -> None:
    """Both ways to write every level are tried; sixty levels would take centuries if each were tried in all of them."""
    body: Expression = Tensor("x", (n, j))[n, j]
    for _ in range(60):
        body = call("tanh", 2 * body)
    _, right = MatrixForm().of_definition(Definition(Tensor("t", (n, j)), (n, j), body))
    deep = 0
    while isinstance(right, Applied | Scaled):
        deep, right = deep + isinstance(right, Applied), right.body
    assert deep == 60


def test_sums_that_would_change_places_for_ever_have_no_matrix_form() -> None:
    m = Axis("m", 6)
    inner = summation(Tensor("B", (i, j, k, m))[i, j, k, m], m)
    body = summation(Tensor("A", (i, j, k))[i, j, k] * inner, j)
    with pytest.raises(NoMatrixFormError, match="change places"):
        MatrixForm().fitted(body, i, k)
