"""Trained networks as files: weights as safetensors, and the equations beside them as text; never pickle."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.files import write_atomically
from chalkgrad.language import Program, program_text
from chalkgrad.networks import parameter_shapes
from chalkgrad.reading.programs import read_program
from chalkgrad.training.tensor_files import from_bytes, read_tensors, to_bytes
from chalkgrad.version import __version__

_FORMAT = "chalkgrad 2"


@dataclass(frozen=True)
class SavedNetwork:
    """What a file of a trained network holds.

    `sample_program` has the equations for one sample, `program` those for a batch, with its penalties; `spec` is None
    for a network that no spec describes; `preparation` says, as JSON values, how data are made ready for it.
    """

    sample_program: Program
    program: Program
    parameters: Mapping[str, NDArray[np.float64]]
    spec: str | None = None
    preparation: Mapping[str, Any] | None = None


def save_network(path: str | Path, saved: SavedNetwork) -> Path:
    """Writes a trained network to a .safetensors file; raises `ChalkgradError` where it cannot be written.

    >>> import tempfile
    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> net = Network(NetworkSpec((2, 1), ("sigmoid",), "bce"))
    >>> saved = SavedNetwork(net.sample_program, net.program, {"W1": np.eye(2, 1), "b1": [1.0]})
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     place = save_network(folder + "/m.safetensors", saved)
    ...     load_network(place).parameters["W1"].tolist()
    [[1.0], [0.0]]
    """
    if Path(path).suffix != ".safetensors":
        raise ChalkgradError(f"a network is saved to a file that ends in .safetensors, not {Path(path).name}")
    arrays = _fitted(saved.sample_program, saved.parameters)
    notes = {
        "format": _FORMAT,
        "chalkgrad": __version__,
        "numpy": np.__version__,
        "sample program": program_text(saved.sample_program),
        "program": program_text(saved.program),
        "spec": saved.spec or "",
        "preparation": json.dumps(saved.preparation),
    }
    return write_atomically(path, to_bytes(arrays, notes))


def load_network(path: str | Path) -> SavedNetwork:
    """The trained network in a file; raises `ReadingError` for what is damaged or no such file."""
    return _saved(*read_tensors(path), str(path))


def saved_network(content: bytes, name: str) -> SavedNetwork:
    """The trained network in the bytes of a file, whose name errors tell; raises as `load_network` does."""
    return _saved(*from_bytes(content, name), name)


def _saved(arrays: Mapping[str, NDArray[Any]], notes: Mapping[str, str], path: str) -> SavedNetwork:
    if "identity" in notes:
        raise ReadingError(f"{path} is a checkpoint of training", expected="a saved network, such as model.safetensors")
    if notes.get("format") != _FORMAT:
        raise ReadingError(f"{path} is a {notes.get('format') or 'file of another kind'}", expected=f"'{_FORMAT}'")
    try:
        sample_program, program = read_program(notes["sample program"]), read_program(notes["program"])
        preparation = json.loads(notes["preparation"])
        parameters = _fitted(sample_program, _fitted(program, arrays))
    except (KeyError, ValueError, RecursionError) as problem:
        raise ReadingError(f"{path} lacks what a saved network has: {problem}") from None
    except ChalkgradError as problem:
        raise ReadingError(f"{path}: {problem}") from None
    if preparation is not None and not isinstance(preparation, dict):
        raise ReadingError(f"{path}: its preparation of data is not an object")
    return SavedNetwork(sample_program, program, parameters, notes.get("spec") or None, preparation)


def _fitted(program: Program, values: Mapping[str, Any]) -> dict[str, NDArray[np.float64]]:
    """The parameters in the shapes of the program; raises `ChalkgradError` for what does not fit."""
    shapes = parameter_shapes(program)
    if set(values) != set(shapes):
        raise ChalkgradError(f"the parameters are {', '.join(shapes)}; given were {', '.join(values) or 'none'}")
    arrays = {name: np.asarray(values[name], dtype=np.float64) for name in shapes}
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise ChalkgradError(f"'{name}' needs the shape {shape}, but the value has {arrays[name].shape}")
    return arrays
