"""Layers of the catalogue to hold: by name, with sizes, written, drawn, derived, printed, compiled."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import chalkgrad as cg
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.language import program_text, validate
from chalkgrad.networks.catalogue import CATALOGUE
from chalkgrad.reading.programs import read_program


@pytest.mark.parametrize("name", CATALOGUE)
def test_a_layer_is_written_in_every_form_drawn_and_read_back(name: str) -> None:
    net = cg.layer(name)
    for program in (net.sample_program, net.program):
        validate(program)
        assert read_program(program_text(program)) == program
    for to in ("unicode", "latex", "mathml", "text"):
        for form in ("index", "matrix"):
            written = net.equations(form, to)
            assert "L" in written
            # a sum whose limit is its own letter says nothing
            assert not any(f"_({each}=1){up}" in written for each, up in (("d", "ᵈ"), ("c", "ᶜ"), ("t", "ᵗ")))
    gradients = cg.derive(net)
    assert gradients.names == CATALOGUE[name].derived(net.sample_program)
    assert all(str(gradient) for gradient in (gradients[each] for each in gradients.names))
    assert net.draw().svg().startswith("<svg")


@pytest.mark.parametrize(
    ("spelled", "row"),
    [("LayerNorm", "layer_norm"), ("layer-norm", "layer_norm"), ("RoPE", "rotary"), ("KL divergence", "kl"),
     ("Multi-Head Attention", "attention"), ("vae", "elbo"), ("MaxPool2d", "max_pool")],
)  # fmt: skip
def test_names_as_people_spell_them(spelled: str, row: str) -> None:
    assert cg.layer(spelled).sample_program == cg.layer(row).sample_program
    assert cg.read(spelled).derived == cg.layer(row).derived


def test_sizes_are_told_and_checked() -> None:
    assert cg.read("conv2d stride=2, padding=1").program.tensor("h").shape == ("n", 3, 3, 3)
    assert cg.layer("attention", heads=4, keys=2).program.tensor("Q").shape == ("m", 2, 2, 3)
    with pytest.raises(UnknownNameError, match="did you mean 'stride'"):
        cg.layer("conv2d", strde=2)
    with pytest.raises(ChalkgradError, match="4 heads cannot share 3 keys evenly"):
        cg.layer("attention", heads=4, keys=3)
    with pytest.raises(ChalkgradError, match="a kernel of 9 does not fit"):
        cg.read("conv1d kernel=9")
    with pytest.raises(ChalkgradError, match="is a whole number from 1, not 0"):
        cg.layer("group norm", groups=0)
    with pytest.raises(UnknownNameError, match="did you mean 'softmax'"):
        cg.read("sofmax")


def test_the_backward_pass_of_a_layer_is_printed_and_compiled() -> None:
    derived = cg.derive(cg.layer("rms norm"))
    names: dict[str, object] = {}
    exec(derived.code("numpy"), names)
    x, delta, gamma = np.random.default_rng(0).normal(size=(3, 4, 5))
    gamma = gamma[0]
    scale = 1 / np.sqrt((x**2).mean(1, keepdims=True) + 1e-5)
    wanted = scale * (delta * gamma - x * (delta * gamma * x).mean(1, keepdims=True) * scale**2)
    value, gradient = names["value_and_gradient"](x, delta, gamma)  # type: ignore[operator]
    np.testing.assert_allclose(gradient["x"], wanted, rtol=1e-12)
    assert value == pytest.approx((x * scale * gamma * delta).sum())
    compiled = cg.compile(derived)(x=x, delta=delta, gamma=gamma)
    np.testing.assert_allclose(compiled[1]["x"], wanted, rtol=1e-12)


def test_two_indices_of_samples_are_told_apart() -> None:
    assert "a_(ni′)b_(n′i′)" in str(cg.derive(cg.layer("info nce"))["a"])


def test_a_layer_is_drawn_to_a_file(tmp_path: Path) -> None:
    for ending in ("svg", "tex", "txt"):
        assert cg.layer("lstm", steps=2).draw().save(tmp_path / f"lstm.{ending}").stat().st_size > 100
