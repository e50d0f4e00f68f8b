"""LaTeX to tokens and back: nothing here knows what a token means, only which ones are not seen on paper."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

WORD = re.compile(r"\\(?:mathrm|operatorname\*?|text|textrm|mathit|mathsf)\s*\{([^{}]*)\}")
ENVIRONMENT = re.compile(r"\\(?:begin|end)\{[a-z*]+\}")
TAG = re.compile(r"\\(?:tag|label)\{[^{}]*\}")
COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)", re.DOTALL)
UNSEEN = {
    *(r"\,", r"\;", r"\!", r"\:", "\\ ", r"\quad", r"\qquad", r"\left", r"\right", r"\displaystyle", r"\nonumber"),
    *(r"\big", r"\Big", r"\bigl", r"\bigr", r"\Bigl", r"\Bigr", r"\bigg", r"\biggl", r"\biggr", r"\limits", "~"),
}


@dataclass(frozen=True)
class Token:
    """One mark: its text as written, and `key`, by which it is compared (`\\mathrm{tr}` and `\\tr` have one key)."""

    text: str
    key: str

    @property
    def seen(self) -> bool:
        return self.text not in UNSEEN and not self.text.isspace() and not TAG.fullmatch(self.text)


def tokens_of(latex: str, words: Sequence[str] = ()) -> list[Token]:
    """The marks of a formula; `words` are the names of several letters that this document uses."""
    found, at = [], 0
    longest_first = sorted(words, key=len, reverse=True)
    while at < len(latex):
        if latex[at].isspace():
            at += 1
            continue
        word = WORD.match(latex, at)
        other = word or ENVIRONMENT.match(latex, at) or TAG.match(latex, at)
        other = other or (COMMAND.match(latex, at) if latex[at] == "\\" else None)
        if other:
            text = other.group()
            key = "\\" + word.group(1).strip() if word else text
        else:
            text = next((each for each in longest_first if latex.startswith(each, at)), latex[at])
            key = text
        found.append(Token(text, ALIASES.get(key, key)))
        at += len(text)
    return found


def text_of(tokens: Sequence[Token]) -> str:
    """LaTeX that reads as these tokens: a blank only where a command would run into a letter."""
    written = ""
    for token in tokens:
        if re.search(r"\\[A-Za-z]+$", written) and token.text[:1].isalpha():
            written += " "
        written += token.text
    return written


ALIASES = {
    r"\top": r"\T",
    r"\intercal": r"\T",
    r"\ne": r"\neq",
    r"\leq": r"\le",
    r"\geq": r"\ge",
    r"\lVert": r"\|",
    r"\rVert": r"\|",
    r"\Vert": r"\|",
    r"\lvert": "|",
    r"\rvert": "|",
    r"\lbrace": r"\{",
    r"\rbrace": r"\}",
    r"\tfrac": r"\frac",
    r"\dfrac": r"\frac",
    r"\boldsymbol": r"\mathbf",
    r"\bm": r"\mathbf",
    r"\ln": r"\log",
    r"\prime": "'",
    r"\d": "d",
    r"\relu": r"\ReLU",
    r"\Softmax": r"\softmax",
    r"\Tr": r"\tr",
    r"\trace": r"\tr",
}
