"""What prose says about a network: which loss is meant."""

from __future__ import annotations

import re
from functools import cache

from chalkgrad.networks.losses import LOSSES, Loss, loss_named


@cache
def _spellings() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Every spelling of every loss, the longest first, as a pattern."""
    found: dict[str, str] = {}
    for row in LOSSES.values():
        for name in (row.name, row.title, *row.aliases):
            found[name.lower()] = row.name
    found |= {"squared loss": "mse", "least squares": "mse", "quadratic cost": "mse", "cross-entropy": "cross_entropy"}
    found.pop("ce", None)
    ordered = sorted(found.items(), key=lambda pair: -len(pair[0]))
    return tuple((_pattern(spelling), name) for spelling, name in ordered)


def _pattern(spelling: str) -> re.Pattern[str]:
    words = [re.escape(word) for word in re.split(r"[\s_-]+", spelling)]
    return re.compile(r"(?<![^\W_])" + r"[\s_-]*".join(words) + r"(?![^\W_])", re.IGNORECASE)


def loss_in_prose(prose: str, *, one_output: bool = True) -> Loss | None:
    """The loss that the prose names, or None. With one output "cross-entropy" is the binary one.

    >>> loss_in_prose("Suppose the Loss function is Binary Cross Entropy since it is binary.").name
    'bce'
    """
    for pattern, name in _spellings():
        if pattern.search(prose):
            return loss_named("bce") if name == "cross_entropy" and one_output else LOSSES[name]
    return None
