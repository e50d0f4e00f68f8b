"""Derivations: what is on the page, in which order, and that every line of it is true."""

from __future__ import annotations

import pytest

from chalkgrad.calculus import derive
from chalkgrad.errors import UnknownNameError
from chalkgrad.networks import NetworkSpec, build
from chalkgrad.notation import NOTATIONS
from chalkgrad.writing.boxes import Aligned, children
from chalkgrad.writing.derivation import derivation_lines, write_derivation
from chalkgrad.writing.document import derivation_document
from chalkgrad.writing.latex import latex
from chalkgrad.writing.unicode import unicode_text
from writing.written_programs import BATCH, PROGRAMS, SOFTMAX, WORKSHEET

BY_CHAIN = ["chain rule", "factors", "substitute", "result", "in terms of adjoints"]


def test_with_one_way_down_the_factors_are_written_out() -> None:
    lines = derivation_lines(derive(WORKSHEET), ["W2"], "sheet")["W2"]
    assert [line.rule for line in lines] == BY_CHAIN
    chain = r"\frac{\partial L}{\partial\hat{y}} \cdot \frac{\partial\hat{y}}{\partial\mathrm{out}}"
    assert latex(lines[0].box).startswith(rf"\frac{{\partial L}}{{\partial v_j}} = {chain}")
    assert latex(lines[3].box) == r"\frac{\partial L}{\partial v_j} = (\hat{y} - y)h_j"


def test_a_batch_sums_over_its_samples() -> None:
    lines = derivation_lines(derive(BATCH), ["b2"], "plain")["b2"]
    assert [line.rule for line in lines] == BY_CHAIN
    assert unicode_text(lines[0].box).startswith("∂L/∂b⁽²⁾ = Σₙ₌₁ᴺ ∂L/∂ℓₙ · ∂ℓₙ/∂ŷₙ")


def test_units_of_the_layers_above_are_summed_over() -> None:
    deep = build(NetworkSpec((2, 3, 4, 2), ("tanh", "tanh", "identity"), "mse"), batch=False)
    lines = derivation_lines(derive(deep), ["W1"], "plain")["W1"]
    assert "Σₖ₌₁⁴" in unicode_text(lines[0].box)
    assert "Σₚ₌₁²" in unicode_text(lines[0].box)
    assert "Σⱼ" not in unicode_text(lines[0].box)


def test_with_several_ways_each_derivative_is_worked_out_once() -> None:
    gradients = derivation_lines(derive(SOFTMAX))
    left_sides = []
    for lines in gradients.values():
        for line in lines:
            first = line.box.lines[0] if isinstance(line.box, Aligned) else line.box
            left_sides.append(unicode_text(children(first)[0]))
    assert len(set(left_sides)) == len(left_sides)
    assert left_sides[-1] == "∂L/∂b⁽²⁾ₖ"
    rules = [line.box.lines[-1].remark for line in gradients["W1"] if isinstance(line.box, Aligned)]
    assert "cancel" in rules


def test_a_deep_network_is_written_in_lines_that_grow_with_its_depth_only() -> None:
    depth = 30
    deep = build(NetworkSpec((2,) + (3,) * depth + (1,), ("tanh",) * depth + ("sigmoid",), "bce"), batch=False)
    written = write_derivation(derive(deep))
    assert len(written) < 1000 * depth


@pytest.mark.parametrize("to", ["latex", "mathml", "unicode", "text"])
@pytest.mark.parametrize("form", ["scalar", "index"])
@pytest.mark.parametrize("notation", NOTATIONS)
def test_every_notation_form_and_output(notation: str, form: str, to: str) -> None:
    for program in (WORKSHEET, SOFTMAX):
        gradients = derive(program)
        written = write_derivation(gradients, None, notation, form, to)
        assert written.count("And so:") + written.count("Simplified:") == len(gradients.gradients)


def test_wrong_names_are_answered() -> None:
    derivation = derive(WORKSHEET)
    with pytest.raises(UnknownNameError, match="did you mean 'latex'"):
        write_derivation(derivation, to="latec")
    with pytest.raises(UnknownNameError, match="did you mean 'scalar'"):
        write_derivation(derivation, form="scalor")
    with pytest.raises(UnknownNameError, match="there is no gradient 'W9'"):
        write_derivation(derivation, ["W9"])


@pytest.mark.parametrize("name", ["worksheet", "softmax", "batch"])
def test_a_document_is_plain_ascii_and_complete(name: str) -> None:
    text = derivation_document(derive(PROGRAMS[name]), "plain")
    assert text.isascii()
    for environment in ("document", "align*"):
        assert text.count(rf"\begin{{{environment}}}") == text.count(rf"\end{{{environment}}}") > 0
    assert "aligned" not in text
