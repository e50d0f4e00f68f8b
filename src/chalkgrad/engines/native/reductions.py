"""Sums over the lanes of vectors: of one, or of as many at once as a vector has lanes."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from chalkgrad.engines.native.emitter import Emitter


def sum_of_lanes(emitter: Emitter, vector: str) -> str:
    """The sum of a vector's lanes, as a plain number."""
    if emitter.lanes == 1:
        return vector
    letter = "f32" if emitter.real == "float" else "f64"
    function = f"@llvm.vector.reduce.fadd.v{emitter.lanes}{letter}"
    emitter.declarations[f"declare {emitter.real} {function}({emitter.real}, {emitter.vector})"] = None
    zero = "-0.0"
    return emitter.value(f"call reassoc {emitter.real} {function}({emitter.real} {zero}, {emitter.vector} {vector})")


def sums_of_lanes(emitter: Emitter, vectors: Sequence[str]) -> str:
    """One vector whose lane k is the sum of the lanes of the k-th vector; there are as many as lanes.

    Halves of vectors are exchanged in pairs, so that a sum costs two shuffles and not one for every halving.
    """
    lanes = emitter.lanes
    current = [vectors[place] for place in _arrangement(lanes)]
    distance = lanes // 2
    while distance:
        half = len(current) // 2
        kept = [lane if not lane & distance else lanes + lane for lane in range(lanes)]
        moved = [lane + distance if not lane & distance else lanes + lane - distance for lane in range(lanes)]
        current = [
            emitter.exact_add(emitter.shuffle(left, right, kept), emitter.shuffle(left, right, moved))
            for left, right in zip(current[:half], current[half:], strict=True)
        ]
        distance //= 2
    return current[0]


@cache
def _arrangement(lanes: int) -> tuple[int, ...]:
    """In which order the vectors go in, so that their sums come out in order."""
    labels = [[place] * lanes for place in range(lanes)]
    distance = lanes // 2
    while distance:
        half = len(labels) // 2
        labels = [
            [right[lane] if lane & distance else left[lane] for lane in range(lanes)]
            for left, right in zip(labels[:half], labels[half:], strict=True)
        ]
        distance //= 2
    goes_in = [0] * lanes
    for lane, label in enumerate(labels[0]):
        goes_in[label] = lane
    return tuple(goes_in)
