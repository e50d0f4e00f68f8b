"""Where what is recognised as a definition may be read beyond the ends of its axes: where a factor is 0 there.

With z[k] = σ(u[k+3]) and r[k] = σ(u[k]), σ(u[q]) is r[q] for the first three q and z[q-3] for the next three. Beside a
factor that is 0 outside of these, and only there, one of the two names stands for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from chalkgrad.calculus.sums import is_zero_outside
from chalkgrad.language import ONE, Axis, Element, Expression, Index, Multiply, Sum
from chalkgrad.language.programs import in_range

Places: TypeAlias = frozenset[tuple[Index, int | str]]


def places_of(node: Expression, around: Places = frozenset()) -> Places:
    """Indices with sizes of the axes that they read: where one lies beyond its axis, the node is 0."""
    found = set(around)
    pending = [node]
    while pending:
        each = pending.pop()
        if isinstance(each, Multiply):
            pending += each.factors
        elif isinstance(each, Sum):
            pending.append(each.body)
        elif isinstance(each, Element):
            found.update((at, axis.size) for at, axis in zip(each.indices, each.tensor.axes, strict=True))
    return frozenset(found)


def may_stand_there(pattern: Expression, places: Mapping[Axis, Index], around: Places) -> bool:
    """Whether the name of a pattern is the same at these places of its axes as the pattern, or is beside a 0.

    >>> from chalkgrad.language import Tensor, as_index, call
    >>> k, q, w = Axis("k", 3), Axis("q", 6), Axis("w", 6)
    >>> u, d = Tensor("u", (w,)), Tensor("d", (k,))
    >>> body, at = call("sigmoid", u[as_index(k) + 3]), as_index(q) - 3
    >>> may_stand_there(body, {k: at}, frozenset()), may_stand_there(body, {k: at}, places_of(d[at]))
    (False, True)
    """
    return all(
        in_range(at, axis) is ONE or (at, axis.size) in around or is_zero_outside([pattern], axis)
        for axis, at in places.items()
    )
