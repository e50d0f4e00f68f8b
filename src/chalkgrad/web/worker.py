"""A process that does one job after the other: a line of JSON comes in, the outcome goes out after its length.

It ends when its input does, so none is left behind by a server that was killed.
"""

from __future__ import annotations

import json
import os
import sys
from typing import BinaryIO

from chalkgrad.errors import ChalkgradError
from chalkgrad.web.jobs import JOBS

DONE, REFUSED, BROKEN = "done", "refused", "broken"
MEMORY = 4 << 30  # bytes of address space; a job that wants more is refused


def outcome(line: bytes) -> tuple[str, bytes]:
    """What a job gives, or why it does not.

    >>> outcome(b'{"job": "network", "arguments": {"model": "2-"}}')[0]
    'refused'
    """
    try:
        asked = json.loads(line)
        found = JOBS[asked["job"]](**asked["arguments"])
    except ChalkgradError as problem:
        return REFUSED, str(problem).encode()
    except (RecursionError, MemoryError):
        return REFUSED, b"this is nested too deeply, or too large"
    except Exception as problem:  # a mistake of our own must not end the worker, nor tell of the machine
        print(f"chalkgrad: {type(problem).__name__}: {problem}", file=sys.stderr)
        return BROKEN, f"this is a mistake of chalkgrad's own ({type(problem).__name__})".encode()
    return DONE, (found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)).encode()


def serve(source: BinaryIO, sink: BinaryIO) -> None:
    """Does every job that comes in."""
    for line in source:
        kind, content = outcome(line)
        sink.write(f"{kind} {len(content)}\n".encode() + content)
        sink.flush()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    if hard == resource.RLIM_INFINITY or hard > MEMORY:
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, hard))


def main() -> None:
    """Serves standard input; whatever else prints does so on standard error."""
    sink = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    _limit_memory()
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the server's; it closes our input
    serve(sys.stdin.buffer, sink)


if __name__ == "__main__":
    main()
