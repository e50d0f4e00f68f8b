r"""What is said elsewhere of each sample, read as said of one: a section may drop the marks, x for the `x^{(i)}`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.page.syntax import BigOperator, Name, Syntax, mapped_chain, walk_syntax
from chalkgrad.reading.facts import Statement
from chalkgrad.reading.scripts import base_of, item_of
from chalkgrad.reading.vocabulary import Vocabulary, bound_letters, quantities


def with_samples_dropped(passage: Sequence[Statement], vocabulary: Vocabulary) -> list[Statement]:
    """The equations of a section, those from elsewhere without the samples of which its own make no mention."""
    own = [name for statement in passage if not statement.borrowed for name in quantities(statement.chain)]
    if any(vocabulary.use(name).samples for name in own):
        return list(passage)
    bare = {base_of(name) for name in own}
    marked = {base_of(name) for statement in passage for name in quantities(statement.chain)
              if vocabulary.use(name).samples}  # fmt: skip
    if not marked & bare or any(base[:1].upper() + base[1:] in bare - marked for base in marked):
        return list(passage)
    return [_of_one(statement, vocabulary) if statement.borrowed else statement for statement in passage]


def _of_one(statement: Statement, vocabulary: Vocabulary) -> Statement:
    sums = [part for part in walk_syntax(statement.chain) if isinstance(part, BigOperator)]
    if any(item.text in vocabulary.sampled for part in sums for item in bound_letters(part)):
        return statement

    def change(part: Syntax) -> Syntax:
        if isinstance(part, Name) and part.superscripts:
            kept = tuple(each for each in part.superscripts if not _is_sample(each, vocabulary))
            return replace(part, superscripts=kept)
        return part

    return replace(statement, chain=mapped_chain(statement.chain, change, scripts=False))


def _is_sample(part: Syntax, vocabulary: Vocabulary) -> bool:
    item = item_of(part)
    return item.bracket == "(" and vocabulary.is_sample(item)


__all__ = ["with_samples_dropped"]
