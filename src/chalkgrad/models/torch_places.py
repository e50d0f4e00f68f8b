"""The operations of PyTorch's graphs that move, join, repeat and reduce: for each what it adds to the equations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from chalkgrad.errors import ChalkgradError
from chalkgrad.models import arranging
from chalkgrad.models.building import Builder
from chalkgrad.models.torch_arguments import Operation, argument, constant
from chalkgrad.models.values import BATCH, Value


def _reduced(kind: str) -> Operation:
    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
        if len(given) < 2 or given[1] is None:
            raise ChalkgradError(f"{name}: what is taken over all dimensions mixes the samples, which is not covered")
        dimensions = given[1] if isinstance(given[1], list) else [given[1]]
        kept = argument(given, options, 2, "keepdim", False)
        return arranging.reduced(made, made.value(given[0]), kind, dimensions, name, kept=kept)

    return of


def _flattened(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    first, last = (*given[1:], *(0, -1)[len(given) - 1 :])[:2]
    return arranging.flatten(made, given[0], first, last, name)


def _reshaped(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    x = made.value(given[0])
    found = arranging.reshape(made, x, given[1], name)
    if len(found.dimensions) == 2 and len(found.dimensions[1]) > 1 and found.dimensions[0] == (BATCH,):
        return made.merged(found, 1, name)  # flattened for what comes next
    return found


def _unflattened(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    x = made.value(given[0])
    place, shape = x.place(given[1]), made.shape(x)
    return arranging.reshape(made, x, (*shape[:place], *given[2], *shape[place + 1 :]), name)


def _transposed(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    x = made.value(given[0])
    one, other = (x.place(each) for each in (given[1:3] or (0, 1)))
    order = list(range(len(x.dimensions)))
    order[one], order[other] = order[other], order[one]
    return x.permuted(order)


def _squeezed(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    x = made.value(given[0])
    shape = made.shape(x)
    asked = given[1] if len(given) > 1 else range(len(shape))
    places = {x.place(each) for each in (asked if isinstance(asked, list | range) else [asked])}
    for place in sorted(places, reverse=True):
        x = x.removed(place) if shape[place] == 1 else x
    return x


def _slice(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    dimension, start, end, step = (*given[1:], *(0, None, None, 1)[len(given) - 1 :])[:4]
    x = made.value(given[0])
    end = made.shape(x)[x.place(dimension)] if end is None else end
    return arranging.part(made, x, dimension, start or 0, end, step)


def _parts(*, sizes: bool) -> Operation:
    """split by sizes, or chunk by how many."""

    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> list[Value]:
        x, asked = made.value(given[0]), given[1]
        dimension = x.place(argument(given, options, 2, "dim", 0))
        whole = made.shape(x)[dimension]
        if isinstance(asked, int):
            width = asked if sizes else -(-whole // asked)
            asked = [min(width, whole - begin) for begin in range(0, whole, width)]
        begins = [sum(asked[:place]) for place in range(len(asked))]
        return [
            arranging.part(made, x, dimension, begin, begin + size) for begin, size in zip(begins, asked, strict=True)
        ]

    return of


def _unbound(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> list[Value]:
    x = made.value(given[0])
    dimension = x.place(argument(given, options, 1, "dim", 0))
    return [arranging.chosen(made, x, dimension, at) for at in range(made.shape(x)[dimension])]


def _joined(*, stacked: bool) -> Operation:
    def of(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
        known = [constant(made, each) for each in given[0]]
        if any(isinstance(each, float) for each in known):
            raise ChalkgradError(f"{name}: what is joined with equal numbers is not covered yet")
        values = [made.value(each) for each in known]  # type: ignore[arg-type]
        dimension = argument(given, options, 1, "dim", 0)
        if stacked:
            values = [each.inserted(dimension) for each in values]
        return arranging.joined(made, values, dimension, name)

    return of


def _repeated(made: Builder, name: str, given: Sequence[Any], options: Mapping[str, Any]) -> Value:
    return arranging.repeated(made, made.value(given[0]), given[1], name)


PLACES: dict[str, Operation] = {
    "mean": _reduced("mean"),
    "sum": _reduced("sum"),
    "amax": _reduced("max"),
    "flatten": _flattened,
    **dict.fromkeys(("view", "reshape", "_unsafe_view"), _reshaped),
    "unflatten": _unflattened,
    **dict.fromkeys(("transpose", "t", "numpy_T"), _transposed),
    "permute": lambda made, name, given, options: made.value(given[0]).permuted(given[1]),
    "unsqueeze": lambda made, name, given, options: made.value(given[0]).inserted(given[1]),
    "squeeze": _squeezed,
    "select": lambda made, name, given, options: arranging.chosen(made, made.value(given[0]), given[1], given[2]),
    "slice": _slice,
    **dict.fromkeys(("split", "split_with_sizes"), _parts(sizes=True)),
    "chunk": _parts(sizes=False),
    "unbind": _unbound,
    **dict.fromkeys(("cat", "concat"), _joined(stacked=False)),
    "stack": _joined(stacked=True),
    **dict.fromkeys(("expand", "expand_as"), _repeated),
}
