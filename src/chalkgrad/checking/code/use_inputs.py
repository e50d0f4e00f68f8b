"""Values for what nothing in a file gives a value, where it calls a function: data of sizes that fit, and others."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any

import numpy as np

from chalkgrad.checking.code.facts import facts_of
from chalkgrad.checking.code.inputs import inputs_for, told_value
from chalkgrad.checking.code.names import is_data, size_meant
from chalkgrad.checking.code.sandbox import Failure, Sandbox
from chalkgrad.checking.code.source import bound
from chalkgrad.checking.code.use_programs import arrays_of, state_program
from chalkgrad.checking.code.uses import Use

_AT_ONCE, _TRIED, _SETS = 40, 240, 8
_OF_SIZE = {"0": 3, "1": 5, "-1": 1, "count": 4}


def given_for(
    sandbox: Sandbox, use: Use, let: Mapping[str, str], generator: np.random.Generator
) -> Iterator[dict[str, Any]]:
    """Values for what nothing in the file gives a value: data whose sizes are those of the parameters, and others.

    What a person tells of a name by `let`, a number or the shape of an array, is so in all of them.
    """
    told = {name: told_value(words, generator)[0] for name, words in let.items() if name in use.given}
    for each in _guessed(sandbox, use, generator) if set(told) != set(use.given) else ({},):
        yield {**each, **told}


def _guessed(sandbox: Sandbox, use: Use, generator: np.random.Generator) -> Iterator[dict[str, Any]]:
    if not use.given:
        yield {}
        return
    body = [*use.statements, ast.Pass()]
    arguments = ast.arguments([], [ast.arg(name) for name in use.given], None, [], [], None, [])
    made = ast.FunctionDef("step", arguments, body, [], None, None)
    made.lineno = use.line
    facts = facts_of(made)
    found = [each for numbers in (False, True) for each in inputs_for(facts, generator, {}, numbers=numbers)]
    everything = [dict(zip(each.order, each.given(each.moving), strict=True)) for each in found]
    told = {name: _OF_SIZE[size] for name in use.given if (size := size_meant(name))}
    everything = [{**each, **told} for each in everything[:_TRIED]]
    data = [name for name in use.given if is_data(name)]
    if data and everything:
        sets: dict[str, dict[str, Any]] = {}
        for each in everything:
            rest = {name: value for name, value in each.items() if name not in data}
            sets.setdefault(str({name: np.shape(value) for name, value in rest.items()}), rest)
        made_sizes = _sizes(sandbox, use, everything[:_AT_ONCE])
        for rest in islice(sets.values(), _SETS):
            sizes = list(dict.fromkeys((*made_sizes, *_sizes_in(rest.values()))))
            most = _TRIED // len(sets) + 60 if sizes else 0
            for values in islice(_data(data, sizes, generator), most):
                yield {**rest, **values}
    yield from everything


def _sizes(sandbox: Sandbox, use: Use, given: Sequence[Mapping[str, Any]]) -> list[int]:
    """The sizes of the arrays that the preparing statements make, with the first values with which they run."""
    names = list(dict.fromkeys(name for each in use.prepared for name in sorted(bound(each))))
    outcomes = sandbox.call([state_program(use, each, names) for each in given]) if names else []
    ran = (each for each in outcomes if not isinstance(each, Failure))
    return _sizes_in(arrays_of(next(ran, {})).values())


def _sizes_in(arrays: Iterable[Any]) -> list[int]:
    """The lengths of the axes of arrays, of those with most axes first."""
    shapes = sorted(map(np.shape, arrays), key=len, reverse=True)
    return list(dict.fromkeys(size for shape in shapes for size in shape if 1 < size <= 50))[:5]


def _data(names: Sequence[str], sizes: Sequence[int], generator: np.random.Generator) -> Iterator[dict[str, Any]]:
    """Inputs and targets, samples as rows, as columns, or one; targets numbers, in one of several classes, or flat."""
    count = next(each for each in range(4, 99) if each not in sizes)
    targets = [name for name in names if is_data(name, ("y",))]
    for inner in sizes:
        for outer in dict.fromkeys((*sizes[::-1], 1)):
            classes = generator.permutation(np.arange(count) % max(outer, 2))
            one_hot = np.eye(max(outer, 2))[classes][:, -outer:]
            for shape in ((count, inner), (inner, count), (inner, 1), (inner,), (1, inner)):
                if shape == (count, inner):
                    labels = [one_hot, classes.astype(float), classes, classes.astype(float)[:, None]]
                elif shape == (inner, count):
                    labels = [one_hot.T, classes.astype(float)[None], classes]
                else:
                    one = np.eye(max(outer, 2))[1][-outer:]
                    labels = [one[:, None], one] if shape != (1, inner) else [one[None]]
                    labels += [1.0] if outer == 1 else [1]
                for label in labels:
                    x = generator.normal(size=shape)
                    yield {name: label if name in targets else x for name in names}
