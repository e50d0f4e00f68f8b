"""The page of known limits is kept true: each row has a document, and the verdicts that the row is about."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from chalkgrad.checking import check_text

LIMITS = tomllib.loads(Path(__file__).with_name("limits.toml").read_text(encoding="utf-8"))["limit"]
PAGE = Path(__file__).parents[2] / "docs" / "limits.md"


@pytest.mark.parametrize("limit", LIMITS, ids=lambda limit: limit["title"])
def test_a_limit_is_as_it_is_told(limit: dict[str, object]) -> None:
    assert [claim.verdict for claim in check_text(str(limit["text"])).gradients] == limit["verdicts"]


def test_each_row_of_the_page_has_a_document() -> None:
    rows = re.findall(r"^\| (.+?) \| .+ \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert rows[2:] == [limit["title"] for limit in LIMITS]  # after the head of the table
