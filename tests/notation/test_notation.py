"""The presets: complete, each name once, and found by their names."""

from __future__ import annotations

import pytest

from chalkgrad.errors import UnknownNameError
from chalkgrad.language import Role
from chalkgrad.networks import NetworkSpec, build
from chalkgrad.notation import NOTATIONS, Kind, canonical_name, kind_of, notation_named
from chalkgrad.notation.kinds import NUMBERED
from chalkgrad.writing.latex import latex
from chalkgrad.writing.names import names_for


@pytest.mark.parametrize("kind", Kind)
def test_a_canonical_name_tells_its_kind(kind: Kind) -> None:
    layer = 12 if kind in NUMBERED else 0
    assert kind_of(canonical_name(kind, layer)) == (kind, layer)


@pytest.mark.parametrize("name", ["w", "W", "W0", "b", "x1", "yhat2", "hidden1", "W_1", "", "dL_dW1"])
def test_other_names_have_no_kind(name: str) -> None:
    assert kind_of(name) is None


@pytest.mark.parametrize(
    ("name", "role"),
    [("y", Role.INPUT), ("x", Role.PARAMETER), ("L", Role.INPUT), ("W1", Role.VALUE), ("b2", Role.ADJOINT)],
)
def test_a_role_that_does_not_fit_makes_it_an_ordinary_name(name: str, role: Role) -> None:
    assert kind_of(name, role) is None


@pytest.mark.parametrize("name", NOTATIONS)
def test_every_notation_has_a_letter_for_every_kind(name: str) -> None:
    assert set(notation_named(name).letters) == set(Kind)
    assert notation_named(name).name == name
    assert notation_named(name).description


@pytest.mark.parametrize("batch", [False, True])
@pytest.mark.parametrize("sizes", [(2, 1), (2, 3, 1), (2, 3, 4, 5), (2, 3, 4, 5, 6)])
@pytest.mark.parametrize("name", NOTATIONS)
def test_no_two_tensors_of_a_network_are_written_alike(name: str, sizes: tuple[int, ...], batch: bool) -> None:
    program = build(NetworkSpec(sizes, ("tanh",) * (len(sizes) - 2) + ("sigmoid",), "bce"), batch=batch)
    names = names_for(notation_named(name), program)
    tensors = [*program.declared, *(definition.tensor for definition in program.definitions)]
    written = [latex(names.element(tensor[tensor.axes])) for tensor in tensors]
    assert len(set(written)) == len(tensors), written


@pytest.mark.parametrize(("wrong", "meant"), [("sheat", "sheet"), ("Bishop", "bishop"), ("brackets", "bracket")])
def test_a_wrong_name_is_answered_with_the_nearest(wrong: str, meant: str) -> None:
    with pytest.raises(UnknownNameError, match=f"did you mean '{meant}'"):
        notation_named(wrong)
