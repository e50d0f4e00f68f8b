r"""Gradients under names of their own, `dZ`: they are as large as what they are the gradients by."""

from __future__ import annotations

from chalkgrad.reading.facts import Facts, is_gradient_name
from chalkgrad.reading.sense import Setting, inner_of_gradient
from chalkgrad.reading.sizes import Sizes


def join_own_sizes(facts: Facts, setting: Setting, sizes: Sizes) -> None:
    """Makes the sizes of each such gradient those of its quantity, where both have the same layout."""
    for use, _ in facts.symbols():
        if use.name is None or not is_gradient_name(use.name, facts.vocabulary):
            continue
        inner = inner_of_gradient(use.name)
        assert inner is not None
        symbol = facts.use(inner).symbol
        mine, theirs = setting.sort(use.symbol), setting.sort(symbol)
        if mine is None or theirs is None or (mine.family, mine.kind) != (theirs.family, theirs.kind):
            continue
        for one, other in zip(setting.tensor(use.symbol, mine).axes, setting.tensor(symbol, theirs).axes, strict=True):
            sizes.join(one.size, other.size, strict=True)


__all__ = ["join_own_sizes"]
