"""The one-line spec: read in every spelling, written and read back, refused with the nearest spelling."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.errors import ChalkgradError, ReadingError, UnknownNameError
from chalkgrad.language import FUNCTIONS
from chalkgrad.networks.architecture import NetworkSpec
from chalkgrad.networks.losses import LOSSES
from chalkgrad.reading.spec import read_spec, spec_text


@pytest.mark.parametrize(
    ("text", "sizes", "activations", "loss"),
    [
        ("2-3-1 relu sigmoid bce", (2, 3, 1), ("relu", "sigmoid"), "bce"),
        ("2-3-1 ReLU, sigmoid, BCE", (2, 3, 1), ("relu", "sigmoid"), "bce"),
        ("2 - 3 – 1 relu sigmoid bce", (2, 3, 1), ("relu", "sigmoid"), "bce"),
        ("2->3->1 relu sigmoid", (2, 3, 1), ("relu", "sigmoid"), "bce"),
        ("30-16 relu-8 tanh-1 sigmoid bce", (30, 16, 8, 1), ("relu", "tanh", "sigmoid"), "bce"),
        ("30-16-8-1 relu tanh sigmoid bce", (30, 16, 8, 1), ("relu", "tanh", "sigmoid"), "bce"),
        ("30-16-8-1 relu sigmoid bce", (30, 16, 8, 1), ("relu", "relu", "sigmoid"), "bce"),
        ("4-8-3 gelu softmax cross-entropy", (4, 8, 3), ("gelu", "softmax"), "cross_entropy"),
        ("4-8-3 gelu softmax", (4, 8, 3), ("gelu", "softmax"), "cross_entropy"),
        ("4-8-3 gelu cross-entropy", (4, 8, 3), ("gelu", "softmax"), "cross_entropy"),
        ("3-5-2 tanh identity mse", (3, 5, 2), ("tanh", "identity"), "mse"),
        ("3-5-2 tanh linear mean squared error", (3, 5, 2), ("tanh", "identity"), "mse"),
        ("3-5-2 leaky relu linear huber", (3, 5, 2), ("leaky_relu", "identity"), "huber"),
        ("3-5-2 leaky-relu mae", (3, 5, 2), ("leaky_relu", "identity"), "mae"),
        ("2-3-1 relu sigmoid binary cross-entropy", (2, 3, 1), ("relu", "sigmoid"), "bce"),
        ("2-3-1 relu sigmoid bce with logits", (2, 3, 1), ("relu", "sigmoid"), "bce_with_logits"),
        ("2-3-1 relu identity hinge", (2, 3, 1), ("relu", "identity"), "hinge"),
        ("2-3-1 relu sigmoid logistic loss", (2, 3, 1), ("relu", "sigmoid"), "bce"),
        ("2-1 sigmoid bce", (2, 1), ("sigmoid",), "bce"),
        ("2-1 bce", (2, 1), ("sigmoid",), "bce"),
    ],
)
def test_specs(text: str, sizes: tuple[int, ...], activations: tuple[str, ...], loss: str) -> None:
    assert read_spec(text) == NetworkSpec(sizes, activations, loss)


@pytest.mark.parametrize(
    ("text", "error", "message"),
    [
        ("2-3-1 relo sigmoid bce", UnknownNameError, "did you mean 'relu'"),
        ("2-3-1 relu sigmod bce", UnknownNameError, "did you mean 'sigmoid'"),
        ("2-3-1 relu sigmoid bse", UnknownNameError, "no loss 'bse'; did you mean"),
        ("30-16 relu-8 tanhh-1 sigmoid bce", UnknownNameError, "did you mean 'tanh'"),
        ("30-16 relu-8-1 sigmoid bce", ReadingError, "the layer of 8 has no activation"),
        ("2-3-1 relu tanh", ReadingError, "no loss is named, and tanh has no usual one"),
        ("2-3-1", ReadingError, "0 activations for 1 hidden layers"),
        ("2-3-4-1 relu tanh elu sigmoid bce", ReadingError, "4 activations for 2 hidden layers"),
        ("2 relu-3 relu-1 sigmoid bce", ReadingError, "the inputs have no activation"),
        ("2-0-1 relu sigmoid bce", ReadingError, "a whole number from 1"),
        ("2-99999999999-1 relu sigmoid bce", ReadingError, "is not a layer"),
        ("2-3-1 relu softmax cross-entropy", ReadingError, "softmax of one output is always 1"),
        ("relu", ReadingError, "'relu' is not a layer"),
        ("", ReadingError, "is not a layer"),
        ("7", ReadingError, "there are no layers"),
    ],
)
def test_refusals(text: str, error: type[ChalkgradError], message: str) -> None:
    with pytest.raises(error) as caught:
        read_spec(text)
    assert message in str(caught.value)


def test_a_given_loss_overrides() -> None:
    assert read_spec("2-3-1 relu sigmoid bce", loss="mse").loss == "mse"
    assert read_spec("2-3-1 relu sigmoid", loss="mse").loss == "mse"
    assert read_spec("2-3-1 relu", loss="bce").activations == ("relu", "sigmoid")


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_written_specs_are_read_back(data: st.DataObject) -> None:
    sizes = tuple(data.draw(st.lists(st.integers(2, 900), min_size=2, max_size=6)))
    names = st.sampled_from(sorted(FUNCTIONS))
    hidden = tuple(data.draw(names) for _ in sizes[2:])
    loss = data.draw(st.sampled_from(sorted(LOSSES.values(), key=lambda row: row.name)))
    output = data.draw(st.sampled_from(["identity", loss.logits_of]) if loss.logits_of else names)
    spec = NetworkSpec(sizes, (*hidden, output), loss.name)
    assert read_spec(spec_text(spec)) == spec


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.text(max_size=40), st.text(alphabet="0123456789- relusigmodbcth", max_size=40)))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(ChalkgradError):
        read_spec(text)
