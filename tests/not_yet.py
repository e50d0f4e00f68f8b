"""Cases known not to pass yet: each is expected to fail, so that one that passes has to be taken off its list."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import pytest

Case = TypeVar("Case")


def marked(cases: Iterable[Case], fails: Callable[[Case], bool], reason: str) -> list[object]:
    """The cases as parameters of a test, those that fail marked with the reason; a tuple has several values."""
    mark = pytest.mark.xfail(reason=reason)
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=mark) if fails(case) else case
        for case in cases
    ]
