"""The page without a server: what it can be asked is written ahead, and only that."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chalkgrad.errors import ChalkgradError
from chalkgrad.web.exporting import export_page, key_of

SPEC = "2-1 sigmoid bce"


def test_every_answer_is_a_file(tmp_path: Path) -> None:
    page = export_page(tmp_path / "site", [SPEC])
    index = json.loads((tmp_path / "site" / "written" / "index.json").read_text())
    assert index["models"] == [SPEC]
    assert all((tmp_path / "site" / name).is_file() for name in index["files"].values())
    board = index["files"][key_of("board", {"source": SPEC, "form": "matrix", "notation": "delta"})]
    assert "δ" in (tmp_path / "site" / board).read_text()
    assert index["files"][key_of("training", {"model": SPEC})].endswith(".js")
    assert 'name="chalkgrad-export"' in page.read_text()
    assert page.read_text().index("Content-Security-Policy") < page.read_text().index("<script")


def test_what_cannot_be_read_is_told_before(tmp_path: Path) -> None:
    with pytest.raises(ChalkgradError, match="not a layer"):
        export_page(tmp_path, ["no network"])
    with pytest.raises(ChalkgradError, match="a network at least"):
        export_page(tmp_path, [])
