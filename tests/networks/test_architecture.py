"""What a spec accepts, and how it says what is wrong."""

from __future__ import annotations

import math

import pytest

from chalkgrad.errors import ProgramError, UnknownNameError
from chalkgrad.networks import NetworkSpec, activation_named, uniform_spec


def test_names_become_canonical() -> None:
    spec = NetworkSpec((4, 8, 3), ("Swish", "Softmax"), "softmax cross-entropy")
    assert (spec.activations, spec.loss, spec.depth) == (("silu", "softmax"), "cross_entropy", 2)
    assert spec == NetworkSpec((4, 8, 3), ("silu", "softmax"), "cross_entropy")


@pytest.mark.parametrize(
    ("spec", "text"),
    [
        (NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce"), "2-3-1 relu sigmoid bce"),
        (NetworkSpec((2, 1), ("sigmoid",), "bce"), "2-1 sigmoid bce"),
        (NetworkSpec((3, 5, 2), ("tanh", "identity"), "mse"), "3-5-2 tanh identity mse"),
        (NetworkSpec((4, 8, 3), ("gelu", "softmax"), "cross_entropy"), "4-8-3 gelu softmax cross-entropy"),
        (NetworkSpec((5, 4, 4, 2), ("tanh", "tanh", "identity"), "mae"), "5-4-4-2 tanh identity mae"),
        (
            NetworkSpec((30, 16, 8, 1), ("relu", "tanh", "sigmoid"), "bce"),
            "30-16 relu-8 tanh-1 sigmoid bce",
        ),
    ],
    ids=str,
)
def test_on_one_line(spec: NetworkSpec, text: str) -> None:
    assert str(spec) == text


def test_one_hidden_activation_for_all() -> None:
    spec = uniform_spec((2, 4, 4, 1), "relu", "sigmoid", "bce")
    assert spec.activations == ("relu", "relu", "sigmoid")
    assert uniform_spec((2, 1), "relu", "sigmoid", "bce").activations == ("sigmoid",)


@pytest.mark.parametrize(
    ("sizes", "activations", "loss", "message"),
    [
        ((2,), (), "bce", "a network has from 2 to 10001 layer sizes, inputs first; got 1"),
        ((), (), "bce", "a network has from 2 to 10001 layer sizes, inputs first; got 0"),
        ((1,) * 10_002, (), "bce", "got 10002"),
        ((2, 0, 1), ("relu", "sigmoid"), "bce", "a layer size is a whole number from 1, not 0"),
        ((2, -3, 1), ("relu", "sigmoid"), "bce", "a layer size is a whole number from 1, not -3"),
        ((2, 2.5, 1), ("relu", "sigmoid"), "bce", r"a layer size is a whole number from 1, not 2\.5"),
        ((2, True, 1), ("relu", "sigmoid"), "bce", "a layer size is a whole number from 1, not True"),
        ((2, 3, 1), ("relu",), "bce", "a network of 3 sizes needs 2 activations, one a layer; got: relu"),
        ((2, 3, 1), "relu", "bce", "a network of 3 sizes needs 2 activations, one a layer; got: relu"),
        ((2, 3, 1), (), "bce", "needs 2 activations, one a layer; got: none"),
        ((2, 3, 3), ("softmax", "softmax"), "cross_entropy", "softmax is for the output layer, not for hidden layer 1"),
        ((2, 3, 1), ("relu", "softmax"), "cross_entropy", "softmax of one output is always 1"),
        ((2, 3, 2), ("relu", "sigmoid"), "cross_entropy", "the output is softmax or identity, not sigmoid"),
        ((2, 3, 2), ("relu", "tanh"), "bce with logits", "the output is sigmoid or identity, not tanh"),
    ],
)
def test_what_is_refused(sizes: tuple[int, ...], activations: tuple[str, ...], loss: str, message: str) -> None:
    with pytest.raises(ProgramError, match=message):
        NetworkSpec(sizes, activations, loss)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"activations": ("relo", "sigmoid")}, "there is no activation 'relo'; did you mean 'relu'?"),
        ({"activations": ("relu", "softmux")}, "there is no activation 'softmux'; did you mean 'softmax'?"),
        ({"loss": "bcee"}, "there is no loss 'bcee'; did you mean 'bce'?"),
        ({"reduction": "maen"}, "there is no reduction 'maen'; did you mean 'mean'?"),
    ],
)
def test_the_nearest_name_is_offered(change: dict[str, object], message: str) -> None:
    given = {"sizes": (2, 3, 2), "activations": ("relu", "sigmoid"), "loss": "bce"}
    with pytest.raises(UnknownNameError, match=message.replace("?", r"\?")):
        NetworkSpec(**{**given, **change})  # type: ignore[arg-type]


@pytest.mark.parametrize("weight", [-0.1, math.nan, math.inf])
@pytest.mark.parametrize("penalty", ["l1", "l2"])
def test_a_penalty_has_a_weight_that_is_not_negative(penalty: str, weight: float) -> None:
    with pytest.raises(ProgramError, match=f"the weight of the {penalty} penalty"):
        NetworkSpec((2, 1), ("sigmoid",), "bce", **{penalty: weight})  # type: ignore[arg-type]


def test_a_penalty_belongs_to_a_whole_batch() -> None:
    with pytest.raises(ProgramError, match="choose the reduction 'mean' or 'sum'"):
        NetworkSpec((2, 1), ("sigmoid",), "bce", reduction="none", l2=0.1)


def test_activation_names() -> None:
    assert [activation_named(name) for name in (" ReLU ", "SOFTMAX", "logistic", "linear")] == [
        "relu",
        "softmax",
        "sigmoid",
        "identity",
    ]
