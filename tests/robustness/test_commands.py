"""No command ends in a traceback: whatever a document says, it ends with 0, 1, 2 or 3, and says why."""

from __future__ import annotations

from pathlib import Path

import pytest

from robustness.mangling import mangled
from robustness.running import commands, grading, run

TESTS = Path(__file__).parents[1]
KINDS = (".md", ".tex", ".txt", ".ipynb", ".rst", ".qmd")
OWN = sorted(path for path in (Path(__file__).parent / "documents").iterdir() if path.suffix in KINDS)
CORPUS = sorted(path for path in (TESTS / "corpus").rglob("*.*") if path.suffix in KINDS)
EXAMPLES = sorted(path for path in (TESTS.parent / "examples").glob("*.md"))
EVERY = 97  # of the corpus one document in so many, unless all are asked for
MANGLED, FEW = 500, 8


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    everything = metafunc.config.getoption("--every-document")
    if "document" in metafunc.fixturenames:
        chosen = [*OWN, *EXAMPLES, *(CORPUS if everything else CORPUS[::EVERY])]
        metafunc.parametrize("document", chosen, ids=lambda path: path.relative_to(TESTS.parent).as_posix())
    if "seed" in metafunc.fixturenames:
        metafunc.parametrize("seed", range(MANGLED if everything else FEW))


def problems_of(document: Path, folder: Path) -> list[str]:
    ended = [run(arguments) for arguments in (*commands(document, folder), grading(document, folder))]
    return [each.problem for each in ended if each.problem]


def test_every_command_ends_cleanly(document: Path, tmp_path: Path) -> None:
    assert problems_of(document, tmp_path) == []


def test_every_command_ends_cleanly_on_a_mangled_document(seed: int, tmp_path: Path) -> None:
    sources = [*OWN, *CORPUS[::7]]
    source = sources[seed * 11 % len(sources)]
    document = tmp_path / f"mangled{source.suffix}"
    document.write_text(mangled(source.read_text(encoding="utf-8"), seed), encoding="utf-8")
    assert problems_of(document, tmp_path) == []
