"""Where the command starts: what answers at once, the commands, and how errors are told."""

from __future__ import annotations

import os
import sys

from chalkgrad.errors import ChalkgradError
from chalkgrad.version import __version__

WRONG, UNREADABLE, NOT_JUDGED, INTERRUPTED = 1, 2, 3, 130


def main() -> None:
    """Runs the command line; errors are one sentence on standard error, never a traceback."""
    if sys.argv[1:] in (["--version"], ["-V"]):  # answered before anything heavy is loaded
        print(f"chalkgrad {__version__}")
        return
    from chalkgrad.cli.commands import app

    try:
        app()
    except ChalkgradError as problem:
        print(f"chalkgrad: {problem}", file=sys.stderr)
        sys.exit(UNREADABLE)
    except KeyboardInterrupt:
        print("chalkgrad: interrupted", file=sys.stderr)
        sys.exit(INTERRUPTED)
    except BrokenPipeError:
        # The reader of our output has gone: nothing more to say, and nothing to flush at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
