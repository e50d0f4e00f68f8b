"""The house has floors: a folder imports only from those below it."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"
PACKAGE = "chalkgrad"

# From the ground up. Rooms on one floor do not import from each other.
FLOORS = (
    {"errors", "version"},
    {"files"},
    {"language"},
    {"calculus"},
    {"networks"},
    {"notation"},
    {"page"},
    {"reading", "writing", "drawing"},
    {"engines"},
    {"training", "checking", "descent"},
    {"board"},
    {"models", "reports", "sklearn"},
    {"grading", "worksheets", "editors", "web"},
    {"cli", "pytest_plugin", "sphinx"},
)
FLOOR_OF = {room: height for height, rooms in enumerate(FLOORS) for room in rooms}
# The package's own modules: the public interface reaches everything.
ENTRANCES = {"__init__", "__main__"}


def imported_modules(tree: ast.Module, package: str) -> Iterator[tuple[str, int, bool]]:
    """Every imported module, spelled absolutely, with its line and whether the import stands inside a function."""
    inside = {
        id(node)
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        for node in ast.walk(function)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield alias.name, node.lineno, id(node) in inside
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")
                kept = parents[: len(parents) - node.level + 1]
                base = ".".join([*kept, base] if base else kept)
            # `from chalkgrad import reading` names its room among the names, not in the module.
            names = [f"{base}.{alias.name}" for alias in node.names] if base == PACKAGE else [base]
            for name in names:
                yield name, node.lineno, id(node) in inside


def violations(path: Path, text: str) -> list[str]:
    """What a module, at a path such as `chalkgrad/reading/latex.py`, imports against the rule."""
    room = path.parts[1].removesuffix(".py")
    if room in ENTRANCES:
        return []
    if room not in FLOOR_OF:
        return [f"{path}: {room} stands on no floor; give it one in tests/test_floors.py and docs/decisions.md"]
    found = []
    for name, line, inside_function in imported_modules(ast.parse(text), ".".join(path.parts[:-1])):
        top, *rest = name.split(".")
        if top != PACKAGE:
            if room in {"language", "errors", "version"} and top not in sys.stdlib_module_names:
                allowed = room == "language" and top == "mpmath" and inside_function
                if not allowed:
                    found.append(f"{path}:{line}: {room} is standard library only, yet imports {name}")
            continue
        target = rest[0] if rest else "__init__"
        if target == room or (target in FLOOR_OF and FLOOR_OF[target] < FLOOR_OF[room]):
            continue
        found.append(f"{path}:{line}: {room} must not import {name}: it is not on a lower floor")
    return found


MODULES = [path.relative_to(SOURCE) for path in sorted((SOURCE / PACKAGE).rglob("*.py"))]


@pytest.mark.parametrize("path", MODULES, ids=str)
def test_every_import_goes_down(path: Path) -> None:
    assert not (found := violations(path, (SOURCE / path).read_text(encoding="utf-8"))), "\n".join(found)


def test_all_modules_are_looked_at() -> None:
    assert Path("chalkgrad/language/expressions.py") in MODULES


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("chalkgrad/calculus/derive.py", "from chalkgrad.networks import network"),
        ("chalkgrad/calculus/derive.py", "import chalkgrad.networks.losses"),
        ("chalkgrad/calculus/derive.py", "def late():\n    from chalkgrad.reports import page"),
        ("chalkgrad/calculus/derive.py", "from chalkgrad import language, cli"),
        ("chalkgrad/calculus/derive.py", "from ..networks.losses import bce"),
        ("chalkgrad/calculus/derive.py", "from .. import networks"),
        ("chalkgrad/calculus/derive.py", "import chalkgrad"),
        ("chalkgrad/calculus/derive.py", "from chalkgrad import derive"),
        ("chalkgrad/reading/latex.py", "from chalkgrad.writing import latex"),
        ("chalkgrad/reading/deep/latex.py", "from ...writing import latex"),
        ("chalkgrad/checking/verdict.py", "if True:\n    from chalkgrad.training import fit"),
        ("chalkgrad/errors.py", "from chalkgrad.language import Axis"),
        ("chalkgrad/errors.py", "import numpy"),
        ("chalkgrad/language/evaluate.py", "import mpmath"),
        ("chalkgrad/language/evaluate.py", "def late():\n    import numpy as np"),
        ("chalkgrad/utils/things.py", ""),
    ],
)
def test_a_violation_is_named(path: str, text: str) -> None:
    found = violations(Path(path), text)
    assert len(found) == 1
    assert found[0].startswith(path)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("chalkgrad/calculus/derive.py", "from chalkgrad.language import Axis\nfrom chalkgrad import errors"),
        ("chalkgrad/calculus/derive.py", "from .rules import RULES\nfrom . import sums\nfrom ..language import text"),
        ("chalkgrad/calculus/derive.py", "from chalkgrad.version import __version__\nimport numpy"),
        ("chalkgrad/language/evaluate.py", "import math\ndef late():\n    import mpmath"),
        ("chalkgrad/cli/main.py", "from chalkgrad.reports import page"),
        ("chalkgrad/__init__.py", "from chalkgrad.cli import main"),
    ],
)
def test_an_import_that_goes_down_is_allowed(path: str, text: str) -> None:
    assert violations(Path(path), text) == []
