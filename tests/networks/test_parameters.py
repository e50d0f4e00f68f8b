"""Parameters as one vector and back."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.errors import ProgramError, ShapeError, UnknownNameError
from chalkgrad.language import Axis, Program, Role, Tensor
from chalkgrad.networks import Network, NetworkSpec, pack, parameter_shapes, unpack

SHEET = {"w": (2, 3), "b": (3,), "v": (3,), "c": ()}
VALUES = {"w": [[1, 2, 3], [4, 5, 6]], "b": [7, 8, 9], "v": [10, 11, 12], "c": 13}
shapes = st.dictionaries(
    st.text("abwv", min_size=1, max_size=3), st.lists(st.integers(1, 4), max_size=3).map(tuple), max_size=5
)


def test_the_thirteen_numbers_of_the_sheet_in_order() -> None:
    assert pack(SHEET, VALUES).tolist() == list(range(1, 14))
    assert {name: value.tolist() for name, value in unpack(SHEET, range(1, 14)).items()} == VALUES


def test_a_network_has_thirteen_numbers_too() -> None:
    network = Network(NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce"))
    values = network.unpack(np.arange(13))
    assert network.pack(values).tolist() == list(range(13))
    assert {name: value.shape for name, value in values.items()} == network.parameters


@given(shapes, st.integers(0, 10**6))
def test_there_and_back(given_shapes: dict[str, tuple[int, ...]], seed: int) -> None:
    size = sum(int(np.prod(shape)) for shape in given_shapes.values())
    vector = np.random.default_rng(seed).normal(size=size)
    values = unpack(given_shapes, vector)
    assert {name: value.shape for name, value in values.items()} == given_shapes
    assert (pack(given_shapes, values) == vector).all()


def test_unpacked_values_are_copies() -> None:
    vector = np.zeros(13)
    unpack(SHEET, vector)["w"][0, 0] = 1
    assert not vector.any()


def test_errors() -> None:
    with pytest.raises(UnknownNameError, match="there is no parameter 'wv'"):
        pack(SHEET, {**VALUES, "wv": 1})
    with pytest.raises(ShapeError, match=r"no value was given for the parameter 'c' of shape \(\)"):
        pack(SHEET, {name: value for name, value in VALUES.items() if name != "c"})
    with pytest.raises(ShapeError, match=r"'b' needs the shape \(3,\), but the value has \(2,\)"):
        pack(SHEET, {**VALUES, "b": [1, 2]})
    with pytest.raises(ShapeError, match=r"need one vector of 13 numbers, but the value has the shape \(12,\)"):
        unpack(SHEET, range(12))
    with pytest.raises(ShapeError, match=r"the value has the shape \(1, 13\)"):
        unpack(SHEET, [list(range(13))])


def test_a_parameter_of_unknown_size_is_refused() -> None:
    program = Program((Tensor("w", (Axis("n", "n"),), Role.PARAMETER),), (), ())
    with pytest.raises(ProgramError, match=r"the parameter 'w' has the shape .* not all known"):
        parameter_shapes(program)
