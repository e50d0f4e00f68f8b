"""How tensors, their elements and their derivatives are called in each notation: a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalkgrad.calculus import derive
from chalkgrad.language import Axis, Element, Program, Role, Tensor, as_index
from chalkgrad.networks import NetworkSpec, build
from chalkgrad.notation import NOTATIONS, notation_named
from chalkgrad.writing.equations import write_definition
from chalkgrad.writing.latex import latex
from chalkgrad.writing.lettering import lettered
from chalkgrad.writing.names import Names, names_for
from chalkgrad.writing.unicode import unicode_text
from writing.written_programs import BATCH, WORKSHEET

GRADIENTS = derive(WORKSHEET).program
BATCH_GRADIENTS = derive(BATCH).program

ELEMENTS = [
    # notation, program, tensor, element, whole
    ("plain", WORKSHEET, "W1", "w^{(1)}_{ij}", "W^{(1)}"),
    ("sheet", WORKSHEET, "W1", "w_{ij}", "W"),
    ("sheet", WORKSHEET, "W2", "v_j", "V"),
    ("sheet", WORKSHEET, "b2", "c_k", "c"),
    ("sheet", WORKSHEET, "z1", r"\mathrm{out}'_j", r"\mathrm{out}'"),
    ("sheet", WORKSHEET, "z2", r"\mathrm{out}", r"\mathrm{out}"),
    ("sheet", WORKSHEET, "h1", "h_j", "h"),
    ("sheet", WORKSHEET, "yhat", r"\hat{y}", r"\hat{y}"),
    ("bracket", WORKSHEET, "W1", "w^{[1]}_{ji}", "W^{[1]}"),
    ("bracket", WORKSHEET, "b2", "b^{[2]}", "b^{[2]}"),
    ("bracket", BATCH, "h1", "a^{[1](s)}_j", "A^{[1]}"),
    ("bracket", BATCH, "x", "x^{(s)}_i", "X"),
    ("bracket", WORKSHEET, "L", "J", "J"),
    ("delta", WORKSHEET, "W1", "w^1_{ji}", "w^1"),
    ("delta", WORKSHEET, "yhat", "a^2", "a^2"),
    ("delta", BATCH, "h1", "a^{s,1}_j", "A^1"),
    ("bishop", WORKSHEET, "z1", "a^{(1)}_j", "a^{(1)}"),
    ("bishop", WORKSHEET, "h1", "z^{(1)}_j", "z^{(1)}"),
    ("bishop", BATCH, "y", "t_n", "T"),
    ("bishop", BATCH, "l", "E_n", "E"),
    ("nabla", WORKSHEET, "W1", "W_{1,ij}", "W_1"),
    ("plain", GRADIENTS, "dL_dW1", r"\frac{\partial L}{\partial w^{(1)}_{ij}}", r"\frac{\partial L}{\partial W^{(1)}}"),
    ("sheet", GRADIENTS, "dL_dW2", r"\frac{\partial L}{\partial v_j}", r"\frac{\partial L}{\partial V}"),
    ("bracket", GRADIENTS, "dL_dW1", "dw^{[1]}_{ji}", "dW^{[1]}"),
    ("bracket", BATCH_GRADIENTS, "dL_dz1", "dz^{[1](s)}_j", "dZ^{[1]}"),
    ("delta", GRADIENTS, "dL_dz1", r"\delta^1_j", r"\delta^1"),
    ("delta", BATCH_GRADIENTS, "dL_dz1", r"\delta^{s,1}_j", r"\delta^1"),
    ("bishop", GRADIENTS, "dL_dz2", r"\delta^{(2)}", r"\delta^{(2)}"),
    ("nabla", GRADIENTS, "dL_dW1", r"\frac{\partial L}{\partial W_{1,ij}}", r"\nabla_{W_1}L"),
]


@pytest.mark.parametrize(("notation", "program", "name", "element", "whole"), ELEMENTS)
def test_a_tensor_in_a_notation(notation: str, program: Program, name: str, element: str, whole: str) -> None:
    names = names_for(notation_named(notation), program)
    tensor = program.tensor(name)
    assert latex(names.element(tensor[tensor.axes])) == element
    assert latex(names.whole(tensor)) == whole


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("alpha", "α"),
        ("Omega", "Ω"),
        ("yhat", "ŷ"),
        ("y_hat", "ŷ"),
        ("alphabar", "ᾱ"),
        ("x1", "x₁"),
        ("theta_0", "θ₀"),
        ("w_12", "w₁₂"),
        ("learning_rate", "learningᵣₐₜₑ"),
        ("out'", "out′"),
        ("x''", "x′′"),
        ("what", "ŵ"),
        ("output", "output"),
        ("α", "α"),
        ("αhat", "α̂"),
        ("chat", "ĉ"),
        ("_", "_"),
        ("learning_schedule", "learning_(schedule)"),
        ("a__b", "a_b"),
        ("ß", "ß"),
    ],
)
def test_a_name_is_lettered(name: str, expected: str) -> None:
    plain = Names(notation_named("plain"))
    assert unicode_text(plain.element(Tensor(name)[()])) == expected
    assert lettered(name)[0]


def test_indices_are_parted_by_commas_where_they_could_be_misread() -> None:
    small, large = Axis("i", 9), Axis("j", 10)
    i = as_index(small)
    names = Names(notation_named("plain"))
    x, y = Tensor("x", (small, small)), Tensor("y", (small, large))
    assert latex(names.element(x[0, 8])) == "x_{19}"
    assert latex(names.element(y[0, 8])) == "y_{1,9}"
    assert latex(names.element(y[small, large])) == "y_{ij}"
    assert latex(names.element(x[i + 1, 2 * i - 1])) == "x_{i+1,2i-2}"


def test_second_derivatives() -> None:
    second = derive(GRADIENTS, wrt=["b2"], of="dL_dW2").program
    tensor = second.result
    names = names_for(notation_named("sheet"), second)
    written = latex(names.element(Element(tensor, tuple(as_index(axis) for axis in tensor.axes))))
    assert written == r"\frac{\partial^2L}{\partial c_k\partial v_j}"


def test_a_single_layer_has_no_number() -> None:
    single = build(NetworkSpec((2, 1), ("sigmoid",), "bce"), batch=False)
    assert write_definition(single.definition("z1"), "sheet", "scalar", "latex", single) == (
        r"\mathrm{out} = x_1w_1 + x_2w_2 + b_1"
    )
    for notation in NOTATIONS:
        assert "^" not in write_definition(single.definition("z1"), notation, "scalar", "latex", single)


def test_where_the_depth_is_not_known_every_layer_has_its_number() -> None:
    yhat = WORKSHEET.definition("yhat")
    assert write_definition(yhat, "delta") == r"a^L = \sigma(z^2)"
    assert write_definition(yhat, "sheet") == r"\hat{y} = \sigma(\mathrm{out}^{(2)})"


def test_a_derivative_whose_tensors_are_not_known_is_written_from_its_name() -> None:
    j = Axis("j", 3)
    adjoint = Tensor("dL_dz1", (j,), Role.ADJOINT, "L", "z1")
    assert latex(Names(notation_named("delta")).element(adjoint[j])) == r"\delta^1_j"
    assert latex(Names(notation_named("plain")).element(adjoint[j])) == r"\frac{\partial L}{\partial z^{(1)}_j}"


def test_single_tensors_are_spelled_as_the_notation_says() -> None:
    own = replace(notation_named("sheet"), names={"c": "c_1", "hidden": "H"})
    assert latex(Names(own).element(Tensor("c")[()])) == "c_1"
    assert latex(Names(own).whole(Tensor("hidden"))) == "H"
