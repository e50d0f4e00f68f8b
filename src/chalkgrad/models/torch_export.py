"""A PyTorch module as equations, through the graph of `torch.export`: its operations as they were called.

What is covered is the table `models.torch_operations.OPERATIONS`; another operation is refused by its name. The shape
of each value is compared with what PyTorch says it is, for an example whose number of samples is no other size of the
module. Modules are taken in evaluation mode: dropout is left out, batch normalisation has its running statistics.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from chalkgrad.board.network import NetworkSheet
from chalkgrad.errors import ChalkgradError
from chalkgrad.models.building import Builder, Parameter, samples_unlike
from chalkgrad.models.torch_operations import OPERATIONS, SAME
from chalkgrad.models.values import Value

_NAMED_BY_WEIGHTS = {"linear": 1, "conv1d": 1, "conv2d": 1, "conv3d": 1, "addmm": 2}


def read_torch(module: Any, inputs: Any, loss: str | None = None) -> NetworkSheet:
    """The equations of a `torch.nn.Module`, with its parameters in their own names and layout.

    `inputs` is an example of a batch, a tensor or its shape (samples, …), or a list of them, one for each input. Raises
    `ChalkgradError` for an operation that is not covered, with its name, and for a module that cannot be exported.

    >>> import torch
    >>> made = torch.nn.Sequential(torch.nn.Linear(4, 8), torch.nn.Tanh(), torch.nn.Linear(8, 3))
    >>> net = read_torch(made, (1, 4), "cross_entropy")
    >>> net.parameters
    {'W_0': (8, 4), 'b_0': (8,), 'W_2': (3, 8), 'b_2': (3,)}
    """
    import torch

    examples = [inputs] if hasattr(inputs, "shape") or all(isinstance(size, int) for size in inputs) else list(inputs)
    shapes = [tuple(each.shape if hasattr(each, "shape") else each) for each in examples]
    if any(len(shape) < 1 or not all(isinstance(size, int) for size in shape) for shape in shapes) or (
        len(shapes) == 1 and len(shapes[0]) < 2 and not hasattr(inputs, "dtype")
    ):
        raise ChalkgradError("the inputs are a batch: an example, or its shape such as (1, 4); several are a list")
    state = chain(module.parameters(), module.buffers())
    first = next((each.dtype for each in module.parameters()), torch.get_default_dtype())
    types = [each.dtype if hasattr(each, "dtype") else None for each in examples]
    samples = samples_unlike({size for shape in (*shapes, *(each.shape for each in state)) for size in shape} - {0})
    training = module.training
    try:
        exported = _exported(module.eval(), [(samples, *shape[1:]) for shape in shapes], types, first)
    finally:
        module.train(training)
    return _read_graph(exported, Builder(samples, torch.finfo(first).eps), loss)


def _exported(module: Any, shapes: Sequence[tuple[int, ...]], types: Sequence[Any], usual: Any) -> Any:
    """The graph for an example of zeros; where no types are told and numbers are not taken, of whole numbers."""
    import torch

    problem: Exception | None = None
    for whole in (False, True):
        made = tuple(
            torch.zeros(shape, dtype=dtype or (torch.int64 if whole else usual))
            for shape, dtype in zip(shapes, types, strict=True)
        )
        try:
            return torch.export.export(module, made)
        except Exception as found:
            problem = problem or found
    assert problem is not None
    raise ChalkgradError(f"torch.export does not take this module: {_first_line(problem)}")


def _read_graph(exported: Any, made: Builder, loss: str | None) -> NetworkSheet:
    signature = exported.graph_signature
    state: dict[str, Any] = {**exported.state_dict, **exported.constants}
    parameters = dict(signature.inputs_to_parameters)
    constants = {**signature.inputs_to_buffers, **signature.inputs_to_lifted_tensor_constants}
    values = dict[str, Any]()
    used = {each for node in exported.graph.nodes if node.op == "call_function" for each in node.all_input_nodes}
    for node in exported.graph.nodes:
        if node.op == "placeholder" and node.name in parameters:
            if node in used:
                name = parameters[node.name]
                values[node.name] = made.parameter(name, state[name].detach().cpu().numpy())
        elif node.op == "placeholder" and node.name in constants:
            values[node.name] = state[constants[node.name]].detach().cpu()
        elif node.op == "placeholder":
            values[node.name] = made.input("x" if node.name == "input" else node.name, node.meta["val"].shape)
        elif node.op == "call_function":
            values[node.name] = _checked(_operated(made, node, values), node, made)
        elif node.op == "output":
            output, *others = node.args[0]
            if others:
                raise ChalkgradError("the module gives several values; one is covered: wrap it to give the one meant")
            found = values[output.name]
            if not isinstance(found, Value):
                break
            return made.sheet(loss, found)
    raise ChalkgradError("the module gives no tensor")


def _operated(made: Builder, node: Any, values: Mapping[str, Any]) -> Any:
    """What an operation of the graph gives: worked out at once where it rests on constants alone."""
    import torch

    full = str(node.target)
    known = full.removeprefix("aten.").partition(".")[0] if full.startswith("aten.") else full

    def of(argument: Any) -> Any:
        if hasattr(argument, "op"):
            if argument.name not in values:
                raise ChalkgradError(f"{node.name} uses {argument.name}, which is not covered yet")
            return values[argument.name]
        if isinstance(argument, list | tuple):
            return [of(each) for each in argument]
        return argument

    given, options = of(node.args), {name: of(value) for name, value in node.kwargs.items()}
    if node.target is operator.getitem:
        return given[0][given[1]]
    if not _rests_on_values(given) and not _rests_on_values(list(options.values())):
        with torch.no_grad():
            return node.target(*given, **options)
    if known not in OPERATIONS:
        raise ChalkgradError(f"the operation {known} is not covered yet; known are {', '.join(sorted(OPERATIONS))}")
    return OPERATIONS[known](made, _name(made, known, node), given, options)


def _rests_on_values(given: Any) -> bool:
    if isinstance(given, list | tuple):
        return any(map(_rests_on_values, given))
    return isinstance(given, Value | Parameter)


def _checked(found: Any, node: Any, made: Builder) -> Any:
    """What an operation gave; raises `ChalkgradError` where its shape is not what PyTorch says."""
    told = getattr(node.meta.get("val"), "shape", None)
    if told is not None and isinstance(found, Value) and made.shape(found) != tuple(told):
        raise ChalkgradError(f"{node.name} was read with the shape {made.shape(found)}, but has {tuple(told)}: "
                             "this is not covered yet")  # fmt: skip
    return found


def _name(made: Builder, known: str, node: Any) -> str:
    """z_fc1 for what the layer fc1 gives before its activation, h1, h2, … for the rest."""
    place = _NAMED_BY_WEIGHTS.get(known)
    weights = node.args[place].name if place is not None else ""
    if weights.startswith("p_"):
        return f"z_{weights.removeprefix('p_').removesuffix('_weight')}"
    return "" if known in SAME else made.next_value()


def _first_line(problem: Exception) -> str:
    lines = str(problem).strip().splitlines()
    return lines[0] if lines else type(problem).__name__
