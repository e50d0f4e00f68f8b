"""Of one document each command asks the same again: within a test it is read and checked once."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from typing import Any

import pytest

ASKED = {
    "check_text": ("checking.document", "reports.write", "grading.sheets", "grading.submissions"),
    "read_contents": ("checking.contents", "reports.write"),
}


@pytest.fixture(autouse=True)
def _asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, places in ASKED.items():
        modules = [importlib.import_module(f"chalkgrad.{place}") for place in places]
        shared = remembering(getattr(modules[0], name))
        for module in modules:
            monkeypatch.setattr(module, name, shared)


def remembering(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function, which gives what it gave before where it is asked the same."""
    known: dict[str, Any] = {}

    def asked(*given: Any, **named: Any) -> Any:
        key = repr((given, sorted(named.items())))
        if key not in known:
            known[key] = function(*given, **named)
        return known[key]

    return asked
