"""Tables in their formats, and what becomes of their columns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalkgrad.errors import ChalkgradError, ReadingError, UnknownNameError
from chalkgrad.networks import loss_named
from chalkgrad.training.data import generate
from chalkgrad.training.frames import Frame, frame_of, read_frame, read_parts
from chalkgrad.training.metrics import scores
from chalkgrad.training.preparation import Preparation, check_inputs, check_target, classes_of, from_json, prepare

TEXT = "size,colour,kind\n1,red,nut\n,blue,bolt\n4,red,nut\n7,,bolt\n"


def table(folder: Path, text: str = TEXT, name: str = "t.csv") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_every_format_gives_the_same_table(tmp_path: Path) -> None:
    expected = read_frame(table(tmp_path))
    table(tmp_path, TEXT.replace(",", "\t"), "t.tsv")
    polars.read_csv(tmp_path / "t.csv").write_parquet(tmp_path / "t.parquet")
    for name in ("t.tsv", "t.parquet"):
        found = read_frame(tmp_path / name)
        assert list(found.columns) == list(expected.columns)
        np.testing.assert_array_equal(found.columns["size"], [1, np.nan, 4, 7])
        assert found.columns["colour"].tolist() == ["red", "blue", "red", None]


def test_arrays_of_numpy(tmp_path: Path) -> None:
    data = generate("moons", 30)
    np.savez(tmp_path / "t.npz", x=data.x, y=data.labels)
    found = read_frame(tmp_path / "t.npz")
    assert list(found.columns) == ["x1", "x2", "y"]
    np.testing.assert_array_equal(np.stack([found.columns["x1"], found.columns["x2"]], axis=1), data.x)
    np.savez(tmp_path / "f.npz", x=np.asfortranarray(data.x), y=data.labels)
    by_columns = [part.columns["x2"] for part in read_parts(tmp_path / "f.npz", rows=7)]
    np.testing.assert_array_equal(np.concatenate(by_columns), data.x[:, 1])
    np.savez(tmp_path / "yx.npz", y=data.labels, X=data.x)
    assert list(read_frame(tmp_path / "yx.npz").columns) == ["X1", "X2", "y"]
    for wrong in (data.x * 1j, np.full((3, 1), np.datetime64("2020-01-01"))):
        np.savez(tmp_path / "w.npz", x=wrong)
        with pytest.raises(ReadingError, match=r"'x' has entries of the kind .*; expected real numbers or words"):
            read_frame(tmp_path / "w.npz")
    np.savez(tmp_path / "i.npz", x=np.array([1, -np.inf]), y=np.zeros(2))
    with pytest.raises(ReadingError, match="line 3, column 1: the entry of 'x' is infinite"):
        read_frame(tmp_path / "i.npz")
    np.savez(tmp_path / "o.npz", x=np.array([{"a": 1}], dtype=object))
    with pytest.raises(ReadingError, match=r"no \.npz file of plain arrays"):
        read_frame(tmp_path / "o.npz")
    np.savez(tmp_path / "u.npz", x=np.zeros((3, 2)), y=np.zeros(4))
    with pytest.raises(ReadingError, match="as many rows each"):
        read_frame(tmp_path / "u.npz")


def test_parquet_files_with_other_things_than_numbers_and_words(tmp_path: Path) -> None:
    path = tmp_path / "t.parquet"
    polars.DataFrame({"a": [[1.0], [2.0]], "y": [0, 1]}).write_parquet(path)
    with pytest.raises(ReadingError, match=r"'a' of .* has entries of the kind List\(Float64\)"):
        read_frame(path)
    polars.DataFrame({"a": [1.0, float("inf")], "y": [0, 1]}).write_parquet(path)
    with pytest.raises(ReadingError, match="line 3, column 1: the entry of 'a' is infinite"):
        read_frame(path)
    categories = polars.Series(["x", "z"], dtype=polars.Categorical)
    polars.DataFrame({"c": categories, "y": [True, False]}).write_parquet(path)
    assert read_frame(path).columns["c"].tolist() == ["x", "z"]
    path.write_bytes(b"PAR1 and nothing else")
    with pytest.raises(ReadingError, match="expected a Parquet file"):
        read_frame(path)


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.npz"])
def test_parts_are_the_whole(tmp_path: Path, name: str) -> None:
    data = generate("xor", 1000)
    frame = polars.DataFrame({"x1": data.x[:, 0], "x2": data.x[:, 1], "y": data.labels})
    path = tmp_path / name
    if name == "t.npz":
        np.savez(path, **{column: frame[column].to_numpy() for column in frame.columns})
    else:
        (frame.write_csv if name == "t.csv" else frame.write_parquet)(path)
    parts = list(read_parts(path, rows=128))
    assert len(parts) > 1
    assert [part.first_row for part in parts] == np.cumsum([0, *(len(part) for part in parts[:-1])]).tolist()
    for column, whole in read_frame(path).columns.items():
        np.testing.assert_array_equal(np.concatenate([part.columns[column] for part in parts]), whole)
    in_parts, at_once = prepare(parts, "y", standardise=True), prepare(read_frame(path), "y", standardise=True)
    for one, other in zip(in_parts.columns, at_once.columns, strict=True):
        assert (one.mean, one.deviation) == pytest.approx((other.mean, other.deviation), rel=1e-12)


def test_words_become_categories_and_missing_entries_are_filled(tmp_path: Path) -> None:
    frame = read_frame(table(tmp_path))
    with pytest.raises(ReadingError, match="line 3, column 1: the entry of 'size' is missing"):
        prepare(frame, "kind")
    made = {way: prepare(frame, "kind", missing=way) for way in ("mean", "median", "most_frequent")}
    assert made["mean"].names == ("size", "colour=blue", "colour=red")
    assert [made[way].columns[0].fill for way in made] == [4, 4, 1]
    x = made["mean"].inputs(frame)
    assert x.tolist() == [[1, 0, 1], [4, 1, 0], [4, 0, 1], [7, 0, 1]]
    assert classes_of(frame, "kind") == ("bolt", "nut")


def test_what_is_kept_does_to_other_data_what_it_did_in_training(tmp_path: Path) -> None:
    frame = read_frame(table(tmp_path, "a,b,z\n1,x,0\n3,y,1\n"))
    made = from_json(prepare(frame, "z", standardise=True, unknown="zeros", classes=("0", "1")).as_json())
    later = read_frame(table(tmp_path, "b,a\nw,5\ny,1\n", "later.csv"))
    assert made.inputs(later).tolist() == [[3, 0, 0], [-1, 0, 1]]
    strict = prepare(frame, "z")
    with pytest.raises(ReadingError, match="line 2, column 1: in 'b': there is no category 'w'"):
        strict.inputs(later)
    with pytest.raises(UnknownNameError, match="no column 'a'"):
        strict.inputs(Frame("n", {"b": np.array(["x"], dtype=object)}))
    with pytest.raises(ReadingError, match="does not fit"):
        from_json({"columns": [{"name": 1}]})


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    frame = read_frame(table(tmp_path, "a,z\n1,p\n2,q\n3,r\n"))
    with pytest.raises(UnknownNameError, match="no way with missing entries 'men'; did you mean 'mean'"):
        prepare(frame, "z", missing="men")
    made = prepare(frame, "z", classes=classes_of(frame, "z"))
    assert made.targets(frame).tolist() == np.eye(3).tolist()
    assert made.predicted(np.eye(3)[[2, 0]]) == ["r", "p"]
    with pytest.raises(ChalkgradError, match="is 3 classes, so the network needs 3 outputs; it has 1"):
        check_target(1, made)
    with pytest.raises(ChalkgradError, match=r"makes 2 inputs \(a, z\), so the network needs as many; it has 3"):
        check_inputs(3, prepare(Frame("f", {"a": np.zeros(2), "z": np.zeros(2), "y": np.zeros(2)}), "y"))
    with pytest.raises(ReadingError, match="too large for their mean and deviation"):
        prepare(Frame("f", {"a": np.array([1e300, -1e300]), "z": np.zeros(2)}), "z", standardise=True)
    with pytest.raises(ReadingError, match="every entry of 'a' is missing"):
        prepare(Frame("f", {"a": np.full(2, np.nan), "z": np.zeros(2)}), "z", missing="mean")
    with pytest.raises(ReadingError, match="the target 'z' has words"):
        Preparation((), "z").targets(frame)
    with pytest.raises(ReadingError, match=r"a file of \.csv"):
        read_frame(table(tmp_path, "", "t.xlsx"))


def test_whole_numbers_are_classes_where_the_loss_takes_classes() -> None:
    frame = Frame("f", {"a": np.arange(4.0), "z": np.array([10.0, 2, 10, -1])})
    assert classes_of(frame, "z") == ()
    classes = classes_of(frame, "z", of_numbers=True)
    assert classes == ("-1", "2", "10")
    made = prepare(frame, "z", classes=classes, loss=loss_named("cross_entropy"))
    assert made.targets(frame).tolist() == np.eye(3)[[2, 1, 2, 0]].tolist()
    assert made.predicted(made.targets(frame)) == ["10", "2", "10", "-1"]
    assert classes_of(Frame("f", {"z": np.array([0.5, 1, 2])}), "z", of_numbers=True) == ()


@pytest.mark.parametrize(
    ("loss", "targets", "outputs"),
    [("bce", [0, 1], [0.4, 0.6]), ("bce_with_logits", [0, 1], [-0.1, 0.1]), ("hinge", [-1, 1], [-0.1, 0.1])],
)
def test_two_classes_are_the_targets_that_the_loss_takes(loss: str, targets: list[float], outputs: list[float]) -> None:
    frame = Frame("f", {"a": np.zeros(2), "z": np.array(["no", "yes"], dtype=object)})
    made = from_json(prepare(frame, "z", classes=("no", "yes"), loss=loss_named(loss)).as_json())
    assert made.targets(frame)[:, 0].tolist() == targets
    assert made.predicted(np.array(outputs)[:, None]) == ["no", "yes"]
    assert scores(np.array(outputs)[:, None], made.targets(frame), 2, made.threshold)["accuracy"] == 1.0


def test_the_target_of_a_regression_is_standardised_and_put_back() -> None:
    frame = Frame("f", {"a": np.zeros(3), "z": np.array([100.0, 104, 108])})
    made = from_json(prepare(frame, "z", standardise=True).as_json())
    assert made.targets(frame).mean() == pytest.approx(0)
    assert made.targets(frame).std() == pytest.approx(1)
    assert made.in_units(made.targets(frame))[:, 0].tolist() == pytest.approx([100, 104, 108])
    probabilities = prepare(
        Frame("f", {"a": np.zeros(2), "z": np.array([0.2, 0.4])}), "z", standardise=True, loss=loss_named("bce")
    )
    assert (probabilities.mean, probabilities.deviation) == (0, 1)


def test_preparations_that_were_kept_before_there_were_thresholds_are_read() -> None:
    kept = prepare(Frame("f", {"a": np.zeros(2), "z": np.zeros(2)}), "z").as_json()
    del kept["other"], kept["threshold"], kept["mean"], kept["deviation"]
    assert from_json(kept).threshold == 0.5


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=40), st.integers(1, 5))
def test_a_standardised_column_has_mean_0_and_deviation_1(values: list[float], step: int) -> None:
    column = np.array(values)
    frame = Frame("f", {"a": column, "z": column})
    parts = [Frame("f", {"a": column[k : k + step], "z": column[k : k + step]}) for k in range(0, len(column), step)]
    made = prepare(parts, "z", standardise=True)
    x = made.inputs(frame)
    scale = max(1.0, abs(column).max())
    assert made.columns[0].mean == pytest.approx(column.mean(), abs=1e-12 * scale)
    if column.std() > 1e-6 * scale:
        assert x.mean() == pytest.approx(0, abs=1e-6)
        assert x.std() == pytest.approx(1, rel=1e-6)


def test_a_data_set_is_a_table() -> None:
    data = generate("moons", 10)
    frame = frame_of(data)
    made = prepare(frame, "class", classes=classes_of(frame, "class"))
    np.testing.assert_array_equal(made.inputs(frame), data.x)
    np.testing.assert_array_equal(made.targets(frame), data.y)
