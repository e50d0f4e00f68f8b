"""What a document says about itself in a block between `---` at its very beginning."""

from __future__ import annotations

import re

_BLOCK = re.compile(r"\A---[ \t]*\n(?P<lines>.*?)\n---[ \t]*\n", re.DOTALL)
_LET = re.compile(r"^let:[ \t]*(?P<pairs>[^\n]*(?:\n[ \t]+[^\n]+)*)", re.MULTILINE)
_PAIR = re.compile(r"[ \t]*(?P<name>[^\s=:]+)[ \t]*[=:][ \t]*(?P<meant>\S[^\n]*)")


def fixed_in(text: str) -> dict[str, str]:
    """The names that the block at the beginning of a document fixes.

    They stand on one line with commas, or each on a line of its own that is indented.

    >>> fixed_in("---\\nlet: out=z_2, net=z_1\\n---\\nText.")
    {'out': 'z_2', 'net': 'z_1'}
    >>> fixed_in("---\\nlet:\\n  out: z_2\\n  net: z_1\\n---\\nText.")
    {'out': 'z_2', 'net': 'z_1'}
    """
    block = _BLOCK.match(text)
    several = _LET.finditer(block["lines"]) if block else ()
    pairs = [_PAIR.fullmatch(pair) for lines in several for pair in re.split(r"[,\n]", lines["pairs"])]
    return {pair["name"]: pair["meant"].strip() for pair in pairs if pair}


def setting_in(text: str, key: str) -> str | None:
    """What the block at the beginning of a document says after a key such as `model:`, None where it says nothing.

    >>> setting_in("---\\nmodel: 2-3-1 relu sigmoid bce\\n---\\nText.", "model")
    '2-3-1 relu sigmoid bce'
    """
    block = _BLOCK.match(text)
    lines = block["lines"].split("\n") if block else []
    found = (line.partition(":")[2].strip() for line in lines if line.partition(":")[0].strip() == key)
    return next(filter(None, found), None)
