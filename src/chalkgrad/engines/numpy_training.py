"""NumPy source of a whole training step, to be read, copied and run: forward, loss, gradients, update, step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from chalkgrad.engines.names import safe_identifier
from chalkgrad.engines.numpy import function_source, module_source
from chalkgrad.engines.numpy_indexing import Vocabulary
from chalkgrad.engines.numpy_pieces import number_literal
from chalkgrad.engines.stabilise import stabilised
from chalkgrad.errors import ProgramError
from chalkgrad.language import Definition, Program, Role, Tensor, number, tensors_in
from chalkgrad.language.recurrences import blocks
from chalkgrad.networks import Optimiser, optimiser_named

_FUNCTIONS = ("forward", "loss", "gradients", "update", "training_step")


def training_source(program: Program, gradient_program: Program, optimiser: str | Optimiser = "sgd") -> str:
    """NumPy source of a module that trains a network: what it computes, its loss, the gradients, and one step.

    `gradient_program` is that of a derivation, whose results are the gradients by parameter. The loss is computed in a
    form that stays finite. Raises `UnknownNameError` for an optimiser and `ProgramError` for a result that is not a
    gradient.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> program = Network(NetworkSpec((2, 1), ("sigmoid",), "bce")).program
    >>> source = training_source(program, derive(program).program, "momentum")
    >>> [line for line in source.splitlines() if line.startswith("def ")][2:5]
    ['def forward(x, W1, b1):', 'def loss(x, y, W1, b1):', 'def gradients(x, y, W1, b1):']
    """
    row = optimiser_named(optimiser) if isinstance(optimiser, str) else optimiser
    for tensor in gradient_program.results:
        if tensor.role is not Role.ADJOINT:
            raise ProgramError(f"'{tensor.name}' is a result, but not a gradient: give the program of a derivation")
    stable = stabilised(program)
    vocabulary = Vocabulary()
    for name in _FUNCTIONS:
        vocabulary.names.of(("program", name), name)
    slopes = {vocabulary.tensor(program.tensor(tensor.wrt)): tensor for tensor in gradient_program.results}
    needed = gradient_program.needed_for(*gradient_program.results).declared
    data = [vocabulary.tensor(tensor) for tensor in needed if tensor.role is not Role.PARAMETER]
    output = output_in(program)
    forward = [] if output is None else [
        function_source(stable.needed_for(output), "forward", vocabulary, output, f"The output {output.name}")
    ]  # fmt: skip
    functions = [
        *forward,
        function_source(stable.needed_for(stable.result), "loss", vocabulary, stable.result, "The loss"),
        function_source(
            gradient_program.needed_for(*gradient_program.results),
            "gradients",
            vocabulary,
            slopes,
            "The derivative of the loss by each parameter",
        ),
        _update_source(row, vocabulary),
        _step_source(row, data),
    ]
    return module_source(functions, vocabulary)


def network_output(program: Program) -> Tensor:
    """What a network computes before its loss: the last tensor that depends on the inputs but not on the targets.

    What a loss works out on the way, as the sum of exponentials of logits, is no output: that is as large as a target,
    and nothing but the loss goes on from it.

    >>> from chalkgrad.networks import Network, NetworkSpec
    >>> network_output(Network(NetworkSpec((2, 3, 1), ("relu", "sigmoid"), "bce")).program).name
    'yhat'
    >>> network_output(Network(NetworkSpec((2, 3), ("identity",), "cross_entropy")).program).name
    'yhat'
    """
    found = output_in(program)
    if found is None:
        raise ProgramError("the program has no tensor that depends on an input and on no target: it is not a network")
    return found


def output_in(program: Program) -> Tensor | None:
    """The same, None for a program that has no such tensor: a function, or a loss in one formula."""
    reached = {tensor: {tensor.role} for tensor in program.declared}
    shapes = {tensor.shape for tensor in program.declared if tensor.role is Role.TARGET}
    found: list[Tensor] = []
    used: set[Tensor] = set()
    for block in blocks(program.definitions):
        together = (block,) if isinstance(block, Definition) else block.definitions
        inside = {tensor for definition in together for tensor in tensors_in(definition.body)}
        roles = set[Role]().union(*(reached.get(tensor, set()) for tensor in inside))
        reached |= {definition.tensor: roles for definition in together}
        if Role.INPUT in roles and Role.TARGET not in roles:
            found += (definition.tensor for definition in together)
            used.update(inside)
    ends = [tensor for tensor in found if tensor not in used and tensor.shape in shapes]
    found = ends or found
    return found[-1] if found else None


def _update_source(row: Optimiser, shared: Vocabulary) -> str:
    """The optimiser's equations for arrays of any shape, with names of their own."""
    tensors = (*row.program.declared, *(definition.tensor for definition in row.program.definitions))
    vocabulary = replace(shared, given={tensor: safe_identifier(tensor.name) for tensor in tensors})
    returns = {name: row.program.tensor(result) for name, result in row.updates.items()}
    source = function_source(row.program, "update", vocabulary, returns)
    start, end = source.index('"""'), source.rindex('"""') + 3
    remembered = f" and of what is remembered, {', '.join(row.state)}" if row.state else ""
    text = f'"""The new value of a parameter p with the gradient g{remembered}: {row.title}."""'
    return source[:start] + text + source[end:]


def _step_source(row: Optimiser, data: Sequence[str]) -> str:
    """One step for the parameters; `data` are the arguments that are none."""
    values = ", ".join(f"{name}={number_literal(number(value).value)}" for name, value in row.defaults.items())
    passed = ", ".join(["parameters[name]", "slope", "**memory[name]"])
    rest = ", ".join([*(["t=t"] if row.uses_step else []), *(f"{name}={name}" for name in row.defaults)])
    empty = "{" + ", ".join(f'"{name}": 0.0' for name in row.state) + "}"
    step = ", t" if row.uses_step else ""
    counted = " The step t counts from 1." if row.uses_step else ""
    given = "".join(f", {name}" for name in data)
    slopes = ", ".join((*data, "**parameters"))
    return f'''def training_step(parameters, memory{given}{step}, {values}):
    """One step, in place, for dictionaries by parameter name.

    The memory begins as {empty} for each parameter.{counted}
    """
    for name, slope in gradients({slopes}).items():
        new = update({passed}, {rest})
        parameters[name] = new.pop("p")
        memory[name] = new'''
