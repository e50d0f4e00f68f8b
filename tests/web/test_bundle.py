"""The bundle in the wheel: it was built from the sources beside it, is small, and asks nobody else for anything."""

from __future__ import annotations

import gzip
import hashlib
import re
from pathlib import Path

import pytest

from chalkgrad.web.app import STATIC

FRONTEND = Path(__file__).parents[2] / "frontend"
LARGEST = 500_000  # bytes, compressed


@pytest.mark.skipif(not FRONTEND.is_dir(), reason="frontend/ is not in this copy of the sources")
def test_it_was_built_from_these_sources() -> None:
    """As frontend/write-fingerprint.js counts them; after a change run `make page-bundle`."""
    files = ["index.html", "package-lock.json", "vite.config.ts", "svelte.config.js"]
    for folder in ("src", "public"):
        files += [path.relative_to(FRONTEND).as_posix() for path in (FRONTEND / folder).rglob("*") if path.is_file()]
    found = hashlib.sha256()
    for file in sorted(files):
        found.update(f"{file}\0{(FRONTEND / file).read_text(encoding='utf-8')}\0".encode())
    assert (STATIC / "sources.sha256").read_text() == found.hexdigest() + "\n"


def test_it_is_small() -> None:
    assert sum(len(gzip.compress(path.read_bytes())) for path in STATIC.rglob("*") if path.is_file()) < LARGEST


def test_it_names_no_other_address() -> None:
    harmless = {"http://www.w3.org", "https://svelte.dev"}  # names of vocabularies, and words of an error
    for path in STATIC.rglob("*"):
        if path.suffix in (".js", ".css", ".html"):
            assert set(re.findall(r"https?://[\w.-]+", path.read_text(encoding="utf-8"))) <= harmless


def test_nothing_of_the_page_is_inline() -> None:
    page = (STATIC / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|<script(?![^>]*\bsrc=)| on\w+=| style=", page)
