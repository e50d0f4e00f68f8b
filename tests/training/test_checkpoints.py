"""A checkpoint survives being killed, damage and a full disk; training goes on from it bit for bit."""

from __future__ import annotations

import errno
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.training.checkpoints import Checkpoint, Checkpoints
from chalkgrad.training.tensor_files import from_bytes, read_tensors, to_bytes
from training.killed_training import session

KILLS = 50


@pytest.mark.parametrize("engine", ["numpy", "native"])
def test_training_that_is_killed_fifty_times_ends_as_if_it_had_not_been(tmp_path: Path, engine: str) -> None:
    """Several trainings are killed at random moments until each is done; there are fifty kills before an end."""
    begun = time.perf_counter()
    expected = session(tmp_path / "whole", engine).run().parameters["W1"]
    longest = (time.perf_counter() - begun) / 8
    chance = random.Random(7)
    moments: list[tuple[int, int]] = []
    for training in range(KILLS):
        folder = tmp_path / str(training)
        folder.mkdir()
        progress = kills_until_the_end(folder, engine, chance, longest)
        assert progress == sorted(progress)
        np.testing.assert_array_equal(np.load(folder / "final.npy"), expected)
        moments += [(training, epochs) for epochs in progress]
        if len(moments) >= KILLS:
            break
    assert len(moments) >= KILLS
    assert len(set(moments)) > KILLS / 5, "the kills are to fall at many different moments"


def kills_until_the_end(folder: Path, engine: str, chance: random.Random, longest: float) -> list[int]:
    """Kills one process after another that trains, until one comes to the end; the epochs kept after each kill."""
    progress: list[int] = []
    command = [sys.executable, str(Path(__file__).with_name("killed_training.py")), str(folder), engine]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        while True:
            print("train", file=server.stdin, flush=True)
            child = int(server.stdout.readline())
            time.sleep(chance.uniform(0.0, longest))
            os.kill(child, signal.SIGKILL)
            assert int(server.stdout.readline()) == signal.SIGKILL
            if (folder / "final.npy").exists():
                server.stdin.close()
                return progress
            found = Checkpoints(folder, {}).read(pytest.fail)
            progress.append(len(found.notes["epochs"]) if found else 0)


def checkpoint(value: float) -> Checkpoint:
    return Checkpoint({"parameters": np.full(5, value, dtype=np.float32)}, {"epochs": [], "value": value})


def test_a_damaged_checkpoint_is_told_and_the_previous_one_taken(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path, {"a": "b"})
    assert kept.read(pytest.fail) is None
    kept.write(checkpoint(1.0))
    kept.write(checkpoint(2.0))
    whole = kept.read(pytest.fail)
    assert whole is not None
    assert whole.notes["value"] == 2.0
    path = tmp_path / "checkpoint.safetensors"
    content = bytearray(path.read_bytes())
    content[-3] ^= 1
    path.write_bytes(content)
    told: list[str] = []
    before = kept.read(told.append)
    assert before is not None
    assert before.arrays["parameters"].tolist() == [1.0] * 5
    assert len(told) == 1
    assert "does not match its checksum; the one before it is taken" in told[0]
    (tmp_path / "checkpoint.previous.safetensors").write_bytes(b"nothing")
    with pytest.raises(ReadingError, match="damaged"):
        kept.read(told.append)


def test_a_checkpoint_of_other_training_is_refused(tmp_path: Path) -> None:
    Checkpoints(tmp_path, {"optimiser": "adam", "seed": "1"}).write(checkpoint(1.0))
    with pytest.raises(ChalkgradError, match="belongs to other training: seed differ"):
        Checkpoints(tmp_path, {"optimiser": "adam", "seed": "2"}).read(pytest.fail)


def test_a_full_disk_loses_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Checkpoints(tmp_path, {})
    kept.write(checkpoint(1.0))

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(ChalkgradError, match=r"cannot write .*: No space left on device"):
            kept.write(checkpoint(2.0))
    found = kept.read(pytest.fail)
    assert found is not None
    assert found.notes["value"] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.safetensors"]


def test_a_file_that_stops_growing_loses_nothing(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path, {})
    kept.write(checkpoint(1.0))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    large = Checkpoint({"parameters": np.zeros(100_000)}, {"value": 2.0})
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(ChalkgradError, match=r"cannot write .*: File too large"):
            kept.write(large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    found = kept.read(pytest.fail)
    assert found is not None
    assert found.notes["value"] == 1.0
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint.safetensors"]
    kept.write(large)
    again = kept.read(pytest.fail)
    assert again is not None
    assert again.notes["value"] == 2.0


def test_a_place_that_cannot_be_a_folder_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("here")
    with pytest.raises(ChalkgradError, match=r"cannot write .*checkpoint"):
        Checkpoints(tmp_path / "file", {}).write(checkpoint(1.0))


WHOLE = to_bytes({"W": np.arange(6.0).reshape(2, 3), "t": np.array(3)}, {"note": "text"})


@settings(max_examples=300)
@given(st.integers(0, len(WHOLE) - 1), st.integers(1, 255))
def test_every_changed_byte_is_found(place: int, change: int) -> None:
    damaged = bytearray(WHOLE)
    damaged[place] ^= change
    try:
        arrays, notes = from_bytes(bytes(damaged))
    except ReadingError:
        return
    # What is left are bytes that mean the same, such as blanks of another kind in the header.
    assert notes == {"note": "text"}
    np.testing.assert_array_equal(arrays["W"], np.arange(6.0).reshape(2, 3))
    assert sorted(arrays) == ["W", "t"]
    assert arrays["t"] == 3


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_refused(content: bytes) -> None:
    with pytest.raises(ReadingError):
        from_bytes(content)


@given(st.integers(0, len(WHOLE) - 1))
def test_a_file_cut_short_is_refused(length: int) -> None:
    with pytest.raises(ReadingError):
        from_bytes(WHOLE[:length])


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ReadingError, match=r"cannot read .*: No such file"):
        read_tensors(tmp_path / "none.safetensors")
