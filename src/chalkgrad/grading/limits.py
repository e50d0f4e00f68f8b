"""What one submission may take: seconds of a processor and memory. More than that is told, and stops nothing else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

MOST_SECONDS = 120.0
MOST_MEMORY = 6 * 2**30  # bytes of addresses; libraries that are loaded take one or two of them


class TooMuchError(BaseException):
    """A submission took more than it may. It is no `Exception`, so that nothing on the way takes it for an answer."""


@contextmanager
def at_most_seconds(seconds: float) -> Iterator[None]:
    """Raises `TooMuchError` within the block after so many seconds of work, where the system has such a clock.

    It counts what the processor does, not the time that passes: a busy machine changes no marks.
    """
    if not hasattr(signal, "SIGPROF") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def stop(number: int, frame: FrameType | None) -> None:
        raise TooMuchError(f"it took more than {seconds:g} seconds of work")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, seconds, 1.0)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def begin(most: int = MOST_MEMORY) -> None:
    """Begins a process that marks: it has no more memory than that, where the system can, and ends with its parent."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        import resource
    except ImportError:  # not on Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _end_with_parent() -> None:
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
