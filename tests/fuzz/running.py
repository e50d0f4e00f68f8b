"""Gives hostile inputs to a reader one after the other, in a process of its own: `python running.py READER EVERY`.

Of the table of the reader every so-manieth is given. Prints a line of JSON for each: what came of it, and the
processor's seconds.
"""

from __future__ import annotations

import json
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from chalkgrad.checking import check_text
from chalkgrad.errors import ChalkgradError
from chalkgrad.grading.rubric import read_rubric
from chalkgrad.page.documents import read_document
from chalkgrad.page.statements import statements_in
from chalkgrad.reading.plain import read_expression
from chalkgrad.reading.programs import read_function, read_program
from chalkgrad.reading.spec import read_spec
from fuzz.hostile import READERS

LONGEST = 30  # seconds: then it hangs
MOST_MEMORY = 500_000_000


class Hang(BaseException):
    pass


def document(text: str) -> None:
    for latex in (False, True):
        check_text(text, latex=latex)


def latex(text: str) -> None:
    page(f"$${text}$$")


def plain(text: str) -> None:
    for read in (read_expression, read_program, read_function):
        try:
            read(text)
        except ChalkgradError:
            continue


def rubric(text: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder, "rubric.toml")
        place.write_bytes(text.encode("utf-8", "surrogatepass"))
        read_rubric(place)


def page(text: str) -> None:
    for latex in (False, True):
        statements_in(read_document(text, latex=latex))


READ: dict[str, Callable[[str], Any]] = {
    "document": document,
    "page": page,
    "latex": latex,
    "plain": plain,
    "spec": read_spec,
    "rubric": rubric,
}


def hang(*_: object) -> None:
    raise Hang


def run(read: Callable[[str], Any], text: str) -> str:
    signal.setitimer(signal.ITIMER_VIRTUAL, LONGEST)
    try:
        read(text)
    except ChalkgradError as problem:
        if len(str(problem)) > 2000:
            return f"a message of {len(str(problem))} characters"
        return "refused"
    except Hang:
        return "hangs"
    except BaseException as problem:
        return f"crash: {type(problem).__name__}: {str(problem)[:200]}"
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return "read"


def main(reader: str, every: int) -> None:
    signal.signal(signal.SIGVTALRM, hang)
    read = READ[reader]
    run(read, "warm $x = 1$")
    pages = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (pages + MOST_MEMORY, pages + MOST_MEMORY))
    for name, text in islice(READERS[reader](), 0, None, every):
        started = time.process_time()
        outcome = run(read, text)
        print(json.dumps([name, outcome, round(time.process_time() - started, 2)]), flush=True)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
