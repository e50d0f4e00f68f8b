"""The commands train and predict."""

from __future__ import annotations

import csv
import errno
import json
import os
import signal
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars
import pytest
from typer.testing import CliRunner

from chalkgrad.cli.commands import app
from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.training.session import Epoch, Session
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


def test_the_network_of_a_worksheet_is_trained_like_any_other(tmp_path: Path) -> None:
    sheet, table = str(Path(__file__).parents[2] / "examples" / "homework.md"), str(tmp_path / "xor.csv")
    run("data", "xor", "--out", table)
    run("train", sheet, "--data", table, "--rate", "0.05", "--epochs", "60", "--no-plots", "--out", str(tmp_path))
    assert set(read_tensors(tmp_path / "model.safetensors")[0]) == {"w", "b", "v", "c"}
    assert json.loads((tmp_path / "metrics.json").read_text())["train"]["accuracy"] > 0.7
    lines = run("predict", str(tmp_path / "model.safetensors"), "--data", table).splitlines()
    assert (lines[0], len(lines)) == ("y1,class", 501)


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


def test_ctrl_c_leaves_a_model_and_says_how_to_go_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(number: int) -> None:
        run_epochs = Session._epoch

        def epoch(session: Session, *given: Any) -> Epoch | None:
            if len(session._past) == number:
                signal.raise_signal(signal.SIGINT)
            return run_epochs(session, *given)

        monkeypatch.setattr(Session, "_epoch", epoch)

    words = ["train", SPEC, "--data", "xor", "--epochs", "9", "--no-plots"]
    for number, out in ((3, tmp_path / "some"), (0, tmp_path / "none")):
        interrupt(number)
        done = CliRunner().invoke(app, [*words, "--out", str(out)])
        monkeypatch.undo()
        assert done.exit_code == 130
        assert f"interrupted after {number} of 9 epochs; the same command with --resume goes on" in done.stdout
        assert (out / "model.safetensors").exists() == (number > 0)
        run(*words, "--resume", "--out", str(out))
    some, none = (read_tensors(tmp_path / out / "model.safetensors")[0] for out in ("some", "none"))
    assert all(np.array_equal(value, none[name]) for name, value in some.items())


def test_shares_and_batches_that_do_not_fit(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match="their sum is below 1"):
        run("train", SPEC, "--data", "xor", "--validation", "0.5", "--test", "0.5", "--out", str(tmp_path))
    with pytest.raises(ChalkgradError, match="a batch is 'full'"):
        run("train", SPEC, "--data", "xor", "--batch", "some", "--out", str(tmp_path))


@pytest.mark.parametrize("kind", ["csv", "parquet", "npz"])
def test_a_table_that_is_streamed_trains_the_same_network(tmp_path: Path, kind: str) -> None:
    generator = np.random.default_rng(0)
    columns = {
        "a": generator.normal(5, 2, 700), "b": generator.normal(size=700), "weight": generator.uniform(1, 2, 700),
    }  # fmt: skip
    columns["class"] = (columns["b"] > 0.2) * 1
    path = tmp_path / f"t.{kind}"
    if kind == "npz":
        np.savez(path, **columns)
    else:
        getattr(polars.DataFrame(columns), f"write_{kind}")(path)
    words = [
        "train", SPEC, "--data", str(path), "--weights", "weight", "--standardise", "--epochs", "3", "--rate", "0.01",
    ]  # fmt: skip
    whole, streamed = tmp_path / "whole", tmp_path / "streamed"
    run(*words, "--out", str(whole), "--no-stream", "--no-plots")
    shown = run(*words, "--out", str(streamed), "--stream")
    assert "validation" in shown
    assert (streamed / "boundary.png").exists()
    assert not (streamed / "data").exists()
    (weights, notes), (others, other_notes) = (
        read_tensors(folder / "model.safetensors") for folder in (whole, streamed)
    )
    assert notes == other_notes
    for name, value in weights.items():
        np.testing.assert_array_equal(others[name], value)
    assert json.loads((whole / "metrics.json").read_text()) == json.loads((streamed / "metrics.json").read_text())


def test_what_is_wrong_with_a_row_is_told_with_its_line(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    rows = [f"{k},{'a' if k % 2 else 'b'}" for k in range(100)]
    rows[70] = "?," + rows[70].split(",")[1]
    table.write_text("\n".join(["size,kind", *rows]) + "\n")
    for stream in ("--stream", "--no-stream"):
        with pytest.raises(ReadingError, match=r"line 72, column 1: '\?' in 'size' is not a number"):
            run("train", "1-1 sigmoid bce", "--data", str(table), stream, "--out", str(tmp_path / "out"))


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (
            ["1,1,0.5", "2,1,7", "3,1,0"],
            "line 3, column 3: 'y' is 7; expected the targets of bce, which are 0 or 1, or a",
        ),
        (["1,1,0", "2,-3,1", "3,1,0"], "line 3, column 2: the weight in 'w' is -3; expected a number from 0"),
        (["1,1,0", "2,1,1", "3,,0"], "line 4, column 2: the weight in 'w' is missing; expected a number from 0"),
        (["1,x,0", "2,y,1", "3,x,0"], "the column 'w' that weighs the samples has words; expected numbers from 0"),
    ],
)
def test_targets_and_weights_that_do_not_fit_are_told_with_their_line(
    tmp_path: Path, rows: list[str], message: str
) -> None:
    table = tmp_path / "t.csv"
    table.write_text("\n".join(["a,w,y", *rows * 20]) + "\n")
    with pytest.raises(ReadingError) as told:
        run("train", "1-1 sigmoid bce", "--data", str(table), "--weights", "w", "--out", str(tmp_path / "out"))
    assert message in str(told.value)


def test_a_regression_far_from_zero_is_learnt_and_told_in_its_own_units(tmp_path: Path) -> None:
    generator = np.random.default_rng(1)
    a, b = generator.uniform(50, 200, 300), generator.uniform(1900, 2020, 300)
    price = 3000 * a - 500 * (2020 - b) + 100_000
    table, out = tmp_path / "t.csv", tmp_path / "out"
    polars.DataFrame({"size": a, "built": b, "price": price}).write_csv(table)
    run("train", "2-1 identity mse", "--data", str(table), "--standardise", "--rate", "0.03", "--out", str(out))
    told = json.loads((out / "metrics.json").read_text())["test"]
    assert told["R2"] > 0.999
    assert told["loss"] == pytest.approx((told["RMSE"] / price.std()) ** 2, rel=0.3)
    lines = run("predict", str(out / "model.safetensors"), "--data", str(table)).splitlines()
    np.testing.assert_allclose([float(line) for line in lines[1:]], price, rtol=0.05)
    assert (out / "boundary.png").exists()


def test_a_disk_that_is_too_small_is_told_before_anything_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(handle: int, begin: int, size: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    run("data", "xor", "--out", str(tmp_path / "xor.csv"))
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(ChalkgradError, match=r"cannot write .*train inputs.*: No space left on device"):
        run("train", SPEC, "--data", str(tmp_path / "xor.csv"), "--stream", "--out", str(tmp_path / "out"))
    assert not (tmp_path / "out" / "data").exists()


@pytest.mark.parametrize("loss", ["sigmoid bce", "identity bce_with_logits", "identity hinge", "identity mse"])
def test_every_loss_for_two_classes_is_judged_by_its_own_threshold(tmp_path: Path, loss: str) -> None:
    table = tmp_path / "t.csv"
    sides = np.random.default_rng(0).uniform(-1, 1, 300)
    table.write_text("x,side\n" + "".join(f"{x},{'right' if x > 0 else 'left'}\n" for x in sides))
    run(
        "train",
        f"1-1 {loss}",
        "--data",
        str(table),
        "--epochs",
        "60",
        "--rate",
        "0.1",
        "--no-plots",
        "--out",
        str(tmp_path),
    )
    assert json.loads((tmp_path / "metrics.json").read_text())["test"]["accuracy"] > 0.97
    lines = run("predict", str(tmp_path / "model.safetensors"), "--data", str(table)).splitlines()[1:]
    right = [line.endswith("right") == (x > 0) for line, x in zip(lines, sides, strict=True)]
    assert np.mean(right) > 0.97


def test_numbers_of_classes_are_told_apart_by_a_softmax(tmp_path: Path) -> None:
    table, generator = tmp_path / "t.csv", np.random.default_rng(0)
    kinds = np.arange(300) % 3
    x = np.array([[0, 2], [2, -1], [-2, -1]])[kinds] + generator.normal(0, 0.3, (300, 2))
    table.write_text("a,b,digit\n" + "".join(f"{p},{q},{k + 7}\n" for (p, q), k in zip(x, kinds, strict=True)))
    out = str(tmp_path / "out")
    run(
        "train",
        "2-8-3 tanh softmax",
        "--data",
        str(table),
        "--epochs",
        "30",
        "--rate",
        "0.05",
        "--no-plots",
        "--out",
        out,
    )
    lines = run("predict", f"{out}/model.safetensors", "--data", str(table)).splitlines()
    assert lines[0] == "7,8,9,class"
    assert np.mean([int(line[-1]) == k + 7 for line, k in zip(lines[1:], kinds, strict=True)]) > 0.98


def test_a_folder_that_cannot_be_written_is_told_before_training(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ChalkgradError, match=r"cannot write to the folder .*file"):
        run("train", SPEC, "--data", "xor", "--epochs", "1000000000", "--out", str(tmp_path / "file"))


def test_a_network_that_cannot_be_saved_in_its_place_is_not_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace = os.replace

    def full(source: str, target: Path) -> None:
        if Path(target) == tmp_path / "out" / "model.safetensors":
            raise OSError(errno.ENOSPC, "No space left on device")
        replace(source, target)

    monkeypatch.setattr(os, "replace", full)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(
        ChalkgradError, match=r"No space left on device; the trained network is in (.*) instead"
    ) as told:
        run("train", SPEC, "--data", "xor", "--epochs", "2", "--out", str(tmp_path / "out"))
    kept = str(told.value).split(" is in ")[1].removesuffix(" instead")
    assert set(read_tensors(kept)[0]) == {"W1", "b1", "W2", "b2"}


def test_classes_with_commas_stay_one_entry(tmp_path: Path) -> None:
    table = tmp_path / "t.csv"
    table.write_text("x,kind\n" + "".join(f'{k},"{"low, or so" if k < 20 else "high"}"\n' for k in range(40)))
    run("train", "1-1 sigmoid bce", "--data", str(table), "--epochs", "2", "--no-plots", "--out", str(tmp_path))
    lines = run("predict", str(tmp_path / "model.safetensors"), "--data", str(table)).splitlines()
    assert {entries[1] for entries in csv.reader(lines[1:])} <= {"low, or so", "high"}
