"""Where the gradients are in what a call left behind: by name, in a flat vector, in order, in `.grad`, or as a step."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from chalkgrad.checking.code.calls import Call, arrays_in, role_at
from chalkgrad.checking.code.layouts import Floats, Packing, Values, packings
from chalkgrad.checking.code.names import is_decorated, parameter
from chalkgrad.checking.code.trees import Held, Thing
from chalkgrad.networks import NetworkSpec


@dataclass(frozen=True)
class Reading:
    """The gradients by parameter, as they are for samples in rows, and how they were found.

    `odd` are those whose shape is not that of their parameter. `loss` is a number that was returned beside them.
    """

    gradients: dict[str, Floats]
    odd: dict[str, Floats]
    words: str
    cost: float
    loss: float | None = None


def readings(outcome: Mapping[str, Any], call: Call, values: Values, spec: NetworkSpec) -> list[Reading]:
    """The ways of reading an outcome, the plainest first; none where it has no gradients."""
    result = outcome.get("result")
    entries = list(named_entries(result, call.facts.returned))
    loss = next((float(each) for _, each in entries if np.ndim(each) == 0 and np.isrealobj(each)), None)
    named = list(_by_name(entries, call, values, spec))
    held = list(_held(outcome, call, values, spec))
    if named and _has_value(result, values):  # a value where a gradient is meant: what is kept does not make up for it
        held = [replace(r, gradients={k: v for k, v in r.gradients.items() if k in named[0].gradients}) for r in held]
    found = [
        *named,
        *([] if isinstance(result, dict) else _unnamed(entries, call, values, spec)),
        *held,
        *_steps_taken(entries, outcome, call, values, spec),
    ]
    read = [Reading(r.gradients, r.odd, r.words, r.cost, loss) for r in found if r.gradients or r.odd]
    return sorted(read, key=lambda reading: reading.cost)


def _has_value(result: Any, values: Values) -> bool:
    """Whether one of several things returned is a value of the network itself, in rows or in columns."""
    arrays = [each for each in result if isinstance(each, np.ndarray)] if isinstance(result, tuple | list) else []
    return any(np.shape(one) == np.shape(value) and np.ndim(one) > 1 and np.allclose(one, value)
               for array in arrays for one in (array, array.T) for value in values.values())  # fmt: skip


def named_entries(value: Any, names: tuple[str, ...], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """The arrays of a result with the names that they have in it, or that the function's `return` gives them."""
    match value:
        case np.ndarray() if value.dtype.kind in "if":
            yield prefix or (names[0] if len(names) == 1 else ""), value
        case Held():
            yield prefix, value.gradient
        case dict():
            for key, each in value.items():
                yield from named_entries(each, (), key)
        case list() | tuple():
            told = names if len(names) == len(value) else ()
            listed = prefix or (names[0] if len(names) == 1 and len(value) > 1 else "")
            for number, each in enumerate(value):
                if told and told[number]:
                    yield from named_entries(each, (), told[number])
                else:
                    yield from named_entries(each, (), f"{listed}.{number}" if listed else "")
        case Thing():
            for key, each in value.attributes.items():
                yield from named_entries(each, (), key)


def _shapes(values: Values) -> dict[str, tuple[int, ...]]:
    return {name: np.shape(value) for name, value in values.items()}


def _place(claimed: Mapping[str, Any], call: Call, values: Values) -> tuple[dict[str, Floats], dict[str, Floats]]:
    """Gradients that are claimed for parameters, each taken out of its layout; and those with another shape."""
    gradients: dict[str, Floats] = {}
    odd = {}
    for role, array in claimed.items():
        taken = (
            call.layout.taken(role, np.asarray(array, dtype=np.float64), _shapes(values)) if np.isrealobj(array) else {}
        )
        if taken:
            gradients |= taken
        else:
            odd[role] = np.asarray(array)
    return gradients, odd


def _numbered(name: str, spec: NetworkSpec, first: int) -> str:
    """The parameter of an entry's name; of `dW.0`, in a list, that of its place."""
    match = re.fullmatch(r"(.+)\.(\d+)", name)
    if match is None:
        return parameter(name, spec, first)
    stem = re.sub(r"s$", "", match[1])
    return parameter(f"{stem}{int(match[2]) + 1}", spec, 1)


def _by_name(entries: list[tuple[str, Any]], call: Call, values: Values, spec: NetworkSpec) -> Iterator[Reading]:
    claimed: dict[str, Any] = {}
    for name, array in entries:
        role = _numbered(name, spec, call.first) if name else ""
        if role and role not in claimed:
            claimed[role] = array
    if claimed:
        gradients, odd = _place(claimed, call, values)
        plain = all(not is_decorated(name) for name, _ in entries if name)
        yield Reading(gradients, odd, "", (0.6 if call.rate else 0.1) if plain else 0.0)


def _unnamed(entries: list[tuple[str, Any]], call: Call, values: Values, spec: NetworkSpec) -> Iterator[Reading]:
    yield from _flat(entries, call, values, spec)
    yield from _in_order(entries, call, values, spec)


def _flat(entries: list[tuple[str, Any]], call: Call, values: Values, spec: NetworkSpec) -> Iterator[Reading]:
    """One vector with all gradients one after the other, packed as the parameters were."""
    vectors = [array for _, array in entries if np.ndim(array) >= 1 and np.size(array) in (max(np.shape(array)), 0)]
    packed = call.packing
    usual: list[Packing] = [packed] if packed is not None else packings(call.layout, len(spec.sizes) - 1)
    for vector in vectors:
        for number, packing in enumerate(usual):
            pieces = packing.unpack(np.ravel(vector), call.layout, values)
            if len(pieces) > 1 or (pieces and packed is not None):
                gradients, odd = _place(pieces, call, values)
                words = "" if packed is not None else f"the gradients are packed as {packing.words}"
                yield Reading(gradients, odd, words, 0.2 + 0.1 * number)


def _in_order(entries: list[tuple[str, Any]], call: Call, values: Values, spec: NetworkSpec) -> Iterator[Reading]:
    """Arrays without names: in one of the usual orders, in which all shapes fit, or the first shape at least."""
    arrays = [array for name, array in entries if not (name and _numbered(name, spec, call.first))]
    if len(arrays) != len(entries):
        return
    counted = sum(1 for array in arrays if np.ndim(array) > 0)
    for number, packing in enumerate(packings(call.layout, len(spec.sizes) - 1)[:4]):
        for wanted in dict.fromkeys((packing.roles, packing.roles[::-1])):
            chosen = arrays if len(arrays) == len(wanted) else [array for array in arrays if np.ndim(array) > 0]
            chosen = chosen[-len(wanted) :] if counted <= len(wanted) + 1 else []
            if len(chosen) != len(wanted):
                continue
            gradients, odd = _place(dict(zip(wanted, chosen, strict=True)), call, values)
            cost = 0.3 + 0.1 * number + (0.05 if wanted != packing.roles else 0)
            yield Reading(gradients, odd, f"the gradients in the order {', '.join(wanted)}", cost)


def _held(outcome: Mapping[str, Any], call: Call, values: Values, spec: NetworkSpec) -> Iterator[Reading]:
    """Gradients that an object, or a tensor's `.grad`, keeps."""
    thing = outcome.get("object")
    claimed: dict[str, Any] = {}
    if isinstance(thing, Thing):
        places = dict(call.parameters)
        for place, gradient in _tensor_gradients(thing):
            if place in places:
                claimed[places[place]] = gradient
        for place, array in arrays_in(thing):
            last = place.rpartition(".")[2]
            holder = place.split(".")[0]
            named = place if last.isdigit() else last
            decorated = is_decorated(last) or ((is_decorated(holder) or "grad" in holder) and holder != place)
            role = _numbered(named, spec, call.first) if decorated else ""
            if role and place not in places and np.ndim(array) + (role[0] == "b") >= 1:
                claimed.setdefault(role, array)
    for name, value in outcome.items():
        if isinstance(value, Held) and (role := parameter(name.rpartition(" ")[2], spec, call.first, plain=True)):
            claimed.setdefault(role, value.gradient)
        if isinstance(value, dict) and name != "result":
            for key, each in value.items():
                if isinstance(each, Held) and (role := parameter(key, spec, call.first, plain=True)):
                    claimed.setdefault(role, each.gradient)
    if claimed:
        gradients, odd = _place(claimed, call, values)
        yield Reading(gradients, odd, "the gradients that it keeps", 0.4)


def _tensor_gradients(value: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    match value:
        case Held():
            yield place, value.gradient
        case Thing() | dict():
            for name, each in (value.attributes if isinstance(value, Thing) else value).items():
                yield from _tensor_gradients(each, f"{place}.{name}" if place else name)
        case list() | tuple():
            for number, each in enumerate(value):
                yield from _tensor_gradients(each, f"{place}.{number}" if place else str(number))


def _steps_taken(
    entries: list[tuple[str, Any]], outcome: Mapping[str, Any], call: Call, values: Values, spec: NetworkSpec
) -> Iterator[Reading]:
    """Parameters that were updated: the gradient is what was taken away, over the length of the step."""
    rate = call.rate
    thing = outcome.get("object")
    after: dict[str, Any] = {}
    if isinstance(thing, Thing):
        places = dict(call.parameters)
        after = {places[place]: array for place, array in arrays_in(thing) if place in places}
        rates = [float(v) for k, v in thing.attributes.items() if isinstance(v, np.ndarray) and v.ndim == 0
                 and re.fullmatch(r"_*(lr|learning_?rate|eta|alpha|rate|step_?size)", k)]  # fmt: skip
        rate = rates[0] if rates else rate
    for name, value in outcome.items():
        role = parameter(name.rpartition(" ")[2], spec, call.first, plain=True) if " " in name else ""
        if role and isinstance(value, np.ndarray) and role not in after:
            after[role] = value
    for name, array in entries:
        role = role_at(name, spec, call.first) if name else ""
        if role and not is_decorated(name):
            after.setdefault(role, array)
    moved = {}
    for role, array in after.items():
        old = np.asarray(call.layout.show(role, values))
        if np.shape(array) == old.shape and np.isfinite(array).all() and np.abs(array - old).max(initial=0.0) > 0:
            moved[role] = (old - array) / (rate or 1.0)
    if moved and rate:
        gradients, odd = _place(moved, call, values)
        yield Reading(gradients, odd, f"it updates the parameters: the gradient is the step over {rate:g}", 0.5)
