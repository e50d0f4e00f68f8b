"""What may be given for an argument: its name, and how the function takes it apart, tell; each choice has a cost."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from chalkgrad.checking.code.facts import Argument, Usage
from chalkgrad.checking.code.layouts import LAYOUT_WORDS, Layout, Packing, Values, packings
from chalkgrad.checking.code.names import Meaning, bare, meanings
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.networks import NetworkSpec

_RATE, _REGULARISED = 0.5, 0.3
_UNKNOWN = 3.0


@dataclass(frozen=True)
class Role:
    """A value of the network in its layout; with a + also a row or column of ones for the biases of the next layer."""

    name: str


@dataclass(frozen=True)
class Rate:
    """The length of a step, by which parameters are updated."""

    value: float = _RATE


@dataclass(frozen=True)
class Choice:
    """Something to give for an argument: roles, packings, numbers and text, in lists, tuples and dictionaries."""

    tree: Any
    cost: float = 0.0


@dataclass(frozen=True)
class Asked:
    """What a person fixed: what the arguments stand for, and the layout in words (`columns`, `integers`).

    `regularised` tells that regularisation is given a value other than 0, `constructing` that an object is made, which
    takes sizes and parameters, and no samples.
    """

    let: Mapping[str, str] = field(default_factory=dict)
    layout: tuple[str, ...] = ()
    regularised: bool = False
    constructing: bool = False


def filled(tree: Any, layout: Layout, values: Values) -> Any:
    """The values that a choice stands for, laid out."""
    match tree:
        case Role(name=name) if name.endswith("+"):
            return _with_ones(layout.show(name[:-1], values), layout)
        case Role(name=name):
            return layout.show(name, values)
        case Packing():
            return tree.pack(layout, values)
        case Rate():
            return tree.value
        case dict():
            return {key: filled(each, layout, values) for key, each in tree.items()}
        case list():
            return [filled(each, layout, values) for each in tree]
        case tuple():
            return tuple(filled(each, layout, values) for each in tree)
        case _:
            return tree


def leaves(tree: Any) -> Iterator[Any]:
    """Roles, packings and constants of a choice.

    >>> list(leaves({"a": (Role("x"), 1)}))
    [Role(name='x'), 1]
    """
    if isinstance(tree, Mapping):
        tree = list(tree.values())
    if isinstance(tree, list | tuple):
        for each in tree:
            yield from leaves(each)
    else:
        yield tree


def roles_of(tree: Any) -> set[str]:
    """The values of the network that a choice has."""
    found: set[str] = set()
    for leaf in leaves(tree):
        found |= {leaf.name.rstrip("+")} if isinstance(leaf, Role) else set()
        found |= set(leaf.roles) if isinstance(leaf, Packing) else set()
    return found


def choices(
    argument: Argument, layout: Layout, spec: NetworkSpec, samples: int, first: int, asked: Asked
) -> list[Choice]:
    """What may be given for an argument under a layout, the likeliest first; `first` numbers the first weights."""
    if argument.name in asked.let:
        words = asked.let[argument.name]
        try:
            return [Choice(int(words) if words.lstrip("-").isdigit() else float(words))]
        except ValueError:
            argument = replace(argument, name=words)  # it is taken as if it were so called
    found: list[Choice] = []
    named = [each for each in meanings(argument.name, spec, first) if _fits(each, layout)]
    value_of = _maker(spec, samples, asked)
    found += _taken_apart(argument.usage, layout, spec, first, value_of)
    whole = not found or argument.usage.computed
    more = 0.3 if found else 0.0
    indexed = argument.usage.flat or argument.usage.places
    for each in named:
        if each.kind == "several":
            if whole:
                found += _containers(each, argument.usage, layout, spec, first)
        else:
            known_length = each.kind == "sizes" and len(argument.usage.unpacked) in (0, len(spec.sizes))
            penalty = -0.3 if known_length else more + (0.5 if indexed and each.what[:1] == "W" else 0.0)
            penalty += 1.0 if asked.constructing and each.kind == "role" and each.what[0] not in "Wb" else 0.0
            found.append(Choice(value_of(each), each.cost + penalty))
    if not found and argument.required:
        found = _anything(argument, layout, spec)
    return found


def _fits(meaning: Meaning, layout: Layout) -> bool:
    return meaning.kind != "role" or not (meaning.what[0] == "b" and not layout.bias_apart)


def _maker(spec: NetworkSpec, samples: int, asked: Asked) -> Callable[[Meaning], Any]:
    def value_of(meaning: Meaning) -> Any:
        match meaning.kind:
            case "role":
                return Role(meaning.what)
            case "count":
                return samples
            case "size":
                return spec.sizes[int(meaning.what)]
            case "sizes":
                return list(spec.sizes)
            case "depth":
                return len(spec.sizes) - 1
            case "rate":
                return Rate()
            case _:
                number = float(meaning.what)
                return _REGULARISED if asked.regularised and not number else number

    return value_of


def _taken_apart(
    usage: Usage, layout: Layout, spec: NetworkSpec, first: int, value_of: Callable[[Meaning], Any]
) -> list[Choice]:
    """Dictionaries with the keys that are asked for, and tuples of the names that are unpacked."""
    found = []
    if usage.keys:
        known = {key: meant for key in usage.keys if (meant := _first(key, layout, spec, first)) is not None}
        if known:
            apart = {key: value_of(meant) for key, meant in known.items()}
            missing = len(usage.keys) - len(known)
            found.append(Choice({**_usual_keys(usage.keys, layout, spec, first), **apart}, 1.0 * missing))
    if usage.unpacked:
        each = [one for name in usage.unpacked if (one := _first(name, layout, spec, first)) is not None]
        if len(each) == len(usage.unpacked):
            found.append(Choice(tuple(value_of(one) for one in each)))
    return found


def _first(name: str, layout: Layout, spec: NetworkSpec, first: int) -> Meaning | None:
    named = [each for each in meanings(name, spec, first) if each.kind != "several" and _fits(each, layout)]
    return named[0] if named else None


def _usual_keys(keys: tuple[str, ...], layout: Layout, spec: NetworkSpec, first: int) -> dict[str, Any]:
    """The other values under the usual keys, in the letters' case of those that are asked for."""
    small = all(key == key.casefold() for key in keys)
    joined = "_" if any(re.fullmatch(r"[A-Za-z]+_\d", key) for key in keys) else ""
    found: dict[str, Any] = {}
    for letter in "WbZA":
        for layer in range(0 if letter == "A" else 1, len(spec.sizes)):
            number = layer + (first - 1 if letter in "Wb" else 0)
            key = f"{letter.casefold() if small else letter}{joined}{number}"
            meant = _first(key, layout, spec, first)
            if meant is not None:
                found[key] = Role(meant.what)
    return found


def _containers(meaning: Meaning, usage: Usage, layout: Layout, spec: NetworkSpec, first: int) -> list[Choice]:
    """All parameters, or all values, in one: flat, by name, in order."""
    depth = len(spec.sizes) - 1
    numbers = range(1, depth + 1)
    weights, biases = [Role(f"W{k}") for k in numbers], [Role(f"b{k}") for k in numbers] if layout.bias_apart else []
    hidden = [Role("x"), *(Role(f"h{k}") for k in range(1, depth)), Role("yhat")]
    pre = [Role(f"z{k}") for k in numbers]
    apart = list(zip(weights, biases, strict=False))
    in_turn = [role for pair in apart for role in pair] if apart else weights
    cost = meaning.cost
    if meaning.what == "weights":
        return [Choice(weights, cost)]
    if meaning.what == "biases":
        return [Choice(biases, cost)] if biases else []
    if meaning.what == "values":
        triples = [((hidden[k - 1], weights[k - 1], *biases[k - 1 : k]), pre[k - 1]) for k in numbers]
        by_name = _usual_keys((), layout, spec, first)
        small = {key.casefold(): role for key, role in by_name.items()}
        return [
            Choice({**by_name, **small, "X": Role("x"), "Y": Role("y"), "y_hat": Role("yhat")}, cost + 0.2),
            Choice(hidden, cost + 0.3),
            Choice([role for k in numbers for role in (pre[k - 1], hidden[k])], cost + 0.3),
            Choice(hidden[1:], cost + 0.4),
            Choice(pre, cost + 0.4),
            Choice(triples, cost + 0.4),
            Choice([(hidden[k - 1], weights[k - 1], *biases[k - 1 : k]) for k in numbers], cost + 0.5),
        ]
    found = [
        Choice(each, cost + (0.0 if usage.flat else 0.35) + 0.05 * k) for k, each in enumerate(packings(layout, depth))
    ]
    names = {str(role.name): role for role in in_turn}
    listed = bool(usage.places)
    found += [
        Choice(names, cost + (0.5 if usage.flat else 0.1)),
        Choice({key.casefold(): role for key, role in names.items()}, cost + (0.6 if usage.flat else 0.2)),
        Choice(in_turn, cost + (0.0 if listed else 0.3)),
        Choice([*weights, *biases], cost + 0.45),
    ]
    if biases:
        found.append(Choice([list(pair) for pair in apart], cost + 0.4))
    return found


def _anything(argument: Argument, layout: Layout, spec: NetworkSpec) -> list[Choice]:
    """What an argument may be whose name tells nothing: decided by what fits."""
    depth = len(spec.sizes) - 1
    roles = ["x", "y", *(f"W{k}" for k in range(1, depth + 1))]
    roles += [f"b{k}" for k in range(1, depth + 1)] if layout.bias_apart else []
    found = [Choice(Role(each), _UNKNOWN + 0.1 * k) for k, each in enumerate(roles)]
    return [*found, *(Choice(each, _UNKNOWN + 0.2) for each in packings(layout, depth)[:2])]


def _with_ones(array: Any, layout: Layout) -> Any:
    axis = 0 if layout.samples == "columns" else 1
    shape = list(array.shape)
    shape[axis] = 1
    ones = np.ones(shape)
    return np.concatenate([array, ones] if layout.biases == "last" else [ones, array], axis=axis)


def first_number(names: list[str]) -> int:
    """0 where the weights of a file are counted from 0, else 1."""
    zeros = [name for name in names if re.fullmatch(r"(?:d|grad)?(?:w|b|weights?|bias)0", bare(name))]
    return 0 if zeros else 1


def asked_for(
    let: Mapping[str, str], call: str | None, layout: str | None, names: Sequence[str], *, regularised: bool = False
) -> Asked:
    """What `--let`, `--call` and `--layout` fix; `names` are the arguments of the function, in order.

    `regularised` gives regularisation a value other than 0.

    >>> asked_for({}, "f(theta, X, y)", None, ["a", "b", "c"]).let
    {'a': 'theta', 'b': 'X', 'c': 'y'}
    """
    told = dict(let)
    if call is not None:
        match = re.fullmatch(r"\s*[\w.]*\s*\((.*)\)\s*", call)
        given = [each.strip() for each in match[1].split(",")] if match else []
        if not match or len(given) > len(names):
            raise ChalkgradError(f"--call {call}: expected a call such as f({', '.join(names)})")
        told = {**dict(zip(names, given, strict=False)), **told}
    words = tuple(each.strip() for each in layout.split(",")) if layout else ()
    known = [word for words in LAYOUT_WORDS for word in words]
    for word in words:
        if word not in known:
            raise UnknownNameError("layout", word, known)
    return Asked(told, words, regularised)
