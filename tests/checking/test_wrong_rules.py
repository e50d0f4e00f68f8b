"""Each wrong rule of differentiation is named where it was applied; SymPy says what the right derivative is."""

from __future__ import annotations

import pytest
import sympy

from chalkgrad.checking import CATALOGUE, Judgement, Truth, judge, whole
from chalkgrad.checking.edits import no_edits
from chalkgrad.reading.scalar_functions import read_latex_function

# kind, f, what was claimed of its derivative by x
SLIPS = [
    ("product_rule", r"x^2 \sin x", r"2x \sin x"),
    ("product_rule", r"x^2 \sin x", r"x^2 \cos x"),
    ("product_rule", r"x^2 \sin x", r"2x \cos x"),
    ("product_rule", r"x^2 \exp(x) \sin x", r"2x \exp(x) \sin x"),
    ("quotient_rule", r"\frac{x}{1 + x^2}", r"\frac{1 + x^2 + 2x^2}{(1 + x^2)^2}"),
    ("quotient_rule", r"\frac{x}{1 + x^2}", r"\frac{1 - x^2}{1 + x^2}"),
    ("quotient_rule", r"\frac{x}{1 + x^2}", r"1 - x^2"),
    ("quotient_rule", r"\frac{\sin x}{x^2}", r"\frac{\cos x}{2x}"),
    ("quotient_rule", r"\frac{\sin x}{x^2 + 1}", r"\frac{\cos x}{x^2 + 1}"),
    ("quotient_rule", r"\frac{1}{x^2 + x}", r"\frac{1}{2x + 1}"),
    ("power_rule", r"x^4 + x", r"4x^4 + 1"),
    ("power_rule", r"\frac{1}{x^2} + x", r"1 - \frac{2}{x}"),
    ("exponent_not_in_front", r"x^4 + x", r"x^3 + 1"),
    ("factor_of_two", r"x + \sin(x)^2", r"1 + \sin(x)\cos(x)"),
    ("factor_of_two", r"x + \sqrt{x^2 + 1}", r"1 + \frac{2x}{\sqrt{x^2 + 1}}"),
    ("inner_derivative_missing", r"\exp(-x^2)", r"\exp(-x^2)"),
    ("inner_derivative_missing", r"(3x - 1)^2", r"2(3x - 1)"),
    ("log_inner_derivative", r"\log(1 + x^2)", r"\frac{1}{1 + x^2}"),
    ("log_inner_derivative", r"x + \log(\cos x)", r"1 + \frac{1}{\cos x}"),
    ("derivative_put_inside", r"\sin(x^2)", r"\cos(2x)"),
    ("derivative_put_inside", r"\log(x^3 + x)", r"\frac{1}{3x^2 + 1}"),
    ("outer_derivative_missing", r"x + \exp(\sin x)", r"1 + \cos x"),
    ("function_for_derivative", r"x + \cos(2x)", r"1 + 2\cos(2x)"),
    ("power_rule_on_exponential", r"\exp(3x)", r"3x \exp(3x - 1)"),
    ("power_rule_on_exponential", r"2^x", r"x 2^{x - 1}"),
    ("constant_kept", r"x^2 + y^2", r"2x + y^2"),
    ("constant_factor_lost", r"3 y x^2 + x", r"6x + 1"),
    ("term_missing", r"x^3 + \sin x + \exp(x)", r"3x^2 + \exp(x)"),
    ("wrong_variable", r"x^2 y + \exp(y)", r"x^2 + \exp(y)"),
]


def judged(formula: str, claim: str) -> Judgement:
    program = read_latex_function(f"f(x, y) = {formula}")
    claimed = read_latex_function(f"g(x, y) = {claim}").definitions[0].body
    return judge(Truth(program), whole(program.tensor("x")), claimed)


@pytest.mark.parametrize(("kind", "formula", "claim"), SLIPS, ids=[f"{kind}: {claim}" for kind, _, claim in SLIPS])
def test_each_wrong_rule_is_named(kind: str, formula: str, claim: str) -> None:
    found = judged(formula, claim)
    assert found.verdict == "wrong"
    assert [slip.kind for slip in found.slips] == [kind], found.reason
    assert found.difference is not None
    assert all(slip.hint and slip.message and "{" not in slip.message for slip in found.slips)


@pytest.mark.parametrize("formula", sorted({formula for _, formula, _ in SLIPS}))
def test_what_is_shown_as_mended_is_the_derivative(formula: str) -> None:
    """The derivative that SymPy finds, written by it, is accepted; so no wrong rule gives what is right."""
    x, y = sympy.symbols("x y")
    program = read_latex_function(f"f(x, y) = {formula}")
    body = str(program.definitions[0].body).replace("^", "**")
    right = sympy.latex(sympy.diff(sympy.sympify(body, {"x": x, "y": y}), x), ln_notation=True)
    assert judged(formula, right).verdict == "right", right


def test_every_wrong_rule_of_the_catalogue_has_its_case() -> None:
    rules = {row.kind for row in CATALOGUE if row.edits is no_edits and row.misderive is not None}
    assert rules
    assert rules <= {kind for kind, *_ in SLIPS}
    told_by_the_writing = {row.kind for row in CATALOGUE if row.edits is no_edits and row.misderive is None}
    assert told_by_the_writing == {"link_missing", "product_not_elementwise", "elementwise_not_product"}


TWICE = [
    (["product_rule", "sign_flipped"], r"x^2 \sin x", r"-2x \sin x"),
    (["log_inner_derivative", "power_rule"], r"\log(1 + x^2) + x^4", r"\frac{1}{1 + x^2} + 4x^4"),
]


@pytest.mark.parametrize(("kinds", "formula", "claim"), TWICE)
def test_two_slips_of_which_one_is_a_wrong_rule(kinds: list[str], formula: str, claim: str) -> None:
    assert sorted(slip.kind for slip in judged(formula, claim).slips) == kinds


def test_a_wrong_rule_that_is_applied_everywhere_is_one_mistake() -> None:
    found = judged(r"\exp(2x) + \sin(3x)", r"\exp(2x) + \cos(3x)")
    assert [slip.kind for slip in found.slips] == ["inner_derivative_missing"]
    assert "exp(2x)" in found.reason
    assert "sin(3x)" in found.reason
