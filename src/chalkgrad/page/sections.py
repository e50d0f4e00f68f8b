"""The sections of a document: where each begins, and its number or title."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

HASH_HEADING = re.compile(r"[ \t]{0,3}#{1,6}[ \t]+(?P<title>[^\n#]+)")
_NUMBERED = re.compile(r"[ \t]{0,3}(?P<number>\d{1,3}(?:\.\d{1,3}){0,4})[.):]?[ \t]+(?P<title>[^\W\d_][^\n]*)")
_SECTION_COMMAND = re.compile(r"\\(?P<level>(?:sub){0,2}section)\*?\{(?P<title>[^}\n]*)\}")
_EXERCISE = re.compile(r"\\begin\{(?P<kind>\w*(?:problem|exercise|example|question|task)\w*)\*?\}", re.IGNORECASE)


def sections_in(text: str, left_alone: Sequence[tuple[int, int]] = ()) -> list[tuple[int, str]]:
    """Where each section begins, and its number or title; what is left alone, such as code, has none.

    >>> sections_in("# Loss\\nIt is\\n## 2.1 More\\n")
    [(0, 'Loss'), (13, '2.1')]
    """
    found: list[tuple[int, str]] = []
    counters = [0, 0, 0]
    exercises = 0
    begins = [begin for begin, _ in left_alone]
    place = 0
    for line in text.split("\n"):
        inside = bisect_right(begins, place) - 1
        if inside < 0 or left_alone[inside][1] <= place or begins[inside] == place:
            heading = HASH_HEADING.match(line)
            numbered = _NUMBERED.match(heading["title"] if heading else line)
            command = _SECTION_COMMAND.search(line)
            exercise = _EXERCISE.search(line)
            if numbered and "$" not in line:
                found.append((place, numbered["number"]))
            elif heading:
                found.append((place, heading["title"].strip()))
            elif command:
                level = command["level"].count("sub")
                counters[level] += 1
                counters[level + 1 :] = [0] * (2 - level)
                found.append((place, ".".join(str(count) for count in counters[: level + 1])))
            elif exercise:
                exercises += 1
                found.append((place + exercise.start(), f"{exercise['kind']} {exercises}"))
        place += len(line) + 1
    return found
