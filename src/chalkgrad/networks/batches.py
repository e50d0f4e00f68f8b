"""From the equations of one sample to those of a batch: every value gets the axis n, and the loss is the mean."""

from __future__ import annotations

from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    Index,
    Program,
    Role,
    Tensor,
    as_index,
    rebuild,
    size_of,
    summation,
    tensors_in,
)
from chalkgrad.language.recurrences import blocks

SAMPLES = Axis("n", "n")
_OUTPUT = Axis("o", 1)


def batched(program: Program) -> Program:
    """The program over a batch: the axis n in front of inputs, targets and what depends on them; the mean of the loss.

    The loss of one sample is called `l`, or `<result>_sample` where that name is taken. Raises `ProgramError` for a
    result with axes, or a program that has a batch already.

    >>> from chalkgrad.language import Definition, Role, Tensor
    >>> x, w, L = Tensor("x", (), Role.INPUT), Tensor("w", (), Role.PARAMETER), Tensor("L")
    >>> print(batched(Program((x, w), (Definition(L, (), x[()] * w[()]),), (L,))))
    axis n: n
    input x[n]
    parameter w
    l[n] = x[n]*w
    L = sum(n, l[n])/|n|
    result L
    """
    if any(axis.size == SAMPLES.size for tensor in program.declared for axis in tensor.axes):
        raise ProgramError("the program has an axis over samples already")
    result = program.result
    if result.axes:
        raise ProgramError(f"'{result.name}' has axes; a batch needs a loss that is one number for each sample")
    taken = {tensor.name for tensor in (*program.declared, *(d.tensor for d in program.definitions))}
    own = "l" if "l" not in taken else f"{result.name}_sample"
    per_sample: dict[Tensor, Tensor] = {
        tensor: Tensor(tensor.name, (SAMPLES, *tensor.axes), tensor.role)
        for tensor in program.declared
        if tensor.role is not Role.PARAMETER
    }
    for block in blocks(program.definitions):  # what a recurrence rests on, all of it rests on
        together = (block,) if isinstance(block, Definition) else block.definitions
        if any(used in per_sample for definition in together for used in tensors_in(definition.body)):
            for tensor in (definition.tensor for definition in together):
                name = own if tensor is result else tensor.name
                per_sample[tensor] = Tensor(name, (SAMPLES, *tensor.axes), tensor.role)
    definitions = []
    for definition in program.definitions:
        tensor, indices = definition.tensor, definition.indices
        if tensor in per_sample:
            indices = (SAMPLES, *indices)
        body = _at(definition.body, per_sample, (as_index(SAMPLES),), front=True)
        definitions.append(Definition(per_sample.get(tensor, tensor), indices, body))
    if result not in per_sample:
        raise ProgramError(f"'{result.name}' depends on no input, so there is no batch of it")
    mean = summation(per_sample[result][SAMPLES], SAMPLES) / size_of(SAMPLES)
    definitions.append(Definition(result, (), mean))
    declared = tuple(per_sample.get(tensor, tensor) for tensor in program.declared)
    return Program(declared, tuple(definitions), (result,), program.assumptions)


def in_columns(program: Program) -> Program:
    """The program in which the target and what is predicted are columns of one entry, as the data sets have them.

    This is about targets without axes and values without axes that depend on the inputs and not on the targets.

    >>> from chalkgrad.language import Definition, Role, Tensor
    >>> x, y = Tensor("x", (), Role.INPUT), Tensor("y", (), Role.TARGET)
    >>> yhat, L = Tensor("yhat"), Tensor("L")
    >>> two = (Definition(yhat, (), 2 * x[()]), Definition(L, (), (yhat[()] - y[()]) ** 2))
    >>> print(*in_columns(Program((x, y), two, (L,))).definitions, sep="\\n")
    yhat[o] = 2*x
    L = sum(o, (yhat[o] - y[o])^2)
    """
    after_inputs = {tensor for tensor in program.declared if tensor.role is Role.INPUT}
    after_targets = {tensor for tensor in program.declared if tensor.role is Role.TARGET}
    columns = {tensor: _column(tensor) for tensor in after_targets if not tensor.axes}
    definitions = []
    for definition in program.definitions:
        tensor, indices, used = definition.tensor, definition.indices, set(tensors_in(definition.body))
        if used & after_inputs:
            after_inputs.add(tensor)
        if used & after_targets:
            after_targets.add(tensor)
        body = _at(definition.body, columns, (as_index(_OUTPUT),), front=False)
        if tensor in after_inputs and tensor not in after_targets and not tensor.axes:
            columns[tensor] = _column(tensor)
            tensor, indices = columns[tensor], (_OUTPUT,)
        elif _OUTPUT in body.free:
            body = summation(body, _OUTPUT)
        definitions.append(Definition(tensor, indices, body))
    declared = tuple(columns.get(tensor, tensor) for tensor in program.declared)
    results = tuple(columns.get(tensor, tensor) for tensor in program.results)
    return Program(declared, tuple(definitions), results, program.assumptions)


def _column(tensor: Tensor) -> Tensor:
    return Tensor(tensor.name, (_OUTPUT,), tensor.role)


def _at(expression: Expression, changed: dict[Tensor, Tensor], more: tuple[Index, ...], *, front: bool) -> Expression:
    """The expression with the changed tensors at their indices and some more."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Element) and node.tensor in changed:
            indices = (*more, *node.indices) if front else (*node.indices, *more)
            return Element(changed[node.tensor], indices)
        return rebuild(node, change)

    return change(expression)
