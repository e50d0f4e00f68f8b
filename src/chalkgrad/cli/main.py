"""Where the command starts: what answers at once, the commands, and how errors are told."""

from __future__ import annotations

import os
import re
import sys
import traceback
from pathlib import Path

from chalkgrad.errors import ChalkgradError
from chalkgrad.version import __version__

# A number, a bracket or a command of LaTeX after the minus, or a name that something is done with.
_NEGATED = re.compile(
    r"-(?:[\d.(\\]|(?![os])[A-Za-zα-ωΑ-Ω]\w*\s*['^*/+(\[-]|[os]\w*\s*['^*+(\[]|(?![osV])[A-Za-z]\s*$)"
)
WRONG, UNREADABLE, NOT_JUDGED, BROKEN, INTERRUPTED = 1, 2, 3, 70, 130


def main() -> None:
    """Runs the command line; errors are one sentence on standard error, never a traceback."""
    if sys.argv[1:] in (["--version"], ["-V"]):  # answered before anything heavy is loaded
        print(f"chalkgrad {__version__}")
        return
    from chalkgrad.cli.commands import app

    try:
        app(list(map(as_argument, sys.argv[1:])))
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
    except Exception as problem:
        print(f"chalkgrad: {told(problem)}", file=sys.stderr)
        sys.exit(BROKEN)


def as_argument(text: str) -> str:
    """An argument as the command line takes it: a formula that starts with a minus, which would be an option, with a
    space in front of it.

    >>> [as_argument(text) for text in ("-x^2 + y", "-sin(x)", "-2*x", "-o", "-oout/file", "-sx=1", "--steps")]
    [' -x^2 + y', ' -sin(x)', ' -2*x', '-o', '-oout/file', '-sx=1', '--steps']
    """
    return f" {text}" if _NEGATED.match(text) else text


def told(problem: Exception) -> str:
    """The sentence about an error that nobody foresaw, with its place.

    >>> told(KeyError("x"))
    "this is a mistake of chalkgrad's own (KeyError: 'x'). Please report it with the document."
    """
    places = traceback.extract_tb(problem.__traceback__)[-1:]
    where = "".join(f", {Path(place.filename).name} line {place.lineno}" for place in places)
    what = f"{type(problem).__name__}: {problem}".split("\n", 1)[0][:200]
    return f"this is a mistake of chalkgrad's own ({what}{where}). Please report it with the document."
