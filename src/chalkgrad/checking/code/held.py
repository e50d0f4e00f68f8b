"""Parameters that an object has in sizes of its own, or has only once it is fitted: what fits them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from chalkgrad.checking.code.inputs import Inputs
from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.names import bare
from chalkgrad.checking.code.pairs import Pair
from chalkgrad.checking.code.source import Function, Source, bound

_SAMPLES = 4
_WEIGHTS = frozenset(["w", "weights", "weight", "theta", "coef", "params", "kernel"])
_BIASES = frozenset(["b", "bias", "biases", "intercept"])
# Weights and biases that go together: of several outputs, or of one.
_SHAPES = (((3, 5), (5,)), ((3, 5), (1, 5)), ((3,), ()), ((3, 1), (1,)), ((3, 1), ()), ((3, 3), (3,)), ((5, 3), (5, 1)))


def in_sizes_of(
    hypotheses: Sequence[Inputs], shapes: Iterable[tuple[int, ...]], generator: np.random.Generator
) -> list[Inputs]:
    """Inputs with as many rows or columns as weights have that an object comes with: random, as before."""
    sizes = list(dict.fromkeys(size for shape in shapes for size in shape if size > 1))
    found: dict[str, Inputs] = {}
    for each in hypotheses:
        ranks = {name: np.ndim(value) for name, value in each.moving.items()}
        if not ranks or not set(ranks.values()) <= {0, 1, 2}:
            continue
        for size in sizes[:4]:
            for shape in ((_SAMPLES, size), (size, _SAMPLES), (size, 1)):
                moving = {name: generator.normal(size=shape if ranks[name] == 2 else (size,)) if ranks[name] else value
                          for name, value in each.moving.items()}  # fmt: skip
                key = str([(name, np.shape(value)) for name, value in (*moving.items(), *each.fixed.items())])
                found.setdefault(key, each.replaced(moving))
    return list(found.values())


def unset_parameters(
    source: Source,
    name: str,
    pair: Pair,
    shapes: Mapping[str, tuple[int, ...]],
    generator: np.random.Generator,
) -> Iterator[dict[str, Floats]]:
    """Values for what the passes read of their object and what it has only once it is fitted; at least none at all."""
    owner = name.removesuffix(f".{pair.backward}")
    node = source.definition(owner) if pair.kind == "class" else None
    if not isinstance(node, ast.ClassDef):
        yield {}
        return
    methods = source.methods(node)
    read = _read_by(methods, pair.forward) | _read_by(methods, pair.backward)
    begun = {each.attr for each in (ast.walk(methods["__init__"]) if "__init__" in methods else ())
             if isinstance(each, ast.Attribute) and isinstance(each.ctx, ast.Store)
             and ast.unparse(each.value) == "self"}  # fmt: skip
    begun |= {name for each in node.body if not isinstance(each, Function) for name in bound(each)}
    missing = sorted(each for each in read if bare(each) in _WEIGHTS | _BIASES and each not in shapes
                     and each not in methods and (each not in begun or _begins_as_none(methods, each)))  # fmt: skip
    if not missing or not any(bare(each) in _WEIGHTS for each in missing):
        yield {}
        return
    for weights, biases in _SHAPES:
        yield {each: np.asarray(generator.normal(size=weights if bare(each) in _WEIGHTS else biases))
               for each in missing}  # fmt: skip


def _read_by(methods: Mapping[str, Function], first: str) -> set[str]:
    """The attributes that a method reads of its object, with what it calls there."""
    found: set[str] = set()
    pending = [first]
    while pending:
        method = methods.get(pending.pop())
        for each in ast.walk(method) if method is not None else ():
            if isinstance(each, ast.Attribute) and isinstance(each.value, ast.Name) and each.value.id == "self":
                if each.attr not in found and isinstance(each.ctx, ast.Load):
                    found.add(each.attr)
                    pending.append(each.attr)
    return found


def _begins_as_none(methods: Mapping[str, Function], name: str) -> bool:
    """Whether a constructor sets an attribute to nothing, or to a number."""
    method = methods.get("__init__")
    nodes = (
        [] if method is None else [each for each in ast.walk(method) if isinstance(each, ast.Assign | ast.AnnAssign)]
    )
    given = [each.value for each in nodes
             for target in (each.targets if isinstance(each, ast.Assign) else [each.target])
             if isinstance(target, ast.Attribute) and target.attr == name]  # fmt: skip
    return bool(given) and all(isinstance(each, ast.Constant) for each in given)
