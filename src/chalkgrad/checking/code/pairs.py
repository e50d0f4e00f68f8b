"""A forward pass and the backward pass beside it in a person's code: how both are called, and with what."""

from __future__ import annotations

import ast
import heapq
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from chalkgrad.checking.code.calls import FORWARD
from chalkgrad.checking.code.facts import Argument, Facts, facts_of
from chalkgrad.checking.code.names import bare
from chalkgrad.checking.code.source import Function, Source
from chalkgrad.checking.code.trees import Result
from chalkgrad.errors import ChalkgradError, EvaluationError

_LIKE_X = ((4, 3), (3,), (2, 3, 5), (2, 3, 6, 6), ())
_LIKE_W = ((3, 5), (5, 3), (3,), (4, 3, 3, 3), (4, 3), ())
_LIKE_B = ((5,), (3,), (4,), (1, 3), (4, 3), ())
# The shapes that arguments of these names may have, the likeliest first; () is a number.
_SHAPES = (
    ("w weight weights kernel theta filters", _LIKE_W),
    ("b bias biases", _LIKE_B),
    ("gamma beta scale shift g", ((3,), (1, 3), (), (4, 3))),
)
_NUMBERS = {
    "eps": 1e-5, "epsilon": 1e-5, "momentum": 0.9, "alpha": 0.3, "slope": 0.3, "negativeslope": 0.3, "lam": 0.3,
    "lambd": 0.3, "gammafocal": 2.0, "temperature": 0.7, "tau": 0.7, "p": 0.5, "reg": 0.3, "lr": 0.5, "margin": 0.5,
}  # fmt: skip
_FIXED: dict[str, Any] = {
    "mode": "train", "training": True, "train": True, "stride": 1, "pad": 1, "padding": 1, "seed": 0, "dropout": 0.5,
    "inplace": False, "axis": -1, "dim": -1, "poolheight": 2, "poolwidth": 2, "kernelsize": 2, "size": 2, "nin": 3,
    "inputsize": 3, "inputdim": 3, "infeatures": 3, "nout": 5, "outputsize": 5, "outputdim": 5, "outfeatures": 5,
    "dim_in": 3, "dimout": 5, "inputs": 3, "outputs": 5, "ninputs": 3, "nneurons": 5, "noutputs": 5, "numfeatures": 3,
    "d": 3, "insize": 3, "outsize": 5, "hiddensize": 5, "inchannels": 3, "outchannels": 4, "numinputs": 3, "units": 5,
}  # fmt: skip
_LABELS = "y t target targets label labels"
_COTANGENT = re.compile(
    r"(?:d|grad|up|delta)\w*|error|outputerror|g|cotangent|ct|dy|upstream|\w*(?:cot|bar|grad|gradient)|v", re.IGNORECASE
)
_CACHE = {"cache", "caches", "memory", "saved", "ctx", "res", "residuals", "state", "context", "stored"}
_KEPT = 60


@dataclass(frozen=True)
class Inputs:
    """What a forward pass is given: `moving` are differentiated, `fixed` are not; `order` is how they stand."""

    moving: Mapping[str, Any]
    fixed: Mapping[str, Any]
    order: tuple[str, ...]

    def given(self, moving: Mapping[str, Any]) -> list[Any]:
        """The arguments in order, with other values for those that move."""
        return [moving[name] if name in moving else self.fixed[name] for name in self.order]


@dataclass(frozen=True)
class Pair:
    """A forward and a backward pass.

    `kind` is "torch" (an `autograd.Function`, run by torch), "jax" (a function with its own derivative rule, run by
    JAX), "class" (an object with both as methods) or "functions".
    """

    kind: str
    forward: str
    forward_facts: Facts
    backward: str = ""
    backward_facts: Facts | None = None
    constructor: Facts | None = None

    @property
    def takes_cotangent(self) -> bool:
        """Whether the backward pass is given the gradient from above; else each entry of the result counts alone."""
        return self.kind in ("torch", "jax", "class") or any(map(is_cotangent, self._names))

    @property
    def _names(self) -> list[str]:
        return [each.name for each in self.backward_facts.arguments] if self.backward_facts else []


def is_cotangent(name: str) -> bool:
    """Whether an argument's name means the gradient from above."""
    return bool(_COTANGENT.fullmatch(name)) and bare(name) not in _CACHE


def pair_of(source: Source, name: str, forward: str | None = None) -> Pair:
    """The backward pass of a name, and its own forward pass; raises `EvaluationError` where none is found."""
    node = source.definition(name.removesuffix(".backward"))
    if isinstance(node, ast.ClassDef):
        return _class_pair(source, node)
    if isinstance(node, Function) and forward is None and _has_rule(source, node):
        return Pair("jax", name, facts_of(node))
    if not isinstance(node, Function):
        raise EvaluationError(f"{name} in {source.file} is neither a function nor a class")
    known = {each.name: each for each in source.tree.body if isinstance(each, Function)}
    wanted = forward or next((each for each in _forwards(name) if each in known and each != name), None)
    if wanted is None:
        told = "say what it is the gradient of: --against SPEC or FORMULA, or --forward NAME for a function of the file"
        raise EvaluationError(
            f"{name} in {source.file} returns no loss beside its gradients, and has no forward pass; {told}"
        )
    ahead = source.definition(wanted)
    if not isinstance(ahead, Function):
        raise ChalkgradError(f"{wanted} in {source.file} is no function")
    return Pair("functions", wanted, facts_of(ahead), name, facts_of(node))


def _forwards(name: str) -> Iterator[str]:
    """What the forward function of a backward one may be called."""
    for old, new in (("backward", "forward"), ("bwd", "fwd"), ("backprop", "forward"), ("back", "forward")):
        if old in name:
            yield name.replace(old, new)
            yield re.sub(rf"_?{old}_?", "", name)
    before = r"^(?:compute_)?(?:grad(?:ient)?|nabla|d|der|derivative)_?(?:of_)?"
    after = r"_?(?:grad(?:ient)?|prime|derivative|deriv|jacobian|d|der)s?$"
    for base in (re.sub(before, "", name), re.sub(after, "", name)):
        if base and base != name:
            yield from (base, f"{base}_forward", f"compute_{base}", f"{base}_function", f"{base}_loss")


def _has_rule(source: Source, node: Function) -> bool:
    """Whether a function has a derivative rule of its own, as JAX's `custom_vjp` and `custom_jvp` give one."""
    decorated = any(
        "custom_vjp" in ast.unparse(each) or "custom_jvp" in ast.unparse(each) for each in node.decorator_list
    )
    return decorated or f"{node.name}.defvjp(" in source.text


def _class_pair(source: Source, node: ast.ClassDef) -> Pair:
    methods = {each.name: each for each in node.body if isinstance(each, Function)}
    ahead = next((each for each in FORWARD if each in methods), None)
    if ahead is None:
        raise EvaluationError(f"the class {node.name} in {source.file} has no method forward")
    if any(ast.unparse(each).split(".")[-1] == "Function" for each in node.bases):
        facts = facts_of(methods[ahead])
        apart = Facts(facts.name, facts.arguments[1:], facts.returned, facts.outside, facts.line)
        return Pair("torch", f"{node.name}.apply", apart)
    back = next(
        (each for each in ("backward", "backward_pass", "backprop", "grad", "gradient") if each in methods), None
    )
    if back is None:
        raise EvaluationError(f"the class {node.name} in {source.file} has no method backward")
    made = facts_of(methods["__init__"], method=True) if "__init__" in methods else None
    return Pair("class", ahead, facts_of(methods[ahead], method=True), back, facts_of(methods[back], method=True),
                made or Facts(node.name, (), (), frozenset(), node.lineno))  # fmt: skip


def inputs_for(
    facts: Facts, generator: np.random.Generator, let: Mapping[str, str], *, numbers: bool, making: bool = False
) -> list[Inputs]:
    """What the arguments of a forward pass may be, the likeliest first; with `numbers` they may be plain numbers.

    `making` tells that an object is made of them, which mostly takes sizes.
    """
    beam: list[tuple[float, list[tuple[str, Any, bool]]]] = [(0.0, [])]
    for argument in facts.arguments:
        if argument.spread or (not argument.required and argument.name not in let):
            continue
        may = list(_values(argument, generator, let.get(argument.name), numbers))
        if making and argument.name not in let:
            known = {value for _, value, _ in may if np.ndim(value) == 0 and type(value) is int}
            may = [*(each for each in may if np.ndim(each[1]) == 0),
                   *((0.3 + 0.1 * k, size, False) for k, size in enumerate((3, 5, 4)) if size not in known),
                   *((cost + 1.0, *rest) for cost, *rest in may if np.ndim(rest[0]) > 0)]  # fmt: skip
        extended = [(cost + more, [*chosen, (argument.name, value, moves)])
                    for cost, chosen in beam for more, value, moves in may]  # fmt: skip
        beam = heapq.nsmallest(_KEPT, extended, key=lambda each: each[0])
    return [
        Inputs({n: v for n, v, moves in chosen if moves}, {n: v for n, v, moves in chosen if not moves},
               tuple(n for n, _, _ in chosen))
        for _, chosen in beam
    ]  # fmt: skip


def _values(
    argument: Argument, generator: np.random.Generator, told: str | None, numbers: bool
) -> Iterator[tuple[float, Any, bool]]:
    """Values for an argument, each with its cost and whether it is differentiated."""
    name, usage = bare(argument.name), argument.usage
    if told is not None:
        yield (0.0, *_told(told, generator))
        return
    if usage.keys and (name.endswith(("param", "params", "config")) or usage.computed):
        yield 0.0, {key: _FIXED.get(bare(key), _NUMBERS.get(bare(key), 1)) for key in usage.keys
                    if bare(key) in _FIXED or bare(key) in _NUMBERS}, False  # fmt: skip
        return
    if usage.unpacked and all(each.isidentifier() for each in usage.unpacked):
        yield 0.0, generator.normal(size=len(usage.unpacked)), True
    if name in _NUMBERS and name != "p":
        yield 0.0, _NUMBERS[name], False
        return
    if name in _FIXED and not numbers:
        yield 0.0, _FIXED[name], False
    shapes = next((shapes for words, shapes in _SHAPES if name in words.split()), _LIKE_X)
    if name in _LABELS.split():
        yield 0.15, generator.permutation(np.arange(4) % 3), False
    for place, shape in enumerate(shapes):
        if shape == ():
            if numbers:
                yield -0.5, float(generator.uniform(0.5, 1.5)), True
            continue
        drawn = generator.normal(size=shape)
        yield 0.2 * place, drawn, True
        yield 0.2 * place + 1.5, np.abs(drawn) + 0.1, True  # for logarithms and roots
        if len(shape) > 1 and name in ("adj", "mask"):
            yield 0.1, (drawn > 0).astype(float), False


def _told(words: str, generator: np.random.Generator) -> tuple[Any, bool]:
    """A number that is fixed, or the shape of an array, such as 4x3."""
    if re.fullmatch(r"\d+(?:x\d+)*x?", words) and "x" in words:
        return generator.normal(size=[int(each) for each in words.strip("x").split("x")]), True
    try:
        return (int(words) if words.lstrip("-").isdigit() else float(words)), False
    except ValueError:
        return words, False


def backward_arguments(pair: Pair, inputs: Inputs, outputs: int) -> tuple[list[Any], dict[str, Any]] | None:
    """What the backward function is given: the cotangent, what the forward pass kept, and the same inputs by name.

    None where an argument cannot be told.
    """
    assert pair.backward_facts is not None
    given: list[Any] = []
    rest = [f"output.{k}" for k in range(1, outputs)]
    by_bare = {bare(name): name for name in inputs.order}
    for argument in pair.backward_facts.arguments:
        name = bare(argument.name)
        if name in by_bare:
            given.append(Result(f"given {by_bare[name]}"))
        elif name in _CACHE or re.search(r"cache", name):
            if not rest:
                return None
            given.append(Result(rest[0]))
        elif is_cotangent(argument.name) and Result("cotangent") not in given:
            given.append(Result("cotangent"))
        elif name in ("out", "output", "yhat", "a", "y", "s", "result"):
            given.append(Result("output.0" if outputs > 1 else "output"))
        elif argument.required:
            spare = [n for n in inputs.order if Result(f"given {n}") not in given]
            if not spare:
                return None
            given.append(Result(f"given {spare[0]}"))
    return given, {}
