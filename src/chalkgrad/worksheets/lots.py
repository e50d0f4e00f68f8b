"""What is drawn by lot: a network out of a pattern. A draw depends on its seed and on nothing else."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from typing import TypeVar

from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.networks.architecture import NetworkSpec
from chalkgrad.reading.spec import read_spec

_BCE = "2|3-2..4-1 relu|leaky_relu|tanh|sigmoid sigmoid bce"
# What is drawn from where no pattern is given, for gradients weight by weight and for those of whole matrices.
PATTERNS = {
    "scalar": (_BCE, "2|3-2..4-1 relu|tanh|sigmoid identity mse", "2-2|3-3 relu|tanh softmax cross-entropy"),
    "matrix": (_BCE, "2|3-3|4-2 relu|tanh|sigmoid identity mse"),
}
_BETWEEN = re.compile(r"(\s+|-(?=\d))")
_RANGE = re.compile(r"(\d+)\.\.(\d+)")
_WIDEST_RANGE = 1000
_Option = TypeVar("_Option")


class Lots:
    """A source of draws, the same for the same seeds on every machine.

    >>> Lots(7, "numbers").one_of("abcdef") == Lots(7, "numbers").one_of("abcdef")
    True
    """

    def __init__(self, *seeds: int | str) -> None:
        self._source = random.Random("/".join(map(str, seeds)))

    def one_of(self, options: Sequence[_Option]) -> _Option:
        """One of the options, each as likely as the others."""
        # Of `random` only this one method promises the same numbers in every version of Python.
        return options[int(self._source.random() * len(options))]


def draw_spec(patterns: Sequence[str], lots: Lots) -> NetworkSpec:
    """A network out of one of the patterns: a spec in which sizes and names may be alternatives or ranges.

    `2|3-2..4-1 relu|tanh sigmoid bce` has two or three inputs and two to four hidden units. Raises `ReadingError` and
    `UnknownNameError` for what is no spec.

    >>> str(draw_spec(["2-3..3-1 relu sigmoid bce"], Lots(1)))
    '2-3-1 relu sigmoid bce'
    """
    if not patterns:
        raise ChalkgradError("there is no pattern of a network to draw from")
    pattern = lots.one_of(patterns)
    pieces = [_drawn(piece, pattern, lots) for piece in _BETWEEN.split(pattern.strip())]
    return read_spec("".join(pieces)).of_plain_layers("a worksheet")


def _drawn(piece: str, pattern: str, lots: Lots) -> str:
    options: list[str] = []
    for option in piece.split("|"):
        found = _RANGE.fullmatch(option)
        if found is None:
            options.append(option)
            continue
        first, last = int(found[1]), int(found[2])
        if not first <= last < first + _WIDEST_RANGE:
            raise ReadingError(f"the range {option}", text=pattern, expected="one from a smaller size to a larger")
        options += map(str, range(first, last + 1))
    return lots.one_of(options)
