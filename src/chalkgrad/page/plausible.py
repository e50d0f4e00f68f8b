"""Whether what stands between two marks is maths at all: prices, citations and whole paragraphs are not."""

from __future__ import annotations

import re

_WORD = re.compile(r"(?<![\\A-Za-z{_^])[A-Za-z]{3,}(?![A-Za-z(_^}])")
_FOREIGN_WORDS = re.compile(r"[\u0400-\u04ff]{3,}|[\u3040-\u30ff\u3400-\u9fff]{2,}")
_WORDS_IN_MATHS = re.compile(
    r"\\(?:text\w*|mbox|mathrm|operatorname\*?|tag|label|emph|begin|end|textcolor|color)\s*\*?\{[^{}]*\}|%[^\n]*"
)
_MATHS = re.compile(r"[\\_^=<>+|]|\d\s*[-*/]|[a-zA-Z]\s*\(")
_CITATION = re.compile(r"[\s\d,;–-]*|[A-Z][a-z]+(?: et al\.?)?,? \d{4}[a-z]?")
_HEADING = re.compile(r"\n[ \t]{0,3}#{1,6}[ \t]|\n(?:```|~~~)")
_MOST_WORDS = 6


def is_sentence(content: str) -> bool:
    """Whether words without any sign of maths stand there, or so many that they can be no formula.

    >>> is_sentence("the price of a book"), is_sentence("loss = a * relu(x)"), is_sentence("x")
    (True, False, False)
    """
    bare = _WORDS_IN_MATHS.sub(" ", content)
    words = len(_WORD.findall(bare)) + len(_FOREIGN_WORDS.findall(bare))
    if not words:
        return content.strip().isalpha() and not content.isascii() and len(content.strip()) > 1
    signs = len(_MATHS.findall(bare))
    return words > 1 + 2 * signs if words <= _MOST_WORDS else words > 4 * signs


def is_citation(content: str) -> bool:
    """Whether a number or a word in brackets stands there, as in `\\[12\\]`."""
    word = content.strip()
    bare_word = word.isalpha() and (len(word) > 3 or not word.isascii())
    return bare_word or _CITATION.fullmatch(word) is not None


def is_price(content: str, following: str) -> bool:
    """Whether two dollar signs are those of amounts: a number follows both, or words stand between them.

    >>> is_price("5 and ", "6"), is_price("5", " "), is_price("hidden layer", " ")
    (True, False, False)
    """
    if following.isdigit():
        return True
    one_space = content[:1].isspace() != content[-1:].isspace()
    if one_space or content[:1].isdigit():
        return is_sentence(content)
    return len(_WORD.findall(content)) > _MOST_WORDS and is_sentence(content)


def is_text(content: str) -> bool:
    """Whether what stands between two marks of a display is the text between two displays."""
    return "\n" in content and (_HEADING.search(content) is not None or is_sentence(content))
