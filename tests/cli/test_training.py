"""The commands train and predict."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from chalkgrad.cli.commands import app
from chalkgrad.errors import ChalkgradError
from chalkgrad.training.tensor_files import read_tensors

SPEC = "2-4-1 tanh sigmoid bce"


def run(*words: str) -> str:
    done = CliRunner().invoke(app, words)
    if done.exception is not None:
        raise done.exception
    return done.stdout


def test_train_writes_a_model_that_predict_uses(tmp_path: Path) -> None:
    out, table = tmp_path / "out", str(tmp_path / "xor.csv")
    run("data", "xor", "--out", table, "--count", "200")
    shown = run("train", SPEC, "--data", table, "--rate", "0.05", "--epochs", "30", "--standardise", "--out", str(out))
    assert "validation" in shown
    rows = json.loads((out / "history.json").read_text())
    assert len(rows) == 30
    assert rows[-1]["loss"] < rows[0]["loss"]
    assert (out / "history.csv").read_text().startswith("epoch,step,loss,validation_loss,rate,seconds\n1,")
    for name in ("loss.svg", "loss.png", "boundary.svg", "boundary.png"):
        assert (out / name).stat().st_size > 1000
    lines = run("predict", str(out / "model.safetensors"), "--data", table).splitlines()
    assert lines[0] == "y1,class"
    assert len(lines) == 201
    labels = [line.split(",")[-1] for line in Path(table).read_text().splitlines()]
    right = sum(line.split(",")[1] == label for line, label in zip(lines[1:], labels[1:], strict=True))
    assert right > 150


def test_train_resumes_where_it_was(tmp_path: Path) -> None:
    words = ["train", SPEC, "--data", "xor", "--seed", "3", "--out"]
    run(*words, str(tmp_path / "whole"), "--epochs", "20")
    run(*words, str(tmp_path / "parts"), "--epochs", "8")
    run(*words, str(tmp_path / "parts"), "--epochs", "20", "--resume")
    whole, parts = (read_tensors(tmp_path / part / "model.safetensors") for part in ("whole", "parts"))
    assert whole[1] == parts[1]
    assert {name: value.tolist() for name, value in whole[0].items()} == {
        name: value.tolist() for name, value in parts[0].items()
    }


def test_shares_and_batches_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match="their sum is below 1"):
        run("train", SPEC, "--data", "xor", "--validation", "0.5", "--test", "0.5", "--out", str(tmp_path))
    with pytest.raises(ChalkgradError, match="a batch is 'full'"):
        run("train", SPEC, "--data", "xor", "--batch", "some", "--out", str(tmp_path))
