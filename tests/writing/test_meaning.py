"""What is written means what was meant: random expressions, read by an independent reader, keep their value."""

from __future__ import annotations

import math
import re
import unicodedata
from itertools import product
from xml.etree import ElementTree

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalkgrad.language import (
    FUNCTIONS,
    Axis,
    Call,
    Element,
    Expression,
    Role,
    Tensor,
    as_index,
    evaluate_expression,
    number,
    power,
    summation,
)
from chalkgrad.notation import NOTATIONS, notation_named
from chalkgrad.writing.equations import write_expression
from chalkgrad.writing.latex import latex
from chalkgrad.writing.names import Names, names_for
from chalkgrad.writing.scalar_form import LONGEST_SUM, written_out
from strategies import I, J, expressions, values_for
from writing.latex_values import LatexValues

TENSORS = [Tensor("w", (I,), Role.PARAMETER), Tensor("V", (I, J), Role.PARAMETER), Tensor("c", (), Role.PARAMETER)]
CALLED = {
    row.latex: (lambda value, name=row.name: float(evaluate_expression(Call(name, number(value)), {})))
    for row in FUNCTIONS.values()
    if row.style in ("call", "exponential")
}
scalars = expressions(TENSORS, (), depth=4)


def elements(names: Names, values: dict[str, object]) -> dict[str, float]:
    """Every element of the tensors as it is spelled, with its value."""
    every = [Element(t, tuple(map(as_index, at))) for t in TENSORS for at in product(*map(range, t.shape))]
    return {latex(names.element(element)): float(evaluate_expression(element, values)) for element in every}


@given(scalars, st.integers(0, 100), st.sampled_from(sorted(NOTATIONS)))
def test_the_scalar_form_has_the_value_of_the_expression(expression: Expression, seed: int, notation: str) -> None:
    values = values_for(seed)
    try:
        expected = float(evaluate_expression(expression, values))
    except (OverflowError, ArithmeticError):
        assume(False)
    assume(math.isfinite(expected) and abs(expected) < 1e12)
    names = names_for(notation_named(notation), expression)
    written = write_expression(expression, notation, "scalar", "latex")
    found = LatexValues(elements(names, values), CALLED).value(written)
    assert found == pytest.approx(expected, rel=1e-7, abs=1e-9), written


@given(scalars, st.integers(0, 100))
def test_writing_sums_out_keeps_the_value(expression: Expression, seed: int) -> None:
    values = values_for(seed)
    expected = float(evaluate_expression(expression, values))
    assert float(evaluate_expression(written_out(expression), values)) == pytest.approx(expected, rel=1e-9, abs=1e-12)


def is_balanced(text: str) -> bool:
    """Whether braces match, and every \\left has its \\right."""
    depth = 0
    for brace in re.findall(r"(?<!\\)[{}]", text):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            return False
    return depth == 0 and text.count(r"\left") == text.count(r"\right")


@given(expressions(TENSORS, (I, J), depth=4), st.sampled_from(["scalar", "index"]), st.sampled_from(sorted(NOTATIONS)))
def test_every_output_is_well_formed(expression: Expression, form: str, notation: str) -> None:
    tex = write_expression(expression, notation, form, "latex")
    assert is_balanced(tex), tex
    assert not re.search(r"[-+] *[-+]|\( *\)|\{\}|1 \\cdot", tex), tex
    root = ElementTree.fromstring(write_expression(expression, notation, form, "mathml"))
    arity = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "mover": 2, "munderover": 3}
    for node in root.iter():
        name = node.tag.rpartition("}")[2]
        assert len(node) == arity.get(name, len(node)), name
        assert name not in ("mi", "mn") or node.text
    line = write_expression(expression, notation, form, "unicode")
    assert line == line.strip()
    assert "\n" not in line
    assert root.get("alttext") == line
    assert all(unicodedata.category(character) != "Cc" for character in line)


@pytest.mark.parametrize("row", FUNCTIONS.values(), ids=lambda row: row.name)
def test_every_function_of_the_table_can_be_written(row: object) -> None:
    z = Tensor("z")[()]
    for order in (0, 1, 4):
        call = Call(row.name, z, order)  # type: ignore[attr-defined]
        assert is_balanced(write_expression(call))
        ElementTree.fromstring(write_expression(call, to="mathml"))
        assert write_expression(call, to="unicode").endswith(("z)", "z|", "z", "z²", "ᶻ"))


def test_long_sums_are_cut_short() -> None:
    i = Axis("i", LONGEST_SUM + 1)
    total = summation(Tensor("x", (i,))[i], i)
    assert write_expression(total, form="scalar") == r"x_1 + x_2 + \cdots + x_7"
    assert write_expression(power(total, 2), form="scalar") == r"(x_1 + x_2 + \cdots + x_7)^2"


def test_sums_in_sums_do_not_explode() -> None:
    axes = [Axis(name, 6) for name in "ijkpqr"]
    x = Tensor("x", tuple(axes))
    total = summation(x[tuple(axes)], *axes)
    written = write_expression(total, form="scalar")
    assert len(written) < 2000
    assert written.startswith(r"\sum_{i=1}^{6} \sum_{j=1}^{6}")
    assert "x_{ijkp11} + x_{ijkp12}" in written
