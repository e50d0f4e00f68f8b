"""Fewer looks for what could be freed: reading makes millions of small objects, of which few are in cycles."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_MADE = 50_000  # objects between two looks; Python's own figure is 700


@contextmanager
def few_collections() -> Iterator[None]:
    """Lets the collector look less often; one that looks more seldom, or not at all, is left alone.

    >>> import gc
    >>> before = gc.get_threshold()
    >>> with few_collections():
    ...     gc.get_threshold()[0] >= 50_000 or not before[0]
    True
    >>> gc.get_threshold() == before
    True
    """
    before = gc.get_threshold()
    if 0 < before[0] < _MADE:
        gc.set_threshold(_MADE, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
