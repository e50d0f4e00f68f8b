"""Checking a person's backward function: its numbers beside the derived gradient, and which slip explains them."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from chalkgrad.calculus import derive
from chalkgrad.checking.code_slips import CodeSlip, Floats, Layers, pairs, slips
from chalkgrad.checking.sandbox import MEGABYTES, SECONDS, CodeRaisedError, call_in_sandbox
from chalkgrad.engines.numpy import compile_numpy
from chalkgrad.errors import ChalkgradError, ShapeError, UnknownNameError
from chalkgrad.networks import Network
from chalkgrad.networks.architecture import SOFTMAX
from chalkgrad.networks.losses import loss_named
from chalkgrad.reading.spec import read_spec

_POINTS, _SAMPLES = 3, 5
_TOLERANCE = 1e-5  # PyTorch code often computes in float32
_DECORATION = re.compile(r"^(?:d[LJ]_d|d[LJ]d|grad_?|d_?|nabla_?)|(?:_?grad(?:ient)?)$")


@dataclass(frozen=True)
class CodeBlock:
    """The verdict on the gradient by one parameter: `right`, `wrong`, or `undetermined` where it is not returned."""

    name: str
    verdict: str
    reason: str
    slips: tuple[CodeSlip, ...] = ()

    def to_json(self, hints: bool = False) -> dict[str, Any]:
        """The block as plain data; with `hints` nothing in it gives the answer away."""
        if hints and self.verdict == "wrong":
            reason = " ".join(slip.hint for slip in self.slips) or "This is not the derivative."
            told = [{"hint": slip.hint} for slip in self.slips]
            return {"subject": self.name, "verdict": self.verdict, "reason": reason, "mistakes": told}
        told = [{"kind": slip.kind, "message": slip.message, "hint": slip.hint} for slip in self.slips]
        return {"subject": self.name, "verdict": self.verdict, "reason": self.reason, "mistakes": told}


@dataclass(frozen=True)
class CodeCheck:
    """What was found about a backward function, parameter by parameter; `samples` are its "rows" or "columns"."""

    file: str
    function: str
    spec: str
    blocks: tuple[CodeBlock, ...]
    samples: str = "rows"

    @property
    def exit_code(self) -> int:
        """0 if all is right, 1 if something is wrong, 2 if a gradient is not returned."""
        verdicts = {block.verdict for block in self.blocks}
        return 1 if "wrong" in verdicts else 2 if "undetermined" in verdicts else 0

    def to_json(self, hints: bool = False) -> dict[str, Any]:
        """The check as plain data; with `hints` nothing in it gives the answer away."""
        claims = [block.to_json(hints) for block in self.blocks]
        about = {"file": self.file, "function": self.function, "spec": self.spec, "samples": self.samples}
        return {**about, "claims": claims}


def check_code(
    file: str | Path,
    function: str,
    spec: str,
    *,
    seconds: int = SECONDS,
    megabytes: int = MEGABYTES,
    seed: int = 0,
) -> CodeCheck:
    """Runs a NumPy or PyTorch backward function of a file and compares its gradients with those of a network.

    The function is given what its signature names: x (n, inputs), y (n, outputs), W1 (inputs, units), b1 (units,), the
    values on the way (z1, h1, yhat, also a1 for h1), n or m, or `params`, a dictionary of the parameters. It returns a
    dictionary of gradients (W1, dW1, dL_dW1, grad_W1), anything with such names, or all of them in order. A class is
    made from the parameters, then its forward and backward are called. Where that fails, samples are taken as columns:
    x (inputs, n), W1 (units, inputs), b1 (units, 1). The loss is the mean over the samples.
    The file is executed, in a process of its own with limits on time and memory. Raises `EvaluationError`,
    `UnknownNameError` and `ShapeError` for what cannot be compared.
    """
    read_one = read_spec(spec)
    program = Network(read_one).program
    derivation = derive(program)
    parameters = [tensor.name for tensor in program.parameters]
    wanted = dict.fromkeys([d.tensor.name for d in derivation.program.definitions])
    compute = compile_numpy(derivation.program, list(wanted))
    to_output = compile_numpy(derive(program, ["yhat"]).program)
    points = []
    for number in range(_POINTS):
        given = _point(Network(read_one), np.random.default_rng(seed + number))
        values = {**given, **compute(**given)}
        if read_one.activations[-1] != SOFTMAX:
            values["dL_dyhat"] = next(iter(to_output(**given).values()))
        points.append(Layers(read_one, values))

    def blocks(columns: bool) -> tuple[CodeBlock, ...]:
        calls = [_in_columns(_offered(layers)) if columns else _offered(layers) for layers in points]
        results = call_in_sandbox(file, function, calls, parameters, seconds=seconds, megabytes=megabytes)
        returned = [_by_name(result, parameters, function) for result in results]
        if columns:
            returned = [{name: _turned(name, value) for name, value in each.items()} for each in returned]
        return tuple(_block(name, points, [one.get(name) for one in returned]) for name in parameters)

    found, samples = _in_either_layout(blocks)
    return CodeCheck(Path(file).name, function, str(read_one), found, samples)


def _in_either_layout(blocks: Callable[[bool], tuple[CodeBlock, ...]]) -> tuple[tuple[CodeBlock, ...], str]:
    """The verdicts with samples as rows; as columns where only that runs, or where something is right only then."""
    problem: CodeRaisedError | None = None
    rows: tuple[CodeBlock, ...] = ()
    try:
        rows = blocks(False)
    except CodeRaisedError as raised:
        problem = raised
    if any(block.verdict == "right" for block in rows):
        return rows, "rows"
    try:
        columns = blocks(True)
    except ChalkgradError:
        columns = ()
    if columns and (problem is not None or any(block.verdict == "right" for block in columns)):
        return columns, "columns"
    if problem is not None:
        raise problem
    return rows, "rows"


def _in_columns(offered: Mapping[str, Any]) -> dict[str, Any]:
    """The values with samples as columns: matrices turned, biases standing upright."""
    turned = {}
    for name, value in offered.items():
        array = np.asarray(value)
        upright = array.reshape(-1, 1) if array.ndim == 1 else array.T
        turned[name] = upright.tolist() if array.ndim else value
    return turned


def _turned(name: str, value: Any) -> Any:
    """A gradient that was returned for columns, as it is for rows."""
    array = np.asarray(value, dtype=np.float64)
    if array.ndim != 2:
        return value
    return array.reshape(-1) if name[0] == "b" and 1 in array.shape else array.T


def _point(network: Network, source: np.random.Generator) -> dict[str, Any]:
    """Random numbers for the inputs, targets of the loss's kind, and parameters."""
    spec = network.spec
    inputs, outputs = spec.sizes[0], spec.sizes[-1]
    if spec.activations[-1] == SOFTMAX:
        targets = np.eye(outputs)[source.integers(0, outputs, _SAMPLES)]
    elif loss_named(spec.loss).output == "sigmoid":
        targets = source.integers(0, 2, (_SAMPLES, outputs)).astype(float)
    else:
        targets = source.normal(size=(_SAMPLES, outputs))
    drawn = {name: source.normal(size=shape) for name, shape in network.parameters.items()}
    return {"x": source.normal(size=(_SAMPLES, inputs)), "y": targets, **drawn}


def _offered(layers: Layers) -> dict[str, Any]:
    """The values by every name that a signature may use for them."""
    values = {name: value.tolist() for name, value in layers.values.items() if not name.startswith(("dL", "l", "L"))}
    for layer in range(1, layers.depth):
        values[f"a{layer}"] = values[f"h{layer}"]
    output = values["yhat"]
    values |= {"a0": values["x"], f"a{layers.depth}": output, "y_hat": output, "y_pred": output}
    return {**values, "n": layers.samples, "m": layers.samples}


def _by_name(result: Mapping[str, Any] | list[Any], parameters: list[str], function: str) -> dict[str, Any]:
    if isinstance(result, list):
        if len(result) != len(parameters):
            told = ", ".join(parameters)
            raise ShapeError(f"{function} returns {len(result)} arrays; expected {len(parameters)}, for {told}")
        return dict(zip(parameters, result, strict=True))
    by_case = {name.casefold(): name for name in parameters}
    found = {}
    for name, value in result.items():
        bare = name if name in parameters else _DECORATION.sub("", name)
        if bare.casefold() not in by_case:
            raise UnknownNameError("parameter with a gradient", name, parameters)
        found[by_case[bare.casefold()]] = value
    return found


def _block(name: str, points: list[Layers], returned: list[Any]) -> CodeBlock:
    if any(value is None for value in returned):
        return CodeBlock(name, "undetermined", f"no gradient by {name} is returned")
    claimed = [np.asarray(value, dtype=np.float64) for value in returned]
    derived = [layers.values[f"dL_d{name}"] for layers in points]
    if all(_equal(one, other) for one, other in zip(claimed, derived, strict=True)):
        return CodeBlock(name, "right", f"it agrees with the derived gradient at {len(points)} random points")
    if claimed[0].shape not in (derived[0].shape, (1, *derived[0].shape)):
        reason = f"it has the shape {claimed[0].shape}, but {name} has {derived[0].shape}"
    elif not all(np.isfinite(one).all() for one in claimed):
        reason = "it has entries that are not finite"
    else:
        reason = _worst(claimed[0].reshape(derived[0].shape), derived[0])
    return CodeBlock(name, "wrong", reason, _explained(name, points, claimed))


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
    """Whether two arrays agree; axes of size 1 at the front (a bias as a row) are forgiven."""
    if one.shape != other.shape:
        if one.ndim != other.ndim + 1 or one.shape != (1, *other.shape):
            return False
        one = one.reshape(other.shape)
    scale = max(float(np.abs(other).max(initial=0.0)), 1e-12)
    return bool(np.isfinite(one).all() and np.abs(one - other).max(initial=0.0) <= _TOLERANCE * scale)


def _worst(claimed: Floats, derived: Floats) -> str:
    place = np.unravel_index(int(np.abs(claimed - derived).argmax()), derived.shape)
    where = f" at {[int(k) for k in place]}" if place else ""
    return (
        f"{where.strip()}{' it' if where else 'it'} is {claimed[place]:.6g}, but the derivative is {derived[place]:.6g}"
    )
