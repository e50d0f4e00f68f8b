"""The derivative of a program along a direction, as a program: one sweep forward over its definitions.

Each definition is followed by that of its tangent (Wengert 1964; Griewank and Walther, Evaluating Derivatives, 2008,
chapter 3). Along the gradient of a program this gives the product of the Hessian with the direction.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalkgrad.calculus.sums import sum_over
from chalkgrad.language import ZERO, Definition, Element, Expression, Program, Tensor
from chalkgrad.language.differential import differential
from chalkgrad.language.recurrences import Recurrence, blocks


def along(program: Program, directions: Mapping[str, Tensor]) -> tuple[Program, dict[Tensor, Tensor]]:
    """The program with the tangents of what changes along the directions, and which tensor is whose tangent.

    `directions` are inputs by the name of what moves along them. The results are the tangents of the results; what does
    not change has none.

    >>> from chalkgrad.language import Call, Role
    >>> x, v, h, y = Tensor("x", (), Role.INPUT), Tensor("v", (), Role.INPUT), Tensor("h"), Tensor("y")
    >>> program = Program((x,), (Definition(h, (), Call("sin", x[()])), Definition(y, (), h[()] ** 2)), (y,))
    >>> moving, tangents = along(program, {"x": v})
    >>> print(*moving.definitions, sep="; ")
    h = sin(x); tangent_h = sin'(x)*v; y = h^2; tangent_y = 2*h*tangent_h
    """
    taken = {tensor.name for tensor in (*program.declared, *(each.tensor for each in program.definitions))}
    taken |= {tensor.name for tensor in directions.values()}
    tangents = {program.tensor(name): direction for name, direction in directions.items()}

    def of_element(element: Element) -> Expression:
        tangent = tangents.get(element.tensor)
        return ZERO if tangent is None else Element(tangent, element.indices)

    def tangent_of(definition: Definition) -> Tensor:
        name = f"tangent_{definition.tensor.name}"
        while name in taken:
            name += "_"
        taken.add(name)
        return Tensor(name, definition.tensor.axes)

    definitions: list[Definition] = []
    for block in blocks(program.definitions):
        together = (block,) if isinstance(block, Definition) else block.definitions
        definitions += together
        if isinstance(block, Recurrence):
            moving: set[Tensor] = set()
            for each in together * len(together):  # round and round, as far as one can be behind another
                if any(tensor in tangents or tensor in moving for tensor in each.body.tensors):
                    moving.add(each.tensor)
            tangents |= {each.tensor: tangent_of(each) for each in together if each.tensor in moving}
        for each in together:
            body = differential(each.body, of_element, sum_over)
            if body is ZERO and each.tensor not in tangents:
                continue
            tangent = tangents.get(each.tensor) or tangent_of(each)
            tangents[each.tensor] = tangent
            definitions.append(Definition(tangent, each.indices, body))
    declared = (*program.declared, *directions.values())
    results = tuple(tangents[result] for result in program.results if result in tangents)
    return Program(declared, tuple(definitions), results, program.assumptions), tangents
