"""The derivative of a program along a direction, as a program: one sweep forward over its definitions.

Each definition is followed by that of its tangent (Wengert 1964; Griewank and Walther, Evaluating Derivatives, 2008,
chapter 3). Along the gradient of a program this gives the product of the Hessian with the direction.
"""

from __future__ import annotations

from collections.abc import Mapping

from chalkgrad.calculus.sums import sum_over
from chalkgrad.language import ZERO, Definition, Element, Expression, Program, Tensor
from chalkgrad.language.differential import differential


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

    definitions: list[Definition] = []
    for definition in program.definitions:
        definitions.append(definition)
        body = differential(definition.body, of_element, sum_over)
        if body is ZERO:
            continue
        name = f"tangent_{definition.tensor.name}"
        while name in taken:
            name += "_"
        taken.add(name)
        tangent = Tensor(name, definition.tensor.axes)
        tangents[definition.tensor] = tangent
        definitions.append(Definition(tangent, definition.indices, body))
    declared = (*program.declared, *directions.values())
    results = tuple(tangents[result] for result in program.results if result in tangents)
    return Program(declared, tuple(definitions), results, program.assumptions), tangents
