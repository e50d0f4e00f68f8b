"""A document cut into maths, prose, and what is neither, so that each part can be rewritten on its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

Rewriting = Callable[[str], str]

_ENVIRONMENTS = "(?:equation|align|gather|multline|alignat|eqnarray|flalign)\\*?"
_MARKDOWN = re.compile(
    r"```math\n(?P<fence>.*?)```|```.*?```|`[^`\n]*`"
    r"|\$\$(?P<display>.+?)\$\$|\$(?P<inline>.+?)\$"
    r"|\\\[(?P<brackets>.+?)\\\]|\\\((?P<parentheses>.+?)\\\)"
    rf"|\\begin\{{(?P<environment>{_ENVIRONMENTS})\}}(?P<inside>.+?)\\end\{{(?P=environment)\}}"
    r"|^let:(?P<names>[^\n]*)$"
    r"|^\\newcommand\{\\\w+\}(?:\[\d\])?\{(?P<macro>[^\n]*)\}$|\\[A-Za-z]+",
    re.DOTALL | re.MULTILINE,
)
_MATHS = ("fence", "display", "inline", "brackets", "parentheses", "inside", "names", "macro")


def rewritten(text: str, suffix: str, maths: Rewriting, prose: Rewriting) -> str:
    """The document with its maths and its prose rewritten; code, commands and labels stay as they are."""
    if suffix == ".ipynb":
        notebook = json.loads(text)
        for cell in notebook["cells"]:
            if cell["cell_type"] == "markdown":
                cell["source"] = rewritten("".join(cell["source"]), ".md", maths, prose).splitlines(keepends=True)
        return json.dumps(notebook, indent=1, ensure_ascii=False)
    if suffix == ".txt":
        return "\n".join(maths(line) if "=" in line else prose(line) for line in text.split("\n"))
    parts, last = [], 0
    for found in _MARKDOWN.finditer(text):
        parts.append(prose(text[last : found.start()]))
        whole, last = found[0], found.end()
        for name in _MATHS:
            if found[name] is not None:
                start, end = found.start(name) - found.start(), found.end(name) - found.start()
                whole = whole[:start] + maths(found[name]) + whole[end:]
        parts.append(whole)
    return "".join(parts) + prose(text[last:])


def maths_of(text: str, suffix: str) -> list[str]:
    """All passages of maths, in order."""
    found: list[str] = []

    def noted(latex: str) -> str:
        found.append(latex)
        return latex

    rewritten(text, suffix, noted, lambda prose: prose)
    return found
