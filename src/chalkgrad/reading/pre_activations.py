r"""Values under outer functions as quantities of their own: the z that a document leaves out in `h = \tanh(Wx + b)`."""

from __future__ import annotations

from collections.abc import Mapping

from chalkgrad.language import Call, Definition, Element, Tensor
from chalkgrad.page.syntax import Derivative, Name, walk_syntax
from chalkgrad.reading.readings import Reading


def split_pre_activations(definitions: Mapping[str, Definition], reading: Reading) -> dict[str, Definition]:
    """The definitions with the value under each outer function as a definition of its own."""
    own = _names_beneath(reading)
    found: dict[str, Definition] = {}
    for name, definition in definitions.items():
        body = definition.body
        if not isinstance(body, Call) or body.order or isinstance(body.argument, Element) or name == reading.loss:
            found[name] = definition
            continue
        inner = Tensor(own.get(name, f"z_{name}"), definition.tensor.axes)
        while inner.name in definitions or inner.name in found:
            inner = Tensor(inner.name + "'", inner.axes)
        found[inner.name] = Definition(inner, definition.indices, body.argument)
        indices = tuple(definition.indices)
        found[name] = Definition(definition.tensor, indices, Call(body.function, inner[indices], body.order))
    return found


def _names_beneath(reading: Reading) -> dict[str, str]:
    r"""The names of values that only derivatives speak of: the out of `\frac{\partial \hat y}{\partial out}`, for ŷ."""
    facts = reading.facts
    used = {tensor.name for each in reading.definitions.values() for tensor in each.body.tensors}
    found: dict[str, str] = {}
    for statement in facts.statements:
        for part in walk_syntax(statement.chain):
            if isinstance(part, Derivative) and isinstance(part.numerator, Name):
                below = part.denominators[-1]
                above = str(facts.use(part.numerator).symbol)
                name = str(facts.use(below).symbol) if isinstance(below, Name) else ""
                free = name and name not in reading.definitions and name not in used
                if (
                    free
                    and above in reading.definitions
                    and isinstance(below, Name)
                    and facts.derived[facts.use(below).symbol]
                ):
                    found.setdefault(above, name)
    return found
