"""Code of Python 2, which Python 3 cannot parse for its prints; imports nothing of chalkgrad, for the sandbox."""

from __future__ import annotations

import ast
import re


def without_old_prints(text: str) -> str:
    """A text in which the prints of Python 2, which Python 3 cannot parse, do nothing; other texts as they are.

    >>> without_old_prints("if x:\\n    print 'x is', x\\n")
    'if x:\\n    pass\\n'
    """
    try:
        ast.parse(text)
    except SyntaxError:
        lines = text.split("\n")
        for number, line in enumerate(lines):
            match = re.match(r"([ \t]*)print\b(?!\s*\()", line)
            last = number
            while (
                match
                and last + 1 < len(lines)
                and (_open("\n".join(lines[number : last + 1])) or lines[last].endswith("\\"))
            ):
                last += 1
            if match:
                lines[number : last + 1] = [f"{match[1]}pass", *[""] * (last - number)]
        return "\n".join(lines)
    return text


def _open(text: str) -> bool:
    """Whether a bracket is open at the end of a text; what stands in quotes does not count."""
    bare = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "", text)
    return sum(bare.count(each) for each in "([{") > sum(bare.count(each) for each in ")]}")
