"""Values that only words define: the a that is derived by z, in a text that speaks of the softmax and nothing else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from chalkgrad.language import Axis, Definition, Expression, Sum, Tensor, call
from chalkgrad.reading.readings import Reading

_SPOKEN = {
    "softmax": r"\bsoft-?max\b", "sigmoid": r"\b(?:sigmoid|logistic (?:function|regression|unit))\b",
    "tanh": r"\b(?:tanh|hyperbolic tangent)\b", "relu": r"\b(?:re-?lu|rectifie[rd])\b",
}  # fmt: skip
_COST = 0.3


def with_spoken_values(reading: Reading, prose: str) -> list[Reading]:
    """The readings where what nothing defines is a function of that by which it is derived of which the words speak:
    one for each such function, none where there is nothing like that.
    """
    return [found for each in _spoken(reading, prose) if (found := _with_function(reading, each)) is not None]


def _with_function(reading: Reading, function: str) -> Reading | None:
    definitions, said = dict(reading.definitions), dict(reading.said)
    for of, by in _derived(reading):
        body = _body(reading, function, of, by)
        if body is not None and of.name not in definitions:
            axes, expression = body
            definitions[of.name] = Definition(of, axes, expression)
            said[f"{of.name} is taken to be the {function} of {by.name}, of which only words speak"] = _COST
    return replace(reading, definitions=definitions, said=said) if len(definitions) > len(reading.definitions) else None


def _spoken(reading: Reading, prose: str) -> list[str]:
    """The functions of which the words of a part speak, or else those of the document."""
    own = [each.equation for each in reading.facts.statements if not each.borrowed]
    near = " ".join(f"{each.section} {each.text_before} {each.text_after}" for each in own)
    for text in (near, prose):
        found = [name for name, pattern in _SPOKEN.items() if re.search(pattern, text, re.IGNORECASE)]
        if found:
            return found
    return []


def _derived(reading: Reading) -> Iterator[tuple[Tensor, Tensor]]:
    """What claims derive and nothing defines though it stands in formulas, as no loss does, each with the only thing
    by which it is derived.
    """
    known = {**reading.definitions, **reading.broken}
    used = {tensor.name for each in reading.definitions.values() for tensor in each.body.tensors}
    tensors: dict[str, Tensor] = {}
    pairs: dict[str, set[str]] = {}
    for claim in reading.claims:
        for side in (claim.left, *(way for ways in claim.sides for way in ways[:1])):
            for tensor in side.value.expression.tensors if side.value is not None else ():
                tensors.setdefault(tensor.name, tensor)
                used.add(tensor.name)
            for tensor in side.derived:
                if tensor.of not in known:
                    pairs.setdefault(tensor.of, set()).add(tensor.wrt)
    for of, by in pairs.items():
        if len(by) == 1 and of in used:
            one, other = (_tensor(reading, tensors, name) for name in (of, *by))
            if one is not None and other is not None:
                yield one, other


def _tensor(reading: Reading, tensors: dict[str, Tensor], name: str) -> Tensor | None:
    if name in tensors:
        return tensors[name]
    symbol = next((each for each in reading.sorts if str(each) == name), None)
    return reading.setting.tensor(symbol, reading.sorts[symbol]) if symbol and reading.setting is not None else None


def _body(reading: Reading, function: str, of: Tensor, by: Tensor) -> tuple[tuple[Axis, ...], Expression] | None:
    """A function of a value, place by place or, the softmax, of all of its places."""
    if len(of.axes) != len(by.axes) or len(of.axes) > 1 or (function == "softmax" and not of.axes):
        return None
    for mine, theirs in zip(of.axes, by.axes, strict=True):
        reading.sizes.join(mine.size, theirs.size)
    axes = tuple(Axis(f"v{place}", axis.size) for place, axis in enumerate(of.axes))
    if function != "softmax":
        return axes, call(function, by[axes])
    summed = Axis("w0", of.axes[0].size)
    return axes, call("exp", by[axes]) / Sum(call("exp", by[(summed,)]), summed)


__all__ = ["with_spoken_values"]
