"""Values that go into the sandbox and come out of it, as trees of JSON; what comes out is believed in nothing."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chalkgrad.errors import EvaluationError

_TYPES = {"<i8": 8, "<f8": 8, "<c16": 16}
_DEPTH, _LARGEST = 12, 1_000_000


@dataclass(frozen=True)
class Result:
    """The result of an earlier step, as a value of a later one."""

    name: str


@dataclass(frozen=True)
class Written:
    """A value as an expression of the person's file, which is evaluated there: `[Dense(3, 5), np.tanh]`.

    `imports` are statements that bring what it reads of other files.
    """

    text: str
    imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Thing:
    """An object with its attributes."""

    type: str
    attributes: dict[str, Any]


@dataclass(frozen=True)
class Opaque:
    """Something that is no number: only its type is known."""

    type: str


@dataclass(frozen=True)
class Held:
    """A tensor beside the gradient in its `.grad`."""

    value: Any
    gradient: Any


def as_tree(value: Any) -> list[Any]:
    """A value for the request: numbers, text, arrays, and lists, tuples and dictionaries of them.

    >>> as_tree({"n": 5, "w": (1.0, None)})
    ['dict', [['n', ['is', 5]], ['w', ['tuple', [['is', 1.0], ['is', None]]]]]]
    """
    match value:
        case Result():
            return ["result", value.name]
        case Written():
            return ["written", value.text, list(value.imports)]
        case Mapping():
            return ["dict", [[key, as_tree(each)] for key, each in value.items()]]
        case list() | tuple():
            return ["list" if isinstance(value, list) else "tuple", [as_tree(each) for each in value]]
        case np.ndarray():
            kept = np.ascontiguousarray(value)
            return ["array", kept.dtype.str, list(value.shape), base64.b64encode(kept.tobytes()).decode()]
        case np.generic():
            return ["is", value.item()]
        case np.random.Generator():
            return ["generator"]
        case _:
            return ["is", value]


def from_tree(tree: Any, depth: int = 0) -> Any:
    """A value of an answer. Raises `EvaluationError` where it is not formed as declared: anybody may have written it.

    >>> from_tree(["tuple", [["is", None], ["opaque", "module"]]])
    (None, Opaque(type='module'))
    """
    if depth > _DEPTH:
        raise EvaluationError("the function did not return gradients: its answer is nested too deep")
    match tree:
        case ["is", None | bool() | str()]:
            return tree[1]
        case ["array", str(kind), list(shape), str(data), str()] if kind in _TYPES:
            return _array(kind, shape, data)
        case ["list" | "tuple" as kind, list(each)]:
            read = [from_tree(one, depth + 1) for one in each]
            return tuple(read) if kind == "tuple" else read
        case ["dict", list(pairs)]:
            return _named(pairs, depth)
        case ["object", str(kind), list(pairs)]:
            return Thing(kind, _named(pairs, depth))
        case ["held", value, gradient]:
            return Held(from_tree(value, depth + 1), from_tree(gradient, depth + 1))
        case ["opaque", str(kind)]:
            return Opaque(kind[:80])
        case _:
            raise EvaluationError("the function did not return gradients: its answer is malformed")


def _named(pairs: list[Any], depth: int) -> dict[str, Any]:
    found = {}
    for pair in pairs:
        match pair:
            case [str(key), tree]:
                found[key] = from_tree(tree, depth + 1)
            case _:
                raise EvaluationError("the function did not return gradients: its answer is malformed")
    return found


def _array(kind: str, shape: list[Any], data: str) -> Any:
    sized = all(type(each) is int and 0 <= each <= _LARGEST for each in shape) and len(shape) <= 16
    size = int(np.prod(shape, dtype=object)) if sized else -1
    if not 0 <= size <= _LARGEST or len(data) != 4 * -(-size * _TYPES[kind] // 3):
        raise EvaluationError("the function did not return gradients: an array has not the size that it declares")
    try:
        raw = base64.b64decode(data, validate=True)
        return np.frombuffer(raw, dtype=kind).reshape(shape)
    except ValueError:
        raise EvaluationError("the function did not return gradients: an array is malformed") from None
