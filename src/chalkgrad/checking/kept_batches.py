"""The numbers of programs at random points, kept in the process: from one text to the next most programs are the same.

The points follow from the program and its seed, so they are the same whenever it is asked for them, and so are all
values. What a text computes further goes into a copy of its own. The work is counted each time, whoever did it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock

from chalkgrad.checking.vectors import Batch
from chalkgrad.page.effort import spend_again, steps_left

MOST_BATCHES = 1_024
MOST_NUMBERS = 4_000_000
LARGEST = 100_000  # numbers in one


class KeptBatches:
    """The batches that were computed last, each with the steps that it took."""

    def __init__(self, batches: int = MOST_BATCHES, numbers: int = MOST_NUMBERS) -> None:
        self._most = batches, numbers
        self._batches: OrderedDict[Hashable, tuple[Batch, int]] = OrderedDict()
        self._numbers = 0
        self._lock = Lock()

    def of(self, key: Hashable, compute: Callable[[], Batch]) -> Batch:
        """The batch of that key: a copy of what is kept, or what `compute` gives, with all tensors defined."""
        with self._lock:
            found = self._batches.get(key)
            if found is not None:
                self._batches.move_to_end(key)
        if found is not None:
            spend_again(found[1])
            return found[0].copy()
        left = steps_left()
        batch = compute()
        batch.vectors  # noqa: B018  # computes the values of all tensors
        if left is not None and batch.numbers <= LARGEST:
            self._keep(key, batch.copy(), left - (steps_left() or 0))
        return batch

    @property
    def count(self) -> int:
        """How many batches there are."""
        return len(self._batches)

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._batches.clear()
            self._numbers = 0

    def _keep(self, key: Hashable, batch: Batch, work: int) -> None:
        batches, numbers = self._most
        with self._lock:
            if key in self._batches:
                return
            self._batches[key] = batch, work
            self._numbers += batch.numbers
            while len(self._batches) > batches or self._numbers > numbers:
                _, (oldest, _) = self._batches.popitem(last=False)
                self._numbers -= oldest.numbers


KEPT_BATCHES = KeptBatches()
