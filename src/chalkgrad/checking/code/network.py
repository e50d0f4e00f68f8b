"""Checking a person's backward function against a network: how it is called, its numbers beside the derived ones."""

from __future__ import annotations

import ast
import math
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import combinations, product
from typing import Any

import numpy as np

from chalkgrad.calculus import derive
from chalkgrad.checking.code.arguments import Asked, asked_for
from chalkgrad.checking.code.calls import Call, Target, candidates, probes, target_of
from chalkgrad.checking.code.corrections import corrections
from chalkgrad.checking.code.edits import functions_in_reach
from chalkgrad.checking.code.layouts import Floats
from chalkgrad.checking.code.returned import Reading, readings
from chalkgrad.checking.code.sandbox import Failure, Limits, Sandbox
from chalkgrad.checking.code.slips import CodeSlip, Layers, pairs, slips
from chalkgrad.checking.code.source import Source, bound
from chalkgrad.checking.code.trees import Thing
from chalkgrad.checking.code.verdicts import CodeBlock, CodeCheck, Edit
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.errors import EvaluationError
from chalkgrad.networks import Network, NetworkSpec
from chalkgrad.networks.architecture import SOFTMAX
from chalkgrad.networks.losses import loss_named
from chalkgrad.reading.spec import read_spec

_POINTS = 3
_TOLERANCE = 1e-5  # PyTorch code often computes in float32
_MANY, _FEWER, _AT_ONCE = 800, 320, 40
_FURTHER = (1.5, 0.7)  # how much less likely calls are still tried where nothing is right, and where something is
_GUESSED = 3.0  # from this cost on, a call is a guess, and what is wrong under it is not judged


@dataclass(frozen=True)
class Points:
    """Random points of a network: its values, and the derived gradients beside them."""

    spec: NetworkSpec
    seed: int
    biases: bool = True
    single: bool = False

    @cached_property
    def samples(self) -> int:
        """How many samples each point has: another number than every layer has units, also with a bias; or one."""
        if self.single:
            return 1
        taken = {size + more for size in self.spec.sizes for more in (0, 1)}
        return next(number for number in range(5, 99) if number not in taken)

    @cached_property
    def layers(self) -> list[Layers]:
        """The values and gradients at every point."""
        network = Network(self.spec)
        derivation = derive(network.program)
        compute = compile_numpy(derivation.program, [d.tensor.name for d in derivation.program.definitions])
        to_output = compile_numpy(derive(network.program, ["yhat"]).program)
        points = []
        for number in range(_POINTS):
            given = self._drawn(network, np.random.default_rng(self.seed + number))
            values = {**given, **compute(**given)}
            if self.spec.activations[-1] != SOFTMAX:
                values["dL_dyhat"] = next(iter(to_output(**given).values()))
            points.append(Layers(self.spec, values))
        return points

    def offered(self, number: int) -> dict[str, Floats]:
        """What the person's code may be given of a point: no gradient by a parameter."""
        return {name: value for name, value in self.layers[number].values.items()
                if not name.startswith(("dL_dW", "dL_db"))}  # fmt: skip

    def _drawn(self, network: Network, source: np.random.Generator) -> dict[str, Any]:
        """Random numbers for the inputs, targets of the loss's kind, and parameters."""
        spec = network.spec
        inputs, outputs = spec.sizes[0], spec.sizes[-1]
        if spec.activations[-1] == SOFTMAX:
            classes = source.permutation(np.arange(self.samples) % outputs)
            targets = np.eye(outputs)[classes]
        elif loss_named(spec.loss).output == "sigmoid":
            targets = source.integers(0, 2, (self.samples, outputs)).astype(float)
        else:
            targets = source.normal(size=(self.samples, outputs))
        drawn = {name: source.normal(size=shape) for name, shape in network.parameters.items()}
        if not self.biases:
            drawn |= {name: np.zeros_like(value) for name, value in drawn.items() if name[0] == "b"}
        return {"x": source.normal(size=(self.samples, inputs)), "y": targets, **drawn}


@dataclass(frozen=True)
class Found:
    """A way of calling and of reading that ran, and how well its gradients fit: more is better."""

    call: Call
    reading: Reading
    score: tuple[float, float, float]
    complete: bool


def check_network(
    source: Source,
    function: str,
    spec: str,
    *,
    let: Mapping[str, str] | None = None,
    call: str | None = None,
    layout: str | None = None,
    limits: Limits,
    seed: int,
    presumed: bool = False,
) -> CodeCheck:
    """Runs a person's NumPy, PyTorch or JAX function and compares its gradients with those of a network.

    `function` is a function of the file, a method (`Network.backward`) or a class; only the statements that it needs
    are run, in a process of its own with limits on time and memory. How it is called is found out by the names, the
    order and the shapes of its arguments. `let` tells what an argument stands for ({"q": "W1"}), `call` what all of
    them do ("f(theta, X, y)"), `layout` how values are laid out ("columns, integers"). A network that is only
    `presumed` is looked for less long, and only what is right in all gradients counts. Raises `EvaluationError` and
    `UnknownNameError` where nothing can be compared.
    """
    target = target_of(source, function)
    known = read_spec(spec).of_plain_layers("the comparison with a network")
    with_biases, without = Points(known, seed), Points(known, seed, biases=False)
    asked = asked_for(let or {}, call, layout, [each.name for each in target.function.arguments])
    libraries = libraries_of(source, target, function)
    with Sandbox(source, limits) as sandbox:
        best: Found | None = None
        problem: EvaluationError | None = None
        several = [(with_biases, without)]
        if not _counts(source, function):
            several.append((replace(with_biases, single=True), replace(without, single=True)))
        for (many, plain), library in product(several, libraries):
            left_out = sandbox.load(source.needed(function), library)
            try:
                found = _search(sandbox, source, target, many, plain, asked, _FEWER if presumed else _MANY)
            except EvaluationError as raised:
                problem = problem or raised
                continue
            if best is None or (found.complete if many.single else found.score > best.score):
                best, chosen, with_biases, without = found, library, many, plain
            if best.complete:
                break
        if best is None:
            assert problem is not None
            raise problem
        if presumed and not best.complete:
            raise EvaluationError(f"{function} in {source.file} gives no gradients of {spec}")
        if chosen != library:
            left_out = sandbox.load(source.needed(function), chosen)
        points = without if best.call.layout.biases == "none" else with_biases
        gradients = _at_every_point(sandbox, best, points)
        blocks = tuple(_blocks(best, points, gradients))
        edits: tuple[Edit, ...] = ()
        if any(block.verdict == "wrong" for block in blocks):
            edits = _corrected(sandbox, source, function, best.call, points)
    words = called_words(best.call, best.reading, target, points.spec)
    words += "; one sample at a time, as it neither adds nor counts them" if points.single else ""
    return CodeCheck(source.file, function, str(points.spec), blocks, words, best.call.layout.samples, left_out, edits)


def _counts(source: Source, function: str) -> bool:
    """Whether the code adds up, averages or counts samples anywhere: then it is meant for several at once."""
    text = "\n".join(ast.unparse(each) for each in functions_in_reach(source, function)
                     if each.name in (function.split(".")[-1], "backward", "forward", "feedforward"))  # fmt: skip
    return bool(re.search(r"\.(sum|mean|size)\b|\bsum\(|\.shape\[", text))


def libraries_of(source: Source, target: Target, function: str) -> list[str]:
    """Whose arrays are given: those of the library that the needed statements import; of two, both are tried."""
    used = source.libraries(function)
    own: list[str] = [each for each in ("torch", "jax") if each in used]
    if not own:
        return ["numpy"]
    return own if "numpy" not in used else [*own, "numpy"] if "torch" in target.function.outside else ["numpy", *own]


def _search(
    sandbox: Sandbox, source: Source, target: Target, with_biases: Points, without: Points, asked: Asked, most: int
) -> Found:
    """The way of calling under which most is right; the plainest of those."""
    best: Found | None = None
    failed: Failure | None = None
    ran = False
    for call, outcome in outcomes_of(sandbox, source, target, with_biases, without, asked, most):
        if best is not None and (best.complete or call.cost > best.call.cost + _FURTHER[best.score[0] > 0]):
            break
        if isinstance(outcome, Failure):
            if failed is None or (failed.type != "NameError" and outcome.type == "NameError"):
                failed = outcome  # a name that is missing is so in every call
            continue
        ran = True
        point = without if call.layout.biases == "none" else with_biases
        for reading in readings(outcome, call, point.offered(0), point.spec):
            found = _scored(call, reading, point)
            if best is None or found.score > best.score:
                best = found
    if best is not None:
        return best
    if failed is not None and not ran:
        raise failed.error(source)
    told = f"{target.name} in {source.file} returned no gradients that could be told from one another"
    raise EvaluationError(f"{told}; expected a dictionary, a tuple or a vector of them")


def outcomes_of(
    sandbox: Sandbox, source: Source, target: Target, with_biases: Points, without: Points, asked: Asked, limit: int
) -> Iterator[tuple[Call, dict[str, Any] | Failure]]:
    """The ways of calling, the likeliest first, each with what it gave at the first point."""
    spec, samples = with_biases.spec, with_biases.samples
    made = None
    if target.constructor is not None:
        made = _made(sandbox, source, probes(target, spec, samples, with_biases.offered(0), asked), with_biases)
    read = sorted(target.function.outside & {name for node in source.tree.body for name in _data(node)})
    calls = candidates(target, spec, samples, asked, made, read, limit)
    if not calls:
        raise EvaluationError(f"no way of calling {target.name} was found; tell it with --call or --let")
    for start in range(0, len(calls), _AT_ONCE):
        batch = calls[start : start + _AT_ONCE]
        points = [without if call.layout.biases == "none" else with_biases for call in batch]
        outcomes = sandbox.call([c.program(p.offered(0)) for c, p in zip(batch, points, strict=True)])
        for call, outcome in zip(batch, outcomes, strict=True):
            if isinstance(outcome, Failure) and outcome.type == "TimeoutError":
                raise outcome.error(source)
            yield call, outcome


def _data(node: ast.stmt) -> set[str]:
    """The names of a statement that hold data."""
    return bound(node) if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign | ast.For | ast.With) else set()


def _made(sandbox: Sandbox, source: Source, calls: list[Call], points: Points) -> Thing | None:
    """The object as its constructor leaves it."""
    failed: Failure | None = None
    for outcome in sandbox.call([call.program(points.offered(0)) for call in calls]):
        if isinstance(outcome, Failure):
            failed = failed or outcome
        elif isinstance(outcome.get("object"), Thing):
            found: Thing = outcome["object"]
            return found
    if failed is not None:
        raise failed.error(source)
    return None


def wanted_of(call: Call, spec: NetworkSpec) -> list[str]:
    """The parameters whose gradients are expected."""
    names = [f"{letter}{k}" for k in range(1, len(spec.sizes)) for letter in "Wb"]
    return [name for name in names if not (call.layout.biases == "none" and name[0] == "b")]


def _scored(call: Call, reading: Reading, points: Points) -> Found:
    truth = points.layers[0].values
    wanted = wanted_of(call, points.spec)
    right = [name for name, array in reading.gradients.items() if _equal(array, truth[f"dL_d{name}"])]
    scale = common_scale([reading.gradients], [truth])
    up_to = 0.0 if scale is None or _scale_words(scale, points, reading, points.layers[0]) is None else 0.9
    good = max(len(right), up_to * len(reading.gradients))
    fits = sum(1 for name in reading.gradients if name in wanted)
    # A layout without biases has fewer blocks: it has to be right in them, or it is not preferred to others.
    cost = call.cost + reading.cost
    return Found(call, reading, (good, fits if good else fits / len(wanted), -cost), good >= 0.9 * len(wanted))


def _at_every_point(sandbox: Sandbox, best: Found, points: Points) -> list[Reading | None]:
    """The gradients at every point, read in the way that was chosen."""
    outcomes = sandbox.call([best.call.program(points.offered(k)) for k in range(_POINTS)])
    found: list[Reading | None] = []
    for number, outcome in enumerate(outcomes):
        read = [] if isinstance(outcome, Failure) else readings(outcome, best.call, points.offered(number), points.spec)
        same = [each for each in read if (each.words, each.cost) == (best.reading.words, best.reading.cost)]
        found.append(same[0] if same else None)
    return found


def _corrected(sandbox: Sandbox, source: Source, function: str, call: Call, points: Points) -> tuple[Edit, ...]:
    """The edit of the code after which every gradient is right under the same call."""
    wanted = wanted_of(call, points.spec)

    def right(number: int, outcome: dict[str, Any] | Failure) -> bool:
        if isinstance(outcome, Failure):
            return False
        truth = points.layers[number].values
        return max((sum(_equal(array, truth[f"dL_d{name}"]) for name, array in each.gradients.items())
                    for each in readings(outcome, call, points.offered(number), points.spec)),
                   default=0) >= len(wanted)  # fmt: skip

    programs = [call.program(points.offered(number)) for number in range(_POINTS)]
    return corrections(sandbox, source, functions_in_reach(source, function), programs, right)


def _blocks(best: Found, points: Points, read: list[Reading | None]) -> Iterator[CodeBlock]:
    spec = points.spec
    wanted = wanted_of(best.call, spec)
    complete = [each for each in read if each is not None]
    truths = [layers.values for layers, each in zip(points.layers, read, strict=True) if each is not None]
    if len(complete) < len(read):
        for name in wanted:
            yield CodeBlock(name, "undetermined", "it does not give gradients at every point")
        return
    scale = common_scale([each.gradients for each in complete], truths)
    words = None if scale is None else _scale_words(scale, points, complete[0], points.layers[0])
    guessed = best.call.cost >= _GUESSED and best.score[0] == 0
    for name in wanted:
        block = _block(name, points, complete, best.call)
        if block.verdict == "wrong" and words is not None and name in complete[0].gradients:
            yield CodeBlock(name, "right_up_to", words)
        elif block.verdict == "wrong" and guessed:
            yield CodeBlock(name, "undetermined", "no way of calling was found under which anything is right")
        else:
            yield block


def common_scale(gradients: list[dict[str, Floats]], truths: list[Mapping[str, Floats]]) -> float | None:
    """The one factor other than 1 between all claimed gradients and the derived ones; None if there is none."""
    claimed = [array.ravel() for each in gradients for array in each.values()]
    derived = [t[f"dL_d{name}"].ravel() for each, t in zip(gradients, truths, strict=True) for name in each]
    if not claimed or any(one.shape != other.shape for one, other in zip(claimed, derived, strict=True)):
        return None
    one, other = np.concatenate(claimed), np.concatenate(derived)
    square = float(other @ other)
    scale = float(one @ other) / square if square else 0.0
    if not np.isfinite(one).all() or not scale or abs(scale - 1) < 1e-4:
        return None
    pieces = zip(claimed, derived, strict=True)
    return scale if all(_equal(piece / scale, true) for piece, true in pieces) else None


def _scale_words(scale: float, points: Points, reading: Reading, layers: Layers) -> str | None:
    """What a common factor means; None where it is a slip: the code's own loss, if it is returned, decides."""
    own = None if reading.loss is None else reading.loss / float(layers.values["L"])
    if own is not None and abs(own - 1) < 1e-6:
        return None
    conventions = [(float(points.samples), "the sum over the samples where the loss has the mean")]
    conventions += [(points.spec.sizes[-1], "the sum over the outputs where the loss has the mean")]
    conventions += [(0.5, "a factor ½ in the loss")] if points.spec.loss == "mse" else []
    for count in range(1, len(conventions) + 1):
        for chosen in combinations(conventions, count):
            if abs(scale - math.prod(factor for factor, _ in chosen)) < 1e-5 * scale:
                words = ", and ".join(said for factor, said in chosen if factor != 1)
                return f"it is the derivative up to the factor {scale:g}: {words}"
    if own is not None and abs(scale - own) < 1e-4 * abs(own):
        return f"it is the derivative of the code's own loss, which is {scale:g} times that of the network"
    return None


def _block(name: str, points: Points, read: list[Reading], call: Call) -> CodeBlock:
    derived = [layers.values[f"dL_d{name}"] for layers in points.layers]
    if any(name not in each.gradients and name not in each.odd for each in read):
        return CodeBlock(name, "undetermined", f"no gradient by {name} is returned")
    turned = (call.layout.weights == "outputs by inputs") if name[0] == "W" else call.layout.samples == "columns"
    claimed = []
    for each in read:
        array = each.gradients[name] if name in each.gradients else each.odd[name]
        claimed.append(array.T if turned and name in each.odd else array)
    if all(_equal(one, other) for one, other in zip(claimed, derived, strict=True)):
        return CodeBlock(name, "right", f"it agrees with the derived gradient at {len(derived)} random points")
    if claimed[0].shape != derived[0].shape:
        shape = read[0].odd[name].shape if name in read[0].odd else claimed[0].shape
        reason = f"it has the shape {shape}, which is not that of {name}"
    elif not all(np.isfinite(one).all() for one in claimed):
        reason = "it has entries that are not finite"
    else:
        reason = _worst(claimed[0], derived[0])
    return CodeBlock(name, "wrong", reason, _explained(name, points.layers, claimed))


def _explained(name: str, points: list[Layers], claimed: list[Floats]) -> tuple[CodeSlip, ...]:
    """The slips that give the claimed numbers at every point; none if it is not known."""
    for rows in zip(*(list(slips(layers, name)) for layers in points), strict=True):
        if all(_equal(one, wrong) for one, (_, wrong) in zip(claimed, rows, strict=True)):
            return (rows[0][0],)
    for both in zip(*(list(pairs(layers, name)) for layers in points), strict=True):
        if all(_equal(one, wrong) for one, (_, _, wrong) in zip(claimed, both, strict=True)):
            slip, scale, _ = both[0]
            return slip, scale
    return ()


def _equal(one: Floats, other: Floats) -> bool:
    """Whether two arrays of one shape agree."""
    if one.shape != other.shape:
        return False
    scale = max(float(np.abs(other).max(initial=0.0)), 1e-12)
    return bool(np.isfinite(one).all() and np.abs(one - other).max(initial=0.0) <= _TOLERANCE * scale)


def _worst(claimed: Floats, derived: Floats) -> str:
    place = np.unravel_index(int(np.abs(claimed - derived).argmax()), derived.shape)
    where = f"at {[int(k) for k in place]} " if place else ""
    return f"{where}it is {claimed[place]:.6g}, but the derivative is {derived[place]:.6g}"


def called_words(call: Call, reading: Reading, target: Target, spec: NetworkSpec) -> str:
    """How the function was called and read, in one line."""
    arguments = ", ".join(each.name for each in target.function.arguments)
    words = [f"called as {target.name}({arguments})", call.words, *call.layout.told(spec, call.roles), reading.words]
    return "; ".join(word for word in words if word)
