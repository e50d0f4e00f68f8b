"""Tables of comma-separated values: what is read, and what is refused with its line."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sklearn.datasets import load_iris

from chalkgrad.errors import ChalkgradError, ReadingError, UnknownNameError
from chalkgrad.training.tables import iris_petals, read_table


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "table.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_the_iris_petals_are_those_of_scikit_learn() -> None:
    iris, data = load_iris(), iris_petals()
    chosen = iris.target > 0
    np.testing.assert_array_equal(data.x, iris.data[chosen][:, 2:])
    np.testing.assert_array_equal(data.labels, iris.target[chosen] - 1)
    assert data.classes == tuple(iris.target_names[1:])


def test_columns_and_target_may_be_named(tmp_path: Path) -> None:
    path = written(tmp_path, "a,b,c,d\n1,2,3,4\n5,6,7,8.5\n")
    data = read_table(path, target="b", columns=["d", "a"])
    assert data.columns == ("d", "a")
    assert data.x.tolist() == [[4, 1], [8.5, 5]]
    assert data.y.tolist() == [[2], [6]]
    assert data.classes == ()
    assert read_table(path).columns == ("a", "b", "c")


def test_numbers_zero_and_one_are_two_classes(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, "a,y\n1,0\n2,1\n")).classes == ("0", "1")


READ = {
    "with a byte order mark": b"\xef\xbb\xbfa,b,y\n1,2,0\n3,4,1\n",
    "with other ends of lines": b"a,b,y\r\n1,2,0\r\n3,4,1\r\n",
    "without an end of the last line": b"a,b,y\n1,2,0\n3,4,1",
    "quoted": b'"a","b","y"\n"1","2","0"\n"3","4","1"\n',
    "with blanks": b"a, b, y\n1, 2 , 0\n 3,4, 1\n",
    "with truth values": b"a,b,y\n1,2,False\n3,4,True\n",
}


@pytest.mark.parametrize("name", READ)
def test_tables_as_other_programs_write_them(tmp_path: Path, name: str) -> None:
    data = read_table(written(tmp_path, READ[name]))
    assert (data.columns, data.target) == (("a", "b"), "y")
    assert data.x.tolist() == [[1, 2], [3, 4]]
    assert data.y.tolist() == [[0], [1]]


def test_columns_may_be_called_by_their_numbers(tmp_path: Path) -> None:
    assert read_table(written(tmp_path, "0,1,2\n5,6,0\n7,8,1\n")).columns == ("0", "1")


def test_three_words_are_one_column_each(tmp_path: Path) -> None:
    data = read_table(written(tmp_path, "a,kind\n1,r\n2,b\n3,g\n4,b\n"))
    assert data.classes == ("b", "g", "r")
    assert data.y.tolist() == [[0, 0, 1], [1, 0, 0], [0, 1, 0], [1, 0, 0]]


REFUSED = [
    ("a,y\n1,0\n,1\n", "line 3, column 1: the entry of 'a' is missing"),
    ("a,y\n1,0\n2\n", "line 3, column 2: the entry of 'y' is missing"),
    ("a,y\n1,0\n  ,1\n", "line 3, column 1: the entry of 'a' is missing"),
    ("a,y\nnan,0\n2,1\n", "line 2, column 1: 'nan' in 'a' is not a finite number"),
    ("a,y\n1,0\n-inf,1\n", "line 3, column 1: '-inf' in 'a' is not a finite number"),
    ("a,y\n1,0\ntwo,1\n", "line 3, column 1: 'two' in 'a' is not a number"),
    ("a,y\n1,0\n2,one\n", "line 3, column 2: 'one' in 'y' is not a number"),
    ("a,y\n1,NaN\n2,3\n", "line 2, column 2: 'NaN' in 'y' is not a finite number"),
    ("a,y\n1,word\n2,word\n", "the target 'y' has 1 classes"),
    ("a,y\n", "has a header but no rows"),
    ("", "is not a table"),
    ("y\n1\n2\n", "the table has no column besides the target 'y'"),
    (b"a,y\n1,\xff\xfe\n", "is not a table"),
    ("gr\u00f6\u00dfe,y\n1,0\n2,1\n".encode("latin-1"), "its text is not UTF-8"),
    ("a,y\n1,0\n2,1\n".encode("utf-16"), "is written in UTF-16; expected text in UTF-8"),
    ("a, a ,y\n1,2,0\n3,4,1\n", "line 1, column 2: two columns of"),
    ("a,b,y\n1,2,0\n3,4,1,5\n", "line 3, column 4: a line of"),
    ('a,"b, c",y\n1,2,0\n"3\n4",4,1,5\n', "line 4, column 4: a line of"),
    ("a;b;y\n1;2;0\n", "are separated by semicolons; expected commas"),
    ("a\tb\ty\n1\t2\t0\n", "are separated by tabs; expected commas"),
    ("0.5,2,1\n3,4,0\n", "the first line of"),
    ("a,y\n1,1\n2,1\n", "the target 'y' has 1 classes, '1'"),
    ("a,y\n1,0\nNA,1\n", "'NA' in 'a' is not a number; expected a finite number, or nothing where it is missing"),
]


@pytest.mark.parametrize(("text", "message"), REFUSED)
def test_what_cannot_be_used_is_refused_with_its_place(tmp_path: Path, text: str | bytes, message: str) -> None:
    with pytest.raises(ReadingError) as caught:
        read_table(written(tmp_path, text))
    assert message in str(caught.value)


def test_unknown_columns_and_files(tmp_path: Path) -> None:
    path = written(tmp_path, "width,y\n1,0\n2,1\n")
    with pytest.raises(UnknownNameError, match="no column 'widht'; did you mean 'width'"):
        read_table(path, columns=["widht"])
    with pytest.raises(UnknownNameError, match="no column 'kind'"):
        read_table(path, target="kind")
    with pytest.raises(ReadingError, match="there is no file"):
        read_table(tmp_path / "absent.csv")


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(alphabet='a,1"\n\r.- e\x00', max_size=60).map(str.encode))
def test_any_bytes_are_read_or_refused_in_words(tmp_path: Path, contents: bytes) -> None:
    path = written(tmp_path, contents)
    with contextlib.suppress(ChalkgradError):  # any other error fails the test
        assert np.isfinite(read_table(path).x).all()
