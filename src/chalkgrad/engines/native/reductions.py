"""Sums over the lanes of vectors: of one, or of as many at once as a vector has lanes."""

from __future__ import annotations

from collections.abc import Sequence

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


def greatest_of_lanes(emitter: Emitter, vector: str) -> str:
    """The greatest of a vector's lanes, as a plain number."""
    if emitter.lanes == 1:
        return vector
    letter = "f32" if emitter.real == "float" else "f64"
    function = f"@llvm.vector.reduce.fmax.v{emitter.lanes}{letter}"
    emitter.declarations[f"declare {emitter.real} {function}({emitter.vector})"] = None
    return emitter.value(f"call {emitter.real} {function}({emitter.vector} {vector})")


def sums_of_lanes(emitter: Emitter, vectors: Sequence[str]) -> str:
    """One vector whose lane k is the sum of the lanes of the k-th vector; there are no more of these than lanes.

    Lanes are exchanged within pairs of vectors, so that each round halves both the vectors and what is left to add: ten
    sums of sixteen lanes cost eleven additions, and forty one by one.
    """
    lanes, current, distance = emitter.lanes, list(vectors), 1
    while distance < lanes:
        kept = [lane if not lane & distance else lanes + lane for lane in range(lanes)]
        moved = [lane + distance if not lane & distance else lanes + lane - distance for lane in range(lanes)]
        # A vector without a partner is its own: its lanes are then sums twice over, which nothing reads.
        pairs = [(current[k], current[min(k + 1, len(current) - 1)]) for k in range(0, len(current), 2)]
        current = [
            emitter.exact_add(
                left if left == right else emitter.shuffle(left, right, kept), emitter.shuffle(left, right, moved)
            )
            for left, right in pairs
        ]
        distance *= 2
    return current[0]
