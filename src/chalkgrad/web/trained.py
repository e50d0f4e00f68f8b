"""Trained networks that people drop on the page: a file's bytes come in, its equations and numbers go out."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Mapping
from typing import Any

from chalkgrad.board.network import network
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import program_text
from chalkgrad.training.saving import SavedNetwork, saved_network

LONGEST_MODEL = 20_000  # characters, as many as the page takes


def trained(content: str) -> dict[str, Any]:
    """The network in the bytes of a `.safetensors` file, which come in base64; no file of this machine is read.

    Raises `ChalkgradError` for what chalkgrad did not save, or saved otherwise.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     file = network("1-1 sigmoid bce").save(folder + "/m.safetensors", {"W1": [[2]], "b1": [0]})
    ...     found = trained(b64encode(file.read_bytes()).decode())
    >>> found["model"], weights_of(found["weights"])["W1"].tolist()
    ('1-1 sigmoid bce', [2.0])
    """
    saved = saved_network(_bytes(content), "the file")
    model = saved.spec if saved.spec and _is_of(saved.spec, saved) else program_text(saved.sample_program)
    if len(model) > LONGEST_MODEL:
        raise ChalkgradError("the equations of this network are too long for the page")
    weights = {name: b64encode(value.astype("<f8").tobytes()).decode() for name, value in saved.parameters.items()}
    return {"model": model, "weights": weights}


def weights_of(encoded: Mapping[str, str]) -> dict[str, Any]:
    """The numbers of weights as the page keeps them, each a flat array."""
    import numpy as np

    found = {}
    for name, content in encoded.items():
        numbers = _bytes(content)
        if len(numbers) % 8:
            raise ChalkgradError(f"the weights '{name}' are cut off")
        found[name] = np.frombuffer(numbers, "<f8")
    return found


def _bytes(content: str) -> bytes:
    try:
        return b64decode(content, validate=True)
    except (Error, ValueError):
        raise ChalkgradError("this is no file in base64") from None


def _is_of(spec: str, saved: SavedNetwork) -> bool:
    """Whether the equations are those of the spec, which a file could say of others."""
    try:
        return network(spec).sample_program == saved.sample_program
    except ChalkgradError:
        return False
