"""Worksheets: the network that the equations define, what is claimed, what was guessed, what could not be read."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.language import Axis, Role, evaluate, evaluate_expression, jacobian_by_dual_numbers
from chalkgrad.reading.claims import Claim
from chalkgrad.reading.sheet import Sheet, read_sheet

HOMEWORK = (Path(__file__).parents[2] / "examples" / "homework.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def homework() -> Sheet:
    return read_sheet(HOMEWORK)


def test_the_equations_of_the_homework_define_the_network(homework: Sheet) -> None:
    assert homework.model is not None
    assert str(homework.model.program) == "\n".join(
        [
            "axis i: 2",
            "axis j: 3",
            "input x[i]",
            "target y",
            "parameter w[i,j]",
            "parameter b[j]",
            "parameter v[j]",
            "parameter c",
            "out_hidden[j] = sum(i, x[i]*w[i,j]) + b[j]",
            "h[j] = relu(out_hidden[j])",
            "out = sum(j, h[j]*v[j]) + c",
            "yhat = sigmoid(out)",
            "L = -(y*log(yhat) + (1 - y)*log(1 - yhat))",
            "result L",
        ]
    )
    assert homework.model.spec == "2-3-1 relu sigmoid bce"
    assert homework.model.written == {"yhat": r"\hat{y}", "out_hidden": "out'", "c": "c_1"}
    assert [len(found) for found in homework.model.defined_by.values()] == [1, 3]


@pytest.mark.parametrize(("x", "output"), [((1, -1), 0.81757448), ((0, -1), 0.62245933), ((0, 1), 0.37754067)])
def test_the_network_of_the_homework_computes_what_the_assignment_says(
    homework: Sheet, x: tuple[int, int], output: float
) -> None:
    assert homework.model is not None
    values = {"x": x, "y": 1, "w": [[1, -1, 0], [0, 0, 0.5]], "b": [0, 0, 1], "v": [1, 0, -1], "c": 1}
    assert evaluate(homework.model.program, values)["yhat"].nested() == pytest.approx(output, abs=5e-9)


def test_the_partials_of_the_homework(homework: Sheet) -> None:
    (function,) = homework.functions
    assert (function.name, [tensor.name for tensor in function.variables]) == ("f", ["x", "y"])
    assert [(by, str(partial)) for by, partial in function.partials] == [
        ("x", "-3*x^2 - 200*(y^2 - x)"),
        ("y", "400*y*(y^2 - x)"),
    ]


def test_the_claims_of_the_homework(homework: Sheet) -> None:
    assert [(claim.equation.line, claim.equation.section, claim.kind, claim.subject) for claim in homework.claims] == [
        (10, "1.2", "definition", "yhat"),
        (12, "1.2", "definition", "h_1"),
        (14, "1.2", "definition", "h_2"),
        (16, "1.2", "definition", "h_3"),
        (22, "2.1", "claim", "df/dx"),
        (23, "2.1", "claim", "df/dy"),
        (31, "3.1", "claim", "dL/dv"),
        (33, "3.1", "claim", "dL/dc"),
        (35, "3.1", "claim", "dL/dw"),
        (37, "3.1", "claim", "dL/db"),
    ]
    assert homework.unread == ()


def test_the_chains_and_formulas_of_the_homework(homework: Sheet) -> None:
    slope = "(y/yhat - (1 - y)/(1 - yhat))*sigmoid'(out)"
    hidden = ["dout/dh", "dh[0]/dout_hidden"]
    first = ["dL/dyhat", "dyhat/dout"]
    for claim, chain, formula in zip(
        homework.claims[-4:],
        (
            [*first, "dout/dv"],
            [*first, "dout/dc"],
            [*first, *hidden, "dout_hidden/dw"],
            [*first, *hidden, "dout_hidden/db"],
        ),
        (
            f"sum(i, {slope}*h[i])",
            slope,
            f"sum(i, sum(j, {slope}*v[i]*relu'(out_hidden[i])*x[j]))",
            f"sum(i, {slope}*v[i]*relu'(out_hidden[i]))",
        ),
        strict=True,
    ):
        assert [str(factor) for factor in claim.links[0].chain] == chain
        assert str(claim.links[1].expression) == formula
        assert claim.links[1].axes == ()


def test_the_guesses_of_the_homework(homework: Sheet) -> None:
    assert homework.guesses == (
        "V is the vector of v_1, v_2, v_3",
        "out is the value under the outer sigma",
        "the sum to n runs over the 3 hidden units",
        "c is c_1",
        "W is the matrix of w_{11}, …, w_{23}",
        "H is the vector of h_1, h_2, h_3",
        "out' is the value under the ReLU of h",
        "the sum to m runs over the 2 inputs",
        "B is the vector of b_1, b_2, b_3",
    )
    assert homework.claims[7].guesses == ("c is c_1", "out is the value under the outer sigma")


SCALARS = r"""
$$h_1=\sigma(w_{11}x_1+w_{12}x_2+b_1)$$
$$h_2=\sigma(w_{21}x_1+w_{22}x_2+b_2)$$
$$h_3=\sigma(w_{31}x_1+w_{32}x_2+b_3)$$
$$\hat y=\sigma(v_1h_1+v_2h_2+v_3h_3+c)$$
The loss is the binary cross-entropy.
"""
DEEP = r"""
We use the squared error.
$$a_1 = \tanh(x_1 p_{11} + x_2 p_{21}), \quad a_2 = \tanh(x_1 p_{12} + x_2 p_{22})$$
$$a_3 = \tanh(p_{13} x_1 + p_{23} x_2)$$
$$h_1 = \mathrm{ReLU}(a_1 q_{11} + a_2 q_{21} + a_3 q_{31} + b_1)$$
$$h_2 = \mathrm{ReLU}(a_1 q_{12} + a_2 q_{22} + a_3 q_{32} + b_2)$$
$$\hat y = h_1 v_1 + h_2 v_2 + c$$
"""
RIGHT: dict[str, list[str]] = {
    SCALARS: [
        r"\frac{\partial L}{\partial v_1}=(\hat y-y)h_1",
        r"\frac{\partial L}{\partial w_{11}}=(\hat y-y)v_1h_1(1-h_1)x_1",
        r"\frac{\partial L}{\partial w_{32}}=(\hat y-y)v_3h_3(1-h_3)x_2",
        r"\frac{\partial L}{\partial b_2}=(\hat y-y)v_2h_2(1-h_2)",
        r"\frac{\partial L}{\partial c}=\left(-\frac y{\hat y}+\frac{1-y}{1-\hat y}\right)\hat y(1-\hat y)",
        r"\frac{\partial L}{\partial v_j} = (\hat y - y) h_j",
        r"\frac{\partial L}{\partial w_{ji}} = (\hat y - y) v_j \sigma'(w_{j1}x_1 + w_{j2}x_2 + b_j) x_i",
        r"\frac{\partial L}{\partial v} = (\hat y - y) h",
        r"\frac{\partial L}{\partial W} = (\hat y - y) (v \odot h \odot (1 - h)) x^\top",
        r"\frac{\partial L}{\partial b} = (\hat y - y) v \odot h \odot (1 - h)",
        r"\frac{\partial L}{\partial \hat y} = \frac{\hat y - y}{\hat y (1 - \hat y)}",
        r"\frac{dL}{dv_2} = \left(\frac{e^{-z}}{e^{-z}} \hat y - y\right) h_2".replace("e^{-z}", "2"),
    ],
    DEEP: [
        r"\frac{\partial L}{\partial v_i} = 2(\hat y - y) h_i",
        r"\frac{\partial L}{\partial q_{ij}} = 2(\hat y - y) v_j 1[h_j > 0] a_i",
        r"\frac{\partial L}{\partial q} = 2(\hat y - y)\, a\, (v \odot \mathbb{1}[h > 0])^T",
        r"\frac{\partial L}{\partial p_{ki}} = 2(\hat y-y) \sum_{j=1}^{2} v_j \mathbb{1}_{h_j>0} q_{ij} (1-a_i^2) x_k",
        r"\frac{\partial L}{\partial p_{11}} = \frac{\partial L}{\partial\hat y}\sum_j v_j 1[h_j>0] q_{1j}(1-a_1^2)x_1",
    ],
}


LETTERS = r"""
The loss is the mean squared error.
$$z_j = \sum_{i=1}^{2} w_{ij} x_i + b_j,\quad h_j = \tanh(z_j)$$
$$\hat y = \sum_{j=1}^{3} v_j h_j + c$$
"""
SAMPLES = r"""
The loss is the binary cross-entropy, over all samples i.
$$z_{ij} = \sum_k x_{ik} W_{kj} + b_j,\ h_{ij} = \mathrm{ReLU}(z_{ij}),\ \hat y_i = \sigma(\sum_j h_{ij} v_j + c)$$
"""
ROWS = r"""
Row vectors, binary cross-entropy.
$$z_1 = xW_1 + b_1,\ h = \sigma(z_1),\ z_2 = hW_2 + b_2,\ \hat y = \sigma(z_2)$$
"""
COLUMNS = r"""
Column vectors, mean squared error.
$$z^{[1]} = W^{[1]} x + b^{[1]},\quad a^{[1]} = \tanh(z^{[1]}),\quad \hat y = W^{[2]} a^{[1]} + b^{[2]}$$
"""
RIGHT |= {
    LETTERS: [
        r"\frac{\partial L}{\partial w_{ij}} = 2(\hat y - y) v_j (1 - h_j^2) x_i",
        r"\frac{\partial L}{\partial b} = 2(\hat y - y) v \odot (1 - h^2)",
        r"\frac{\partial L}{\partial v_k} = 2(\hat y - y) h_k",
    ],
    SAMPLES: [
        r"\frac{\partial L}{\partial v_j}=\frac1n\sum_{i=1}^n(\hat y_i-y_i)h_{ij}",
        r"\frac{\partial L}{\partial W_{kj}}=\frac1n\sum_{i=1}^n(\hat y_i-y_i)v_j\mathrm{ReLU}'(z_{ij})x_{ik}",
        r"\frac{\partial L}{\partial c}=\frac1n\sum_{i=1}^n(\hat y_i-y_i)",
    ],
    ROWS: [
        r"\frac{\partial J}{\partial W_2}=h^\top(\hat y - y)",
        r"\frac{\partial J}{\partial b_2}=\hat y - y",
        r"\frac{\partial J}{\partial b_1}=(\hat y - y) W_2^\top \circ\sigma'(z_1)",
        r"\frac{\partial J}{\partial W_1}=x^\top ((\hat y - y) W_2^\top \circ\sigma'(z_1))",
    ],
    COLUMNS: [
        r"\frac{\partial L}{\partial W^{[2]}} = (\hat y - y) a^{[1]T}",
        r"\frac{\partial L}{\partial W^{[1]}} = (W^{[2]T} (\hat y - y) \odot (1 - a^{[1]} \odot a^{[1]})) x^T",
        r"\frac{\partial L}{\partial b^{[1]}} = W^{[2]T} (\hat y - y) \odot (1 - (a^{[1]})^2)",
    ],
}
# How large the dimensions that have letters for sizes are taken; of two outputs the mean squared error is a half sum.
LENGTHS = {"i": 4, "k": 2, "j": 3, "d0": 3, "d1": 5, "d2": 2}


@pytest.mark.parametrize(("document", "formula"), [(text, each) for text, all_ in RIGHT.items() for each in all_])
def test_right_claims_have_the_value_of_the_true_gradient(document: str, formula: str) -> None:
    sheet = read_sheet(f"{document}\n$${formula}$$\n")
    assert [str(each.error) for each in sheet.unread] == []
    compare_with_dual_numbers(sheet, sheet.claims[-1])


def compare_with_dual_numbers(sheet: Sheet, claim: Claim) -> None:
    assert sheet.model is not None
    assert claim.wrt is not None
    program, chance = sheet.model.program, random.Random(7)
    values: dict[str, Any] = {}
    for tensor in program.declared:
        sizes = [size if isinstance(size, int) else LENGTHS[size] for size in tensor.shape]
        count = sizes[0] * (sizes[1] if len(sizes) > 1 else 1) if sizes else 1
        flat = [0.4 if tensor.role is Role.TARGET else chance.uniform(-1, 1) for _ in range(count)]
        values[tensor.name] = flat[0] if not sizes else flat if len(sizes) == 1 else _rows(flat, sizes[1])
    known = {name: array.nested() for name, array in evaluate(program, values).items()}
    if isinstance(known["yhat"], float):
        known["dL_dyhat"] = _slope_by_output(known["yhat"], known["y"], sheet.model.loss)
    link, wrt = claim.links[-1], claim.wrt
    assert link.expression is not None
    if wrt.tensor.name == "yhat":
        assert evaluate_expression(link.expression, known) == pytest.approx(known["dL_dyhat"], rel=1e-12)
        return
    true = jacobian_by_dual_numbers(program, values, wrt.tensor.name).nested()
    places = wrt.indices or tuple(None for _ in wrt.tensor.axes)
    free = iter(link.axes)
    ranges: list[tuple[Axis | None, list[int]]] = []
    for place, axis in zip(places, wrt.tensor.axes, strict=True):
        if place is not None and not place.terms:
            ranges.append((None, [place.offset]))
        else:
            size = axis.size if isinstance(axis.size, int) else LENGTHS[axis.size]
            ranges.append((next(free), list(range(size))))
    for point in _points(ranges):
        expected = true
        for _, at in point:
            expected = expected[at]
        indices = {axis: at for axis, at in point if axis is not None}
        assert evaluate_expression(link.expression, known, indices=indices) == pytest.approx(expected, rel=1e-11)


def _rows(flat: list[float], width: int) -> list[list[float]]:
    return [flat[start : start + width] for start in range(0, len(flat), width)]


def _slope_by_output(yhat: float, y: float, loss: str) -> float:
    return (yhat - y) / (yhat * (1 - yhat)) if loss == "bce" else 2 * (yhat - y)


def _points(ranges: list[tuple[Axis | None, list[int]]]) -> list[list[tuple[Axis | None, int]]]:
    points: list[list[tuple[Axis | None, int]]] = [[]]
    for axis, places in ranges:
        points = [[*point, (axis, place)] for point in points for place in places]
    return points


def test_a_deep_network_is_recognised() -> None:
    sheet = read_sheet(DEEP)
    assert sheet.model is not None
    assert sheet.model.loss == "mse"
    assert sheet.model.spec is None  # the first layer has no bias
    shapes = {tensor.name: tensor.shape for tensor in sheet.model.program.parameters}
    assert shapes == {"p": (2, 3), "q": (3, 2), "b": (2,), "v": (2,), "c": ()}


def test_equations_that_do_not_fold_stay_scalars() -> None:
    sheet = read_sheet(r"$$h_1 = \tanh(x_1 w_1)$$ $$h_2 = x_2^2$$ $$\hat y = h_1 + 2 h_2$$ the loss is mse")
    assert sheet.model is not None
    assert [str(definition) for definition in sheet.model.program.definitions][-2:] == [
        "yhat = h_1 + 2*h_2",
        "L = (yhat - y)^2",
    ]


@pytest.mark.parametrize(
    ("prose", "loss", "guess"),
    [
        ("Binary Cross Entropy", "bce", False),
        ("the cross-entropy loss", "bce", False),
        ("mean-squared error", "mse", False),
        ("Huber's loss with delta = 1", "huber", False),
        ("log loss", "bce", False),
        ("nothing", "bce", True),
    ],
)
def test_the_loss_comes_from_the_prose(prose: str, loss: str, guess: bool) -> None:
    sheet = read_sheet(r"$$\hat y = \sigma(x_1 w_1 + x_2 w_2 + b)$$" + f"\nWe take {prose}.")
    assert sheet.model is not None
    assert sheet.model.loss == loss
    assert any("no loss is named" in sentence for sentence in sheet.guesses) is guess
    given_loss = read_sheet(r"$$\hat y = \sigma(x_1 w_1 + x_2 w_2 + b)$$", loss="mse")
    assert given_loss.model is not None
    assert given_loss.model.loss == "mse"


def test_what_cannot_be_read_is_placed_and_the_rest_is_read() -> None:
    text = SCALARS + "\n$$\\frac{\\partial L}{\\partial v_1} = (\\hat y - y) q_7$$\n$$a + = b$$\n"
    text += "$$\\frac{\\partial L}{\\partial v_2} = (\\hat y - y) h_2$$"
    sheet = read_sheet(text)
    assert [(each.error.line, each.error.column) for each in sheet.unread] == [(9, 7), (8, 50)]
    assert "there is no name 'q_{7}'" in sheet.unread[1].error.problem
    assert sheet.claims[-1].subject == "dL/dv[1]"
    assert str(sheet.claims[-1].links[0].expression) == "(yhat - y)*h[1]"


def test_a_definition_that_cannot_be_read_leaves_the_network_that_does_not_need_it() -> None:
    extra = SCALARS + r"$$q = \prod_i x_i$$"
    sheet = read_sheet(extra)
    assert sheet.model is not None
    assert [each.error.problem for each in sheet.unread] == ["a product over an index cannot be read yet"]
    needed = read_sheet(SCALARS + r"$$x_1 = \prod_i q_i$$")
    assert needed.model is None
    assert len(needed.unread) == 1
    assert [claim.kind for claim in needed.claims] == []


def test_shapes_that_do_not_fit_are_said() -> None:
    sheet = read_sheet(SCALARS + r"$$\frac{\partial L}{\partial v} = x \odot h$$")
    assert "do not fit place by place" in str(sheet.unread[0].error)
    two = read_sheet(SCALARS + r"$$\frac{\partial L}{\partial v} = \sum_i x_i h_i$$")
    assert "the index i runs over 2 and over 3" in str(two.unread[0].error)


def test_a_sheet_without_a_network_still_has_its_functions() -> None:
    sheet = read_sheet(r"$$f(x, y) = (1 - x^3) + 100(y^2 - x)^2$$ $$\frac{\partial f}{\partial x} = -3x^2$$")
    assert sheet.model is None
    assert str(sheet.functions[0].definition) == "1 - x^3 + 100*(y^2 - x)^2"
    assert read_sheet("").claims == ()


_MUTATIONS = st.tuples(
    st.integers(0, len(HOMEWORK) - 1), st.sampled_from(["", "{", "}", "(", ")", "_", "^", "x", "\\", "$", "'"])
)


@settings(max_examples=120)
@given(st.lists(_MUTATIONS, min_size=1, max_size=6))
def test_mutated_homework_is_read_or_refused_equation_by_equation(mutations: list[tuple[int, str]]) -> None:
    text = HOMEWORK
    for place, new in mutations:
        text = text[:place] + new + text[place + 1 :]
    sheet = read_sheet(text)
    for each in sheet.unread:
        assert 1 <= each.error.line <= text.count("\n") + 1


_PIECES = st.sampled_from(
    [
        *(
            r"\frac{",
            r"\sum_{i=1}^n ",
            r"\sum_j ",
            r"\hat{y}",
            r"\sigma(",
            r"ReLU'(",
            r"\cdot ",
            r"\odot ",
            r"^T",
            r"^{2}",
        ),
        *(
            r"\frac{\partial L}{\partial h}",
            r"\max(0,",
            r"\mathbb{1}[",
            r"\log ",
            r"\|",
            "}{",
            "}",
            "(",
            ")",
            "[",
            "]",
            ">",
            "=",
        ),
        *(
            "h_1",
            "h_i",
            "h",
            "V",
            "W",
            "w_{11}",
            "w_{ij}",
            "x",
            "x_j",
            "out",
            "out'_i",
            "c",
            "y",
            "1",
            "2",
            "n",
            "+",
            "-",
            "/",
            ",",
        ),
    ]
)


@settings(max_examples=300)
@given(st.lists(_PIECES, min_size=1, max_size=12).map("".join))
def test_any_claim_and_any_definition_is_read_or_refused(formula: str) -> None:
    claim = rf"$$\frac{{\partial L}}{{\partial v}} = {formula}$$"
    read_sheet(SCALARS + claim)
    sheet = read_sheet(rf"$$\hat y = {formula}$$ {claim}", loss="mse")
    assert len(sheet.equations) == 2
