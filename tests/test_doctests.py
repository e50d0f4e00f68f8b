"""Every example in a docstring runs, and everything public has one."""

from __future__ import annotations

import doctest
import importlib
import inspect
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src"


def module_name(path: Path) -> str:
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


# Found as files rather than by importing, so that a module that does not import fails its own test alone.
MODULES = [module_name(path) for path in sorted((SOURCE / "chalkgrad").rglob("*.py")) if path.stem != "__main__"]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    module = importlib.import_module(name)
    report: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder().find(module, name):
        runner.run(test, out=report.append)
    assert not runner.failures, "".join(report)


def test_everything_public_has_an_example() -> None:
    package = importlib.import_module("chalkgrad")
    public = {name: getattr(package, name) for name in package.__all__}
    described = {name: thing for name, thing in public.items() if inspect.isroutine(thing) or inspect.isclass(thing)}
    assert described
    missing = [name for name, thing in described.items() if ">>>" not in (thing.__doc__ or "")]
    assert not missing, f"without an example in the docstring: {', '.join(missing)}"
