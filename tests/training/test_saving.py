"""A saved network is read back as it was, in another process too; hostile files are refused."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import safetensors

import chalkgrad as cg
from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.training.checkpoints import Checkpoint, Checkpoints
from chalkgrad.training.tensor_files import read_tensors, to_bytes

X = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])


@pytest.fixture
def net() -> cg.NetworkSheet:
    return cg.network("2-4-1 tanh sigmoid bce").fit(X, [0, 1, 1, 0], optimizer="adam", rate=0.1, epochs=20, seed=1)


def test_another_process_predicts_the_same(net: cg.NetworkSheet, tmp_path: Path) -> None:
    path = net.save(tmp_path / "m.safetensors")
    script = f"import chalkgrad as cg; print(cg.load({str(path)!r}).predict({X.tolist()}).tolist())"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(net.predict(X).tolist())
    assert cg.load(path).spec == "2-4-1 tanh sigmoid bce"


def test_a_network_without_parameters_is_not_saved(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match="no trained parameters"):
        cg.network("2-1 sigmoid bce").save(tmp_path / "m.safetensors")
    with pytest.raises(ChalkgradError, match=r"ends in \.safetensors"):
        cg.network("2-1 sigmoid bce").save(tmp_path / "m.pkl", {"W1": [[1], [1]], "b1": [0]})
    with pytest.raises(ChalkgradError, match="'W1' needs the shape"):
        cg.network("2-1 sigmoid bce").save(tmp_path / "m.safetensors", {"W1": [1], "b1": [0]})


@pytest.mark.parametrize(
    ("notes", "arrays", "message"),
    [
        ({"format": "other"}, {}, "expected 'chalkgrad 2'"),
        ({"program": "y = __import__('os')"}, {}, "m.safetensors"),
        ({"program": "y = " + "(" * 5000}, {}, "m.safetensors"),
        ({"preparation": "[" * 100_000}, {}, "lacks what a saved network has"),
        ({"preparation": "[]"}, {}, "is not an object"),
        ({}, {"b2": np.zeros(7)}, "'b2' needs the shape"),
        ({}, {"extra": np.zeros(7)}, "the parameters are"),
    ],
)
def test_hostile_files_are_refused(
    net: cg.NetworkSheet, tmp_path: Path, notes: dict[str, str], arrays: dict[str, np.ndarray], message: str
) -> None:
    path = net.save(tmp_path / "m.safetensors")
    own_arrays, own_notes = read_tensors(path)
    path.write_bytes(to_bytes(own_arrays | arrays, own_notes | notes))
    with pytest.raises(ReadingError, match=message):
        cg.load(path)


def test_a_checkpoint_is_no_saved_network(tmp_path: Path) -> None:
    Checkpoints(tmp_path, {}).write(Checkpoint({"parameters": np.zeros(2)}, {}))
    with pytest.raises(ReadingError, match="is a checkpoint of training; expected a saved network"):
        cg.load(tmp_path / "checkpoint.safetensors")


def test_the_librarys_own_reader_finds_the_parameters_by_their_names(net: cg.NetworkSheet, tmp_path: Path) -> None:
    path = net.save(tmp_path / "m.safetensors")
    with safetensors.safe_open(path, "numpy") as file:
        assert {name: file.get_tensor(name).shape for name in file.keys()} == net.parameters  # noqa: SIM118
        assert file.metadata()["spec"] == "2-4-1 tanh sigmoid bce"
        np.testing.assert_array_equal(file.get_tensor("W1"), net.trained["W1"])  # type: ignore[index]


def test_a_damaged_file_is_refused(net: cg.NetworkSheet, tmp_path: Path) -> None:
    path = net.save(tmp_path / "m.safetensors")
    path.write_bytes(path.read_bytes()[:-9] + b"x" * 9)
    with pytest.raises(ReadingError, match="does not match its checksum"):
        cg.load(path)
