r"""Sums over samples that a document writes without a letter on what it sums, `\frac1n \sum_x [y \ln a + \ldots]`.

Every quantity that depends on the data has a value for each sample; parameters have one for all. The program is written
with that axis.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from chalkgrad.errors import EvaluationError
from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    Multiply,
    Power,
    Program,
    Role,
    SizeOf,
    Sum,
    Tensor,
    as_index,
    number,
    rebuild,
    substitute_elements,
    walk,
)

MARK = "sample "


def samples_of(program: Program) -> list[str]:
    """The sizes that are names and count samples: inputs and targets run along them, and no parameter does."""
    inputs, targets, parameters = (
        {axis.size for tensor in program.declared if tensor.role is role for axis in tensor.axes}
        for role in (Role.INPUT, Role.TARGET, Role.PARAMETER)
    )
    return sorted(size for size in inputs & targets - parameters if isinstance(size, str))


def has_hidden_samples(expressions: Iterable[Expression]) -> bool:
    """Whether some expression sums over samples that have no letter."""
    return any(isinstance(node, Sum) and node.axis.name.startswith(MARK) for each in expressions for node in walk(each))


@dataclass
class Lifting:
    """Writes quantities that depend on the data with an axis for the samples.

    What depends on a sum over the samples itself does not. `size` is that of the samples.
    """

    program: Program
    size: int | str
    lifted: dict[str, Tensor] = field(default_factory=dict)
    _known: dict[tuple[Expression, Axis | None], Expression] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for tensor in self.program.declared:
            if tensor.role in (Role.INPUT, Role.TARGET) and " by " not in tensor.name:
                self.lifted[tensor.name] = self._with_samples(tensor)
        for definition in self.program.definitions:
            if self._depends(definition.body):
                self.lifted[definition.tensor.name] = self._with_samples(definition.tensor)

    def _with_samples(self, tensor: Tensor) -> Tensor:
        return Tensor(tensor.name, (Axis("of each sample", self.size), *tensor.axes), tensor.role)

    def _depends(self, body: Expression) -> bool:
        """Whether a value is another one for each sample."""
        if isinstance(body, Sum) and body.axis.name.startswith(MARK):
            return False
        if isinstance(body, Element):
            return body.tensor.name in self.lifted
        from chalkgrad.language import children

        return any(self._depends(child) for child in children(body))

    def definitions(self) -> tuple[Definition, ...]:
        found = []
        for each in self.program.definitions:
            lifted = self.lifted.get(each.tensor.name)
            sample = Axis("the sample", self.size) if lifted is not None else None
            body = self.of(each.body, sample)
            indices = each.indices if sample is None else (sample, *each.indices)
            found.append(Definition(lifted or each.tensor, indices, body))
        return tuple(found)

    def lifted_program(self) -> Program:
        declared = tuple(self.lifted.get(tensor.name, tensor) for tensor in self.program.declared)
        definitions = self.definitions()
        return Program(declared, definitions, tuple(each.tensor for each in definitions[-1:]))

    def of(self, expression: Expression, sample: Axis | None = None) -> Expression:
        """The expression with what stands in sums over samples taken for each of them."""
        key = (expression, sample)
        if key not in self._known:
            self._known[key] = self._of(expression, sample)
        return self._known[key]

    def _of(self, node: Expression, sample: Axis | None) -> Expression:
        if isinstance(node, Sum) and node.axis.name.startswith(MARK):
            axis = Axis("the sample" if sample is None else sample.name + "'", self.size)
            return Sum(self.of(node.body, axis), axis)
        if isinstance(node, Element):
            tensor = node.tensor
            if tensor.role is Role.ADJOINT:
                return self._adjoint(node, sample)
            lifted = self.lifted.get(tensor.name)
            if lifted is None:
                return node
            if sample is None:
                raise EvaluationError(f"'{tensor.name}' stands outside of the sum over the samples")
            return lifted[(as_index(sample), *node.indices)]
        return rebuild(node, lambda child: self.of(child, sample))

    def _adjoint(self, node: Element, sample: Axis | None) -> Expression:
        tensor = node.tensor
        above, below = self.lifted.get(tensor.of), self.lifted.get(tensor.wrt)
        if above is None and below is None:
            return node
        if sample is None:
            raise EvaluationError(f"'{tensor.name}' stands outside of the sum over the samples")
        count = len(above.axes) - 1 if above is not None else len(tensor.axes) - (len(below.axes) - 1 if below else 0)
        axes = list(tensor.axes)
        indices = list(node.indices)
        extra = Axis("of each sample", self.size)
        if below is not None:
            axes.insert(count, extra)
            indices.insert(count, as_index(sample))
        if above is not None:
            axes.insert(0, extra)
            indices.insert(0, as_index(sample))
        return Element(Tensor(tensor.name, tuple(axes), tensor.role, tensor.of, tensor.wrt), tuple(indices))


def with_counts(
    program: Program, expressions: Sequence[Expression], many: int | str, known: frozenset[str]
) -> tuple[Program, Sequence[Expression]]:
    r"""The same with the `\frac1n` of a mean as the number of samples, where nothing says what n is.

    Such an n is a number that is only divided by, and one of the `known` letters; there must be one kind of samples.
    """
    bodies = [each.body for each in program.definitions]
    hidden = has_hidden_samples((*expressions, *bodies))
    sizes = [many] if hidden else samples_of(program)
    counts = {tensor for tensor in program.declared if not tensor.axes and tensor.role is not Role.PARAMETER}
    divided: set[Tensor] = set()
    for each in (*expressions, *bodies):
        inside = {id(node.base) for node in walk(each) if isinstance(node, Power) and node.exponent == number(-1)}
        inside |= {id(factor) for node in walk(each) if isinstance(node, Power) and node.exponent == number(-1)
                   and isinstance(node.base, Multiply) for factor in node.base.factors}  # fmt: skip
        for node in walk(each):
            if isinstance(node, Element) and node.tensor in counts:
                if id(node) in inside:
                    divided.add(node.tensor)
                else:
                    counts.discard(node.tensor)
    found = {tensor for tensor in divided & counts if tensor.name in known}
    if not found or len(sizes) != 1:
        return program, expressions
    size = SizeOf(sizes[0]) if isinstance(sizes[0], str) else number(sizes[0])
    bodies_of = dict.fromkeys(found, ((), size))
    definitions = tuple(
        Definition(each.tensor, each.indices, substitute_elements(each.body, bodies_of)) for each in program.definitions
    )
    declared = tuple(tensor for tensor in program.declared if tensor not in found)
    counted = Program(declared, definitions, program.results, program.assumptions)
    return counted, [substitute_elements(each, bodies_of) for each in expressions]


__all__ = ["Lifting", "Mapping", "has_hidden_samples"]
