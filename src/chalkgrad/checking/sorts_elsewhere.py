"""Sections read again with what other sections bear out: a w that is a matrix where claims about it are right is one
where they do not fit.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from chalkgrad.checking.judged import RIGHT, Judged, is_refused
from chalkgrad.checking.judging import judged_part
from chalkgrad.checking.sections_alone import is_better
from chalkgrad.page.documents import Document
from chalkgrad.reading.parts import with_kinds
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.vocabulary import Symbol, quantities

_Kinds = dict[tuple[str, int], str]


def kinds_borne_out(parts: Sequence[tuple[list[Judged], Reading]]) -> _Kinds:
    """The kind under which most of the claims about a name are right, by its letters and how many labels it has."""
    votes: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for found, reading in parts:
        for each in found:
            if each.verdict in RIGHT:
                statement = each.claim.statement
                for symbol in {reading.facts.use(name).symbol for name in quantities(statement.chain)}:
                    sort = reading.sorts.get(symbol)
                    if sort is not None and sort.family == 0:
                        votes[_key(symbol)][sort.kind] += 1
    return {key: counts.most_common(1)[0][0] for key, counts in votes.items()}


def read_as_elsewhere(
    found: list[Judged], reading: Reading, kinds: Mapping[tuple[str, int], str], document: Document
) -> tuple[list[Judged], Reading]:
    """The verdicts on a part under these kinds, where more is right so, nothing wrong, and what was wrong right."""
    if not any(map(is_refused, found)):
        return found, reading
    differing = {
        _key(symbol): kind for symbol, sort in reading.sorts.items()
        if sort.family == 0 and (kind := kinds.get(_key(symbol), sort.kind)) != sort.kind
    }  # fmt: skip
    if not differing:
        return found, reading
    tried = judged_part(with_kinds(reading.facts, differing), document)
    return tried if is_better(tried[0], found) else (found, reading)


def _key(symbol: Symbol) -> tuple[str, int]:
    return symbol.base, len(symbol.labels)


__all__ = ["kinds_borne_out", "read_as_elsewhere"]
