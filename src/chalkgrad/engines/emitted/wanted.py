"""What is to be computed: the value, the gradient, the product of the Hessian with a direction, in one program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalkgrad.calculus import Derivation
from chalkgrad.calculus.orders import Derivatives
from chalkgrad.calculus.tangents import along
from chalkgrad.engines.emitted.ordered import Ordered, ordered
from chalkgrad.errors import ChalkgradError, UnknownNameError
from chalkgrad.language import ZERO, Definition, Program, Role, Tensor, substitute_elements
from chalkgrad.writing.equations import write_definition

PARTS = ("value", "gradient", "hvp")
TITLES = {
    "value": "the value",
    "gradient": "the gradient",
    "hvp": "the Hessian times a direction",
    "jacobian": "the Jacobian",
    "hessian": "the Hessian",
    "hessian-diagonal": "the diagonal of the Hessian",
    "jvp": "the Jacobian times a direction",
    "vjp": "a vector times the Jacobian",
    "directional": "the slope along a direction",
    "taylor": "the Taylor polynomial",
}


@dataclass(frozen=True)
class Wanted:
    """One function to be printed: its name, its ordered program, and what it gives.

    `returns` has for each part that was asked for the tensor, or the tensors by the name of what was derived by.
    `directions` are the inputs that the Hessian is multiplied with, by the same names.
    """

    name: str
    title: str
    steps: Ordered
    returns: Mapping[str, Tensor | Mapping[str, Tensor]]
    equations: tuple[str, ...]
    parameters: tuple[Tensor, ...]
    result: Tensor
    directions: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def program(self) -> Program:
        """The ordered program."""
        return self.steps.program

    @property
    def results(self) -> tuple[tuple[str, Tensor], ...]:
        """Everything that is given, flat, with a name: value, gradient_x, hvp_x."""
        flat: list[tuple[str, Tensor]] = []
        for part, given in self.returns.items():
            if isinstance(given, Tensor):
                flat.append((part, given))
            else:
                flat += [(f"{part}_{name}", tensor) for name, tensor in given.items()]
        return tuple(flat)


def wanted(derivation: Derivation, of: Sequence[str] = ("value", "gradient"), notation: str = "plain") -> Wanted:
    """The function that computes some of `PARTS` of a derivation, in the order of `PARTS`.

    Raises `UnknownNameError` for a part that there is not, and `ChalkgradError` for a result that is not one number.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.reading.formulas import read_formula
    >>> function = wanted(derive(read_formula("x'*A*x", ["x"]).program), ["value", "gradient"])
    >>> function.name, function.equations
    ('value_and_gradient', ('L = xᵀAx', '∂L/∂x = (A + Aᵀ)x'))
    """
    for part in of:
        if part not in PARTS:
            raise UnknownNameError("part", part, PARTS)
    chosen = [part for part in PARTS if part in of]
    if not chosen:
        raise ChalkgradError(f"nothing is asked for; there are {', '.join(PARTS)}")
    source, result = derivation.source, derivation.source.tensor(derivation.of)
    if result.axes and chosen != ["value"]:
        raise ChalkgradError(f"'{result.name}' is not one number: code is printed for gradients of numbers")
    gradients = {name: definition.tensor for name, definition in derivation.gradients.items()}
    program, directions = derivation.program, dict[str, Tensor]()
    returns: dict[str, Tensor | Mapping[str, Tensor]] = {}
    if "value" in chosen:
        returns["value"] = result
    if "gradient" in chosen:
        returns["gradient"] = gradients
    if "hvp" in chosen:
        program, directions, products = _with_products(derivation)
        returns["hvp"] = products
    flat = [each for given in returns.values() for each in ([given] if isinstance(given, Tensor) else given.values())]
    needed = program.needed_for(*dict.fromkeys(flat))
    always = {*directions.values(), *(source.tensor(name) for name in gradients)}
    declared = tuple(tensor for tensor in program.declared if tensor in needed.declared or tensor in always)
    whole = Program(declared, needed.definitions, needed.results, program.assumptions)
    own = (each for each in derivation.program.definitions if each not in source.definitions)
    equations = [
        write_definition(definition, notation, "matrix", "unicode", source)
        for definition in (*source.definitions, *own)
        if definition in needed.definitions
    ]
    if "hvp" in chosen:
        equations.append("Hv, the change of the gradient as the parameters move along v")
    titles = [TITLES[part] for part in chosen]
    title = " and ".join([", ".join(titles[:-1]), titles[-1]] if titles[1:] else titles)
    by = f" by {', '.join(gradients)}" if chosen != ["value"] else ""
    return Wanted(
        "_and_".join(chosen),
        f"{title[0].upper()}{title[1:]} of {result.name}{by}",
        ordered(whole),
        returns,
        tuple(equations),
        tuple(source.tensor(name) for name in gradients),
        result,
        directions,
    )


def wanted_derivatives(found: Derivatives, equations: Sequence[str]) -> Wanted:
    """The function that computes derivatives of one order; `equations` are written above it.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.calculus.orders import derivatives
    >>> from chalkgrad.reading.formulas import read_formula
    >>> once = derive(read_formula("x'*A*x", ["x"]).program)
    >>> wanted_derivatives(derivatives(once, "hessian"), []).title
    'The Hessian of L by x'
    """
    program = found.program
    named = {"_".join(dict.fromkeys(names)): equation.tensor for names, equation in found.equations.items()}
    needed = program.needed_for(*dict.fromkeys(named.values()))
    sizes = {size for tensor in (*needed.declared, *found.directions.values()) for size in tensor.shape}
    always = [*found.directions.values()]
    for tensor in program.declared:  # what only tells a size is an argument too, as x is for the Hessian of xᵀx
        if not ({size for each in needed.results for size in each.shape} - sizes).isdisjoint(tensor.shape):
            always.append(tensor)
            sizes.update(tensor.shape)
    declared = tuple(tensor for tensor in program.declared if tensor in (*needed.declared, *always))
    whole = Program(declared, needed.definitions, needed.results, program.assumptions)
    title = TITLES[found.order]
    by = dict.fromkeys(name for names in found.equations for name in names)
    return Wanted(
        found.order.replace("-", "_"),
        f"{title[0].upper()}{title[1:]} of {found.of.name} by {', '.join(by)}",
        ordered(whole),
        {found.order: named},
        tuple(equations),
        tuple(program.tensor(name) for name in by),
        found.of,
        found.directions,
    )


def _with_products(derivation: Derivation) -> tuple[Program, dict[str, Tensor], dict[str, Tensor]]:
    """The gradient program with the change of the gradient along directions, which are inputs."""
    program = derivation.program
    taken = {tensor.name for tensor in (*program.declared, *(each.tensor for each in program.definitions))}

    def free(name: str) -> str:
        while name in taken:
            name += "_"
        taken.add(name)
        return name

    directions: dict[str, Tensor] = {}
    for name, definition in derivation.gradients.items():
        directions[name] = Tensor(free(f"direction_{name}"), definition.tensor.axes, Role.INPUT)
    moving, tangents = along(program, directions)
    products: dict[str, Tensor] = {}
    named: dict[Tensor, Tensor] = {}
    constant: list[Definition] = []
    for name, definition in derivation.gradients.items():
        products[name] = Tensor(free(f"hvp_{name}"), definition.tensor.axes)
        if definition.tensor in tangents:
            named[tangents[definition.tensor]] = products[name]
        else:
            constant.append(Definition(products[name], definition.indices, ZERO))
    elements = {old: (old.axes, new[old.axes]) for old, new in named.items()}
    definitions = [
        Definition(named.get(each.tensor, each.tensor), each.indices, substitute_elements(each.body, elements))
        for each in moving.definitions
    ]
    whole = Program(moving.declared, (*definitions, *constant), tuple(products.values()), program.assumptions)
    return whole, directions, products
