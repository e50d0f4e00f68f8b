"""Near-copies among submissions: what two have in common that is neither the sheet's text nor a right answer.

Shingles of a few words each (Broder, *On the resemblance and containment of documents*, 1997). Those of the sheet, of
answers that are right, and of many submissions tell nothing: everybody may write them.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import combinations
from math import ceil
from typing import Any

_WORD = re.compile(r"\\[A-Za-z]+|[^\W\d_]+|\d+(?:\.\d+)?|[^\w\s]|_")
_SAYS_NOTHING = frozenset({"$", "\\left", "\\right", "{", "}", "&", "\\", "*", "#"})
_LENGTH = 6  # words of a shingle
_FEWEST = 12  # shingles that two must have in common
_SHARE = 0.5  # of what the one that says less has of its own
_MANY = 0.05  # of the submissions that have a shingle: more of them, and it is nobody's own
_MOST_WORDS = 4000


@dataclass(frozen=True)
class Likeness:
    """Two submissions that say the same: the share of what the shorter one has of its own that stands in the other, and
    the longest passage that both have.
    """

    first: str
    second: str
    share: float
    passage: str


def near_copies(texts: Mapping[str, str], common: Sequence[str] = ()) -> list[Likeness]:
    """The pairs of texts that have most of what they say in common, but for what stands in the `common` ones.

    >>> own = "I went from the loss back to the hidden layer, and then I took the factor of the slope at each unit."
    >>> [(each.first, each.second, each.share) for each in near_copies({"ann": own, "bob": own, "cem": "No idea."})]
    [('ann', 'bob', 1.0)]
    >>> near_copies({"ann": own, "bob": own}, common=[own])
    []
    """
    words = {name: _words(text)[:_MOST_WORDS] for name, text in texts.items()}
    known = {shingle for text in common for shingle in _shingles(_words(text))}
    shingles = {name: set(_shingles(each)) - known for name, each in words.items()}
    frequency = Counter(shingle for each in shingles.values() for shingle in each)
    most = max(2, ceil(_MANY * len(texts)))
    own = {name: {shingle for shingle in each if frequency[shingle] <= most} for name, each in shingles.items()}
    holders: dict[tuple[str, ...], list[str]] = defaultdict(list)
    for name, each in own.items():
        for shingle in each:
            holders[shingle].append(name)
    shared = Counter(pair for names in holders.values() for pair in combinations(names, 2))
    found = []
    for (first, second), count in shared.items():
        share = count / min(len(own[first]), len(own[second]))
        if count >= _FEWEST and share >= _SHARE:
            found.append(Likeness(first, second, round(share, 2), _longest(words[first], words[second])))
    return sorted(found, key=lambda each: (-each.share, each.first, each.second))


def own_words(text: str, claims: Sequence[Mapping[str, Any]]) -> str:
    """A submission's text without its equations that are right, or that define something.

    >>> own_words("So $a = b$ and $c = d$", [{"latex": "a = b", "verdict": "right"}])
    'So $ $ and $c = d$'
    """
    wrong = {claim["latex"] for claim in claims if claim["verdict"] in ("wrong", "unread", "undetermined")}
    told = {claim["latex"] for claim in claims} - wrong
    for latex in sorted(filter(None, told), key=lambda each: (-len(each), each)):
        text = text.replace(latex, " ")
    return text


def _words(text: str) -> list[str]:
    return [word for word in _WORD.findall(text.casefold()) if word not in _SAYS_NOTHING]


def _shingles(words: Sequence[str]) -> Iterator[tuple[str, ...]]:
    return (tuple(words[k : k + _LENGTH]) for k in range(len(words) - _LENGTH + 1))


def _longest(first: Sequence[str], second: Sequence[str]) -> str:
    match = SequenceMatcher(None, first, second, autojunk=False).find_longest_match()
    return " ".join(first[match.a : match.a + min(match.size, 30)])
