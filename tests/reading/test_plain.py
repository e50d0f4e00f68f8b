"""Plain text: what the language prints is read back; what people type is read sensibly; the rest is refused clearly."""

from __future__ import annotations

import re
from contextlib import suppress
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from chalkgrad.errors import ChalkgradError, ReadingError, UnknownNameError
from chalkgrad.language import (
    FUNCTIONS,
    PI,
    Axis,
    Call,
    Definition,
    Delta,
    Expression,
    IndexValue,
    Max,
    Program,
    Role,
    SizeOf,
    Sum,
    Tensor,
    add,
    as_index,
    evaluate,
    indicator,
    multiply,
    number,
    power,
    program_text,
    same,
)
from chalkgrad.page.limits import LONGEST_NUMBER
from chalkgrad.reading.plain import read_expression
from chalkgrad.reading.programs import read_function, read_program

AXIS_I, J, N = Axis("i", 3), Axis("j", 2), Axis("n", "n")
X, Y = Tensor("x", (AXIS_I,), Role.INPUT), Tensor("y", (), Role.TARGET)
W, Z = Tensor("W", (AXIS_I, J), Role.PARAMETER), Tensor("z", (N, J), Role.INPUT)
TENSORS = {tensor.name: tensor for tensor in (X, Y, W, Z)}


def _indices(axis: Axis) -> st.SearchStrategy[object]:
    plain = st.just(as_index(axis))
    affine = st.builds(lambda a, k, c: as_index(axis) * a + as_index(AXIS_I) * k + c, *[st.integers(-3, 3)] * 3)
    affine = affine.filter(lambda index: index.axis is None or index.axis.size == axis.size)
    return st.one_of(plain, plain, affine, st.integers(0, 4).map(as_index))


def _elements() -> st.SearchStrategy[Expression]:
    return st.one_of(
        *(
            st.tuples(*(_indices(axis) for axis in tensor.axes)).map(lambda found, tensor=tensor: tensor[found])
            for tensor in TENSORS.values()
        )
    )


def _leaves() -> st.SearchStrategy[Expression]:
    numbers = st.one_of(
        st.integers(-20, 20).map(number),
        st.fractions(-3, 3, max_denominator=500).map(number),
        st.decimals(-2, 2, places=7).map(lambda value: number(Fraction(value))),
    )
    others = st.sampled_from(
        [PI, SizeOf("n"), IndexValue(as_index(AXIS_I) + 1), Delta(as_index(J), as_index(AXIS_I) - 1)]
    )
    return st.one_of(numbers, others, _elements(), _elements())


def _larger(inner: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    functions = st.sampled_from(sorted(set(FUNCTIONS) - {"identity"}))
    comparisons = st.sampled_from([">", ">=", "<", "<=", "=", "!="])
    exponents = st.one_of(st.integers(-3, 70).map(number), st.sampled_from([number("1/2"), number("-3/2")]), inner)
    axes = st.sampled_from([AXIS_I, J, N])
    return st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(lambda terms: add(*terms)),
        st.lists(inner, min_size=2, max_size=4).map(lambda factors: multiply(*factors)),
        st.tuples(inner, exponents).filter(lambda pair: not _huge(*pair)).map(lambda pair: power(*pair)),
        st.builds(Call, functions, inner, st.integers(0, 2)),
        st.builds(Sum, inner, axes),
        st.builds(Max, inner, axes),
        st.builds(indicator, comparisons, inner, inner),
    )


def _huge(base: Expression, exponent: Expression) -> bool:
    from chalkgrad.page.limits import power_bits

    return power_bits(base, exponent) > 500


EXPRESSIONS = st.recursive(_leaves(), _larger, max_leaves=12)


@settings(max_examples=400, deadline=None)
@given(EXPRESSIONS)
def test_what_the_language_prints_is_read_back(expression: Expression) -> None:
    assume(not re.search(rf"\d{{{LONGEST_NUMBER}}}", str(expression)))
    assert same(read_expression(str(expression), TENSORS), expression), str(expression)


@settings(max_examples=150, deadline=None)
@given(st.lists(EXPRESSIONS, min_size=1, max_size=3))
def test_printed_programs_are_read_back(bodies: list[Expression]) -> None:
    declared, definitions = (X, Y, W, Z), []
    for place, body in enumerate(bodies):
        free = tuple(sorted(body.free, key=lambda axis: axis.name))
        definitions.append(Definition(Tensor(f"v{place}", free), free, body))
    program = Program(declared, tuple(definitions), (definitions[-1].tensor,))
    assume(not re.search(rf"\d{{{LONGEST_NUMBER}}}", program_text(program)))
    read = read_program(program_text(program))
    assert read.declared == program.declared
    assert read.results == program.results
    for before, after in zip(program.definitions, read.definitions, strict=True):
        assert (after.tensor, after.indices) == (before.tensor, before.indices)
        assert same(after.body, before.body)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("(1-x^3) + 100*(y^2-x)^2", "1 - x^3 + 100*(y^2 - x)^2"),
        ("x**2", "x^2"),
        ("2x y", "2*x*y"),
        ("2x(y+1)^2", "2*x*(y + 1)^2"),
        ("x(1-x) + x", "x*(1 - x) + x"),
        ("(a)(b)", "a*b"),
        ("x²y⁻¹", "x^2/y"),
        ("3·x × y ⋅ z − w", "3*x*y*z - w"),
        ("√(1+z²)", "sqrt(1 + z^2)"),
        ("√x y", "sqrt(x)*y"),
        ("2π r", "2*pi*r"),
        ("σ(z) + sigma(z) + logistic(z)", "3*sigmoid(z)"),
        ("ReLU(z)", "relu(z)"),
        ("ReLU'(z)", "relu'(z)"),
        ("max(0, x)", "relu(x)"),
        ("max(x, 0)", "relu(x)"),
        ("min(x, 0)", "-relu(-x)"),
        ("max(a, b)", "[a > b]*a + [a <= b]*b"),
        ("max(i, x[i])", "max(i, x[i])"),
        ("|x|", "abs(x)"),
        ("2|x||y|", "2*abs(x)*abs(y)"),
        ("|x - |y||", "abs(x - abs(y))"),
        ("|i|*sum(i, x[i])", "|i|*sum(i, x[i])"),
        ("-x^2", "-x^2"),
        ("x^-1y", "y/x"),
        ("x^y^z", "x^(y^z)"),
        ("--x", "x"),
        ("e^(-x)", "exp(-x)"),
        ("ln(x)", "log(x)"),
        ("1e-3*x", "x/1000"),
        ("1/2 x", "x/2"),
        ("ŷ - y", "yhat - y"),
        ("x₁ w₁₁", "x1*w11"),
        ("[z ≥ 0]*z", "[z >= 0]*z"),
        ("sum(i, j, X[i,j])", "sum(i, sum(j, X[i,j]))"),
        ("∑(k, x[k+1])", "sum(k, x[k+1])"),
        ("sum(i, log(1+exp(-t[i]*sum(j, X[i,j]*w[j]))))", "sum(i, log(1 + exp(-t[i]*sum(j, X[i,j]*w[j]))))"),
    ],
)
def test_what_people_type(typed: str, meant: str) -> None:
    assert str(read_expression(typed)) == meant


def test_free_names_get_axes_from_their_indices() -> None:
    expression = read_expression("sum(i, X[i,j]*w[i])")
    (axis,) = expression.free
    assert (axis.name, axis.size) == ("j", "j")
    read = read_expression("sum(k, x[k])", {"x": X})
    assert isinstance(read, Sum)
    assert read.axis is Axis("k", 3)


@pytest.mark.parametrize(
    ("text", "line", "column", "expected"),
    [
        ("x + )", 1, 5, "a number, a name or a bracket"),
        ("x +", 1, 4, "a number, a name or a bracket"),
        ("x\n + (y", 2, 6, ")"),
        ("", 1, 1, "a number, a name or a bracket"),
        ("x & y", 1, 3, "a number, a name or a bracket"),
        ("2 3", 1, 3, "* between them"),
        ("1/2x", 1, 3, "brackets around the denominator"),
        ("sum(i, i)", 1, 8, "index(i), which counts from 0, for the position as a number"),
        ("x[i] + x", 1, 8, "x[i]"),
        ("x[i,j] + x[i]", 1, 10, "one index for each axis"),
        ("x[i/2]", 1, 4, "+ or - or ] or a comma"),
        ("x[2/i]", 1, 4, "whole multiples of index names"),
        ("|x", 1, 3, "|"),
        ("1/0", 1, 1, ""),
        ("9^9^9^9", 1, 3, ""),
        ("(((9^64)^64)^64)^64", 1, 3, ""),
        ("(" * 300, 1, 201, ""),
        ("1e9999999", 1, 1, "at most 64"),
        ("7" * 100, 1, 1, "at most 64"),
        ("x" * 30_000, 1, 1, "at most 20000"),
    ],
)
def test_refusals_say_where_and_what_was_expected(text: str, line: int, column: int, expected: str) -> None:
    with pytest.raises(ReadingError) as caught:
        read_expression(text)
    found = caught.value
    assert (found.line, found.column) == (line, column)
    assert expected in found.expected


@pytest.mark.parametrize("opening", ["sin(", "(x^", "|", "[x > ", "√(", "sum(i,"])
def test_deep_nesting_is_refused(opening: str) -> None:
    closing = {"|": "|", "[x > ": "]"}.get(opening, ")")
    with pytest.raises(ReadingError, match="nested"):
        read_expression(opening * 190 + "x" + closing * 190)


def test_long_chains_are_refused() -> None:
    with pytest.raises(ReadingError, match="nested too deeply"):
        read_expression("x^" * 5000 + "x")
    assert str(read_expression("-" * 5000 + "x")) == "x"


def test_unknown_functions_and_names_are_named_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'sigmoid'"):
        read_expression("sigmoyd(x)")
    with pytest.raises(UnknownNameError, match="no function 'f'"):
        read_expression("f(x) + 1")
    with pytest.raises(UnknownNameError, match="did you mean 'width'"):
        read_expression("widht + 1", {"width": Tensor("width")})


def test_functions_declare_their_names_in_order() -> None:
    program = read_function("(1-x^3) + 100*(y^2-x)^2")
    assert [tensor.name for tensor in program.declared] == ["x", "y"]
    assert evaluate(program, {"x": 2.0, "y": 1.0})["f"].numbers == [93.0]
    named = read_function("g(b, a) = a^2 + b")
    assert [tensor.name for tensor in named.declared] == ["b", "a"]
    assert named.result.name == "g"
    with pytest.raises(ReadingError, match="the index i is neither summed nor fixed"):
        read_function("x[i] + 1")


def test_programs_say_which_line_is_wrong() -> None:
    with pytest.raises(ReadingError) as caught:
        read_program("axis i: 3\ninput x[i]\ny = x[i] + + *\nresult y")
    assert (caught.value.line, caught.value.column) == (3, 14)
    with pytest.raises(ReadingError, match="the index i is not bound"):
        read_program("axis i: 3\ninput x[i]\ny = x[i]")
    with pytest.raises(ReadingError, match="defined twice"):
        read_program("y = 1\ny = 2")
    with pytest.raises(ReadingError, match="an axis of size 0"):
        read_program("axis i: 0\ny = 1")


def test_programs_keep_assumptions_and_adjoints() -> None:
    text = "input x\nassume x = 1  # the targets sum to one\nL = x^2\ndL_dx = 2*x\nresult dL_dx"
    program = read_program(text)
    assert program_text(program) == text
    assert program.result == Tensor("dL_dx", (), Role.ADJOINT, "L", "x")


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.text(max_size=60), st.text(alphabet="xyij012()[]|+-*/^,.'<>= √²σe", max_size=60)))
def test_any_text_is_read_or_refused(text: str) -> None:
    for read in (read_expression, read_function, read_program):
        with suppress(ChalkgradError):
            read(text)
