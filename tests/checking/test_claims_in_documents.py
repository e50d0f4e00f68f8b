"""Claims of small documents: right ones are accepted, what cannot be read is placed, and any text gets an answer."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.checking import check_text
from chalkgrad.checking.contents import read_contents
from not_yet import marked

HOMEWORK = (Path(__file__).parents[2] / "examples" / "homework.md").read_text(encoding="utf-8")
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


# A condition below an indicator over units that the document writes one by one: `\\mathbb 1_{h_j > 0}`.
EVERY = marked(
    ((text, each) for text, all_ in RIGHT.items() for each in all_),
    lambda case: r"\mathbb{1}_{h_j>0}" in case[1],
    "units written one by one stand in a condition below an indicator",
)


@pytest.mark.parametrize(("document", "formula"), EVERY)
def test_right_claims_are_accepted(document: str, formula: str) -> None:
    claims = check_text(f"{document}\n$${formula}$$\n").claims
    assert claims[-1].verdict in ("right", "right_up_to"), claims[-1].reason
    assert {claim.verdict for claim in claims[:-1]} == {"definition"}


@pytest.mark.parametrize(("document", "formula"), [(text, all_[0]) for text, all_ in RIGHT.items()])
def test_with_another_sign_they_are_wrong(document: str, formula: str) -> None:
    left, right = formula.split("=", 1)
    claim = check_text(f"{document}\n$${left}= -{right}$$\n").claims[-1]
    assert claim.verdict == "wrong"
    assert claim.counterexample is not None


def test_the_claims_of_the_homework() -> None:
    claims = check_text(HOMEWORK).claims
    assert [(claim.line, claim.section, claim.kind) for claim in claims] == [
        *((line, "1.2", "definition") for line in (10, 12, 14, 16)),
        *((line, "2.1", "claim") for line in (22, 23)),
        *((line, "3.1", "claim") for line in (31, 33, 35, 37)),
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
    equation = r"$$\hat y = \sigma(x_1 w_1 + x_2 w_2 + b)$$"
    found = read_contents(f"{equation}\nWe take {prose}.")
    assert found.network is not None
    assert found.network.loss == loss
    assert any("no loss is named" in sentence for sentence in found.guesses) is guess
    asked = read_contents(equation, loss="mse").network
    assert asked is not None
    assert asked.loss == "mse"


def test_what_cannot_be_read_is_placed_and_the_rest_is_judged() -> None:
    text = SCALARS + "\n$$\\frac{\\partial L}{\\partial v_1} = (\\hat y - y) \\frac{h_1}{}$$\n$$a \\cdot = b$$\n"
    text += "$$\\frac{\\partial L}{\\partial v_2} = (\\hat y - y) h_2$$"
    claims = check_text(text).claims
    assert [(claim.line, claim.verdict) for claim in claims[-3:]] == [(8, "unread"), (9, "unread"), (10, "right")]


def test_a_definition_that_cannot_be_read_leaves_the_claims_that_do_not_rest_on_it() -> None:
    claim = r"$$\frac{\partial L}{\partial v_2} = (\hat y - y) h_2$$"
    assert check_text(SCALARS + r"$$q = \frac{x}{} $$" + claim).claims[-1].verdict == "right"


def test_shapes_that_do_not_fit_are_wrong() -> None:
    claim = check_text(SCALARS + r"$$\frac{\partial L}{\partial v} = x \odot h$$").claims[-1]
    assert claim.verdict == "wrong"
    assert "do not fit" in claim.reason


def test_an_empty_document_has_no_claims() -> None:
    assert check_text("").claims == ()


_MUTATIONS = st.tuples(
    st.integers(0, len(HOMEWORK) - 1), st.sampled_from(["", "{", "}", "(", ")", "_", "^", "x", "\\", "$", "'"])
)


@settings(max_examples=7)
@given(st.lists(_MUTATIONS, min_size=1, max_size=6))
def test_mutated_homework_is_read_or_refused_equation_by_equation(mutations: list[tuple[int, str]]) -> None:
    text = HOMEWORK
    for place, new in mutations:
        text = text[:place] + new + text[place + 1 :]
    for claim in check_text(text, explain=False).claims:
        assert 1 <= claim.line <= text.count("\n") + 1


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


@settings(max_examples=20)
@given(st.lists(_PIECES, min_size=1, max_size=12).map("".join))
def test_any_claim_and_any_definition_is_read_or_refused(formula: str) -> None:
    claim = rf"$$\frac{{\partial L}}{{\partial v}} = {formula}$$"
    check_text(SCALARS + claim)
    assert check_text(rf"$$\hat y = {formula}$$ {claim}", loss="mse").claims
