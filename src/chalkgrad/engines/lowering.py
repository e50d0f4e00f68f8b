"""Programs as graphs of scalar operations: small axes written out, one axis of samples left to run along.

Every engine that writes loops over samples starts from here. A node is a number that is the same for all samples, or
one for each sample; equal nodes are one node. What leaves the loop is a reduction: a sum over the samples of a product.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import singledispatchmethod
from math import prod

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import (
    FUNCTIONS,
    Add,
    Axis,
    Call,
    Constant,
    Definition,
    Delta,
    Element,
    Expression,
    Index,
    IndexValue,
    Indicator,
    MatrixFunction,
    Max,
    Multiply,
    Number,
    Power,
    Program,
    SizeOf,
    Sum,
    Tensor,
    replace,
)
from chalkgrad.language.functions import X, derivative_expression

MOST_NODES = 400_000
_LARGEST_POWER = 64
_LONGEST_FLATTENED = 64


class LoweringError(ChalkgradError):
    """What cannot be written out along one axis of samples, and why."""


@dataclass(frozen=True, slots=True)
class Node:
    """An operation on earlier nodes.

    `number` (detail: a Fraction, or the name of a constant), `uniform` and `sample` (detail: tensor and place: what is
    given), `size`, `add`, `product` (masks among the factors gate it), `divide`, `power`, `call` (detail: a primitive),
    `compare` (detail: the comparison; a mask), `maximum`, `reduce` (the sum over samples of a product of its operands).
    """

    operation: str
    operands: tuple[int, ...] = ()
    detail: object = None


class Graph:
    """Nodes in an order in which each comes after its operands.

    `per_sample[k]` says whether node k has a value for each sample, `stage[k]` how many sums over all samples come
    before it. With `masks_apart` a reduction takes the masks out of what it sums, which is
    good as long as they are few.
    """

    def __init__(self, *, masks_apart: bool = True) -> None:
        self.masks_apart = masks_apart
        self.nodes: list[Node] = []
        self.per_sample: list[bool] = []
        self.stage: list[int] = []
        self._known: dict[Node, int] = {}

    def node(self, operation: str, operands: tuple[int, ...] = (), detail: object = None) -> int:
        """The number of the one node of this kind."""
        wanted = Node(operation, operands, detail)
        found = self._known.get(wanted)
        if found is not None:
            return found
        if len(self.nodes) >= MOST_NODES:
            raise LoweringError(f"written out, the program has more than {MOST_NODES} operations")
        self._known[wanted] = len(self.nodes)
        self.nodes.append(wanted)
        stage = max((self.stage[operand] for operand in operands), default=0)
        self.stage.append(stage + (operation == "reduce"))
        inside = operation == "sample" or any(self.per_sample[operand] for operand in operands)
        self.per_sample.append(inside and operation != "reduce")
        return len(self.nodes) - 1

    def known(self, operation: str, operands: tuple[int, ...]) -> int | None:
        """The number of the node if there is one."""
        return self._known.get(Node(operation, operands))

    def number(self, value: Fraction | int) -> int:
        """A rational number."""
        return self.node("number", (), Fraction(value))

    def value(self, node: int) -> Fraction | None:
        """The rational number that a node is, if it is one."""
        found = self.nodes[node]
        return found.detail if found.operation == "number" and isinstance(found.detail, Fraction) else None

    def is_mask(self, node: int) -> bool:
        """Whether a node is a truth value."""
        return self.nodes[node].operation == "compare"

    def add(self, terms: Iterable[int]) -> int:
        """The sum; rational numbers are added up."""
        total, others = Fraction(0), []
        waiting = list(terms)[::-1]
        while waiting:
            term = waiting.pop()
            value = self.value(term)
            if value is not None:
                total += value
            elif self.nodes[term].operation == "add" and len(self.nodes[term].operands) <= _LONGEST_FLATTENED:
                waiting += reversed(self.nodes[term].operands)
            else:
                others.append(term)
        if total or not others:
            others.append(self.number(total))
        if len(others) == 1:
            return others[0]
        return self.node("add", tuple(others))

    def product(self, factors: Iterable[int]) -> int:
        """The product, 0 where a mask among the factors does not hold; rational numbers are multiplied."""
        coefficient, others = Fraction(1), []
        for factor in factors:
            value = self.value(factor)
            if value is None:
                others.append(factor)
            else:
                coefficient *= value
        if not coefficient:
            return self.number(0)
        ordered = sorted(others)
        masks = list(dict.fromkeys(factor for factor in ordered if self.is_mask(factor)))
        ordered = [factor for factor in ordered if not self.is_mask(factor)]
        if coefficient != 1 or (not ordered and not masks):
            ordered.insert(0, self.number(coefficient))
        if len(ordered) == 1 and not masks:
            return ordered[0]
        return self.node("product", (*masks, *ordered))

    def divide(self, above: int, below: int) -> int:
        """The quotient; by what is the same for all samples it is a product with the reciprocal."""
        value = self.value(below)
        if value:
            return self.product([self.number(1 / value), above])
        if self.per_sample[above] and not self.per_sample[below]:
            return self.product([self.node("divide", (self.number(1), below)), above])
        return self.node("divide", (above, below))

    def raised(self, base: int, exponent: int) -> int:
        """A power of one number that multiplies itself, by squaring."""
        result, square = None, base
        while exponent:
            if exponent & 1:
                result = square if result is None else self.product([result, square])
            exponent >>= 1
            square = self.product([square, square]) if exponent else square
        return self.number(1) if result is None else result

    def reduce(self, node: int) -> int:
        """The sum over the samples. What is the same for all of them comes out in front, terms are summed apart."""
        found = self.nodes[node]
        if not self.per_sample[node]:
            return self.product([self.node("size"), node])
        if found.operation == "add" and any(not self.per_sample[term] for term in found.operands):
            return self.add([self.reduce(term) for term in found.operands])
        uniforms, factors = self._peeled(node)
        if uniforms:
            return self.product([*uniforms, self._reduction(factors)])
        return self._reduction(factors)

    def _peeled(self, node: int) -> tuple[list[int], list[int]]:
        """The factors that are the same for all samples, and the others with what was nested left as one factor each.

        Masks come out of nested products, as one multiplication can be gated for all of them.
        """
        found = self.nodes[node]
        if not self.per_sample[node]:
            return [node], []
        if found.operation != "product" or (not self.masks_apart and self._gated(found)):
            return [], [node]
        uniforms, factors = [], []
        for operand in found.operands:
            outside, inside = self._peeled(operand)
            uniforms += outside
            masks = [factor for factor in inside if self.is_mask(factor)]
            rest = [factor for factor in inside if not self.is_mask(factor)]
            factors += [*masks, *([self.product(rest)] if rest else [])]
        return uniforms, factors

    def _gated(self, node: Node) -> bool:
        return any(self.is_mask(operand) for operand in node.operands)

    def _reduction(self, factors: Sequence[int]) -> int:
        masks = sorted({factor for factor in factors if self.is_mask(factor)})
        rest = sorted(factor for factor in factors if not self.is_mask(factor))
        found = self.known("reduce", (*masks, *rest))
        if found is not None:
            return found
        for place, factor in enumerate(rest):
            if self.nodes[factor].operation == "add":
                written_out = self._from_known(masks, rest[:place] + rest[place + 1 :], self.nodes[factor].operands)
                if written_out is not None:
                    return written_out
        return self.node("reduce", (*masks, *rest))

    def _from_known(self, masks: Sequence[int], others: Sequence[int], terms: Sequence[int]) -> int | None:
        """A sum of a product with a sum inside, from the sums of the products with its terms if all are known."""
        parts = []
        for term in terms:
            uniforms, factors = self._peeled(term)
            inner = sorted({*masks, *(factor for factor in factors if self.is_mask(factor))})
            rest = sorted([*others, *(factor for factor in factors if not self.is_mask(factor))])
            found = self.known("reduce", (*inner, *rest))
            if found is None:
                return None
            parts.append(self.product([*uniforms, found]))
        return self.add(parts)


Given = Mapping[Tensor, Callable[[tuple[int, ...]], int]]


class Lowering:
    """Writes the definitions of a program out into a graph.

    `samples` is the size that runs along (a name such as "n", or None). `primitives` are the functions that the engine
    computes by itself. `given` says which node an element of a declared tensor is, by its places without the samples'.
    """

    def __init__(
        self, graph: Graph, program: Program, given: Given, primitives: frozenset[str], samples: str | None = "n"
    ) -> None:
        self.graph, self.given, self.primitives, self.samples = graph, given, primitives, samples
        self.definitions: dict[Tensor, Definition] = {d.tensor: d for d in program.definitions}
        self._elements: dict[tuple[Tensor, tuple[int, ...]], int] = {}
        self._written: dict[tuple[Expression, tuple[int, ...]], int] = {}
        self._bodies: dict[tuple[str, int], Expression] = {}

    def element(self, tensor: Tensor, places: tuple[int, ...]) -> int:
        """The node of an element of a tensor; `places` are those along its axes other than the samples'."""
        key = (tensor, places)
        node = self._elements.get(key)
        if node is None:
            if tensor in self.given:
                node = self.given[tensor](places)
            elif tensor in self.definitions:
                definition = self.definitions[tensor]
                own = [axis for axis in definition.indices if axis.size != self.samples]
                node = self._of(definition.body, dict(zip(own, places, strict=True)))
            else:
                raise LoweringError(f"'{tensor.name}' is neither given nor defined")
            if self.graph.is_mask(node):
                node = self._number_of_mask(node)
            self._elements[key] = node
        return node

    def _number_of_mask(self, node: int) -> int:
        return self.graph.node("product", (node, self.graph.number(1)))

    def _of(self, expression: Expression, places: dict[Axis, int]) -> int:
        key = (expression, tuple(places[axis] for axis in expression.free if axis.size != self.samples))
        node = self._written.get(key)
        if node is None:
            node = self._written[key] = self._write(expression, places)
        return node

    def _index(self, index: Index, places: dict[Axis, int]) -> int:
        return index.offset + sum(coefficient * places[axis] for axis, coefficient in index.terms)

    def _size(self, axis: Axis) -> int:
        if not isinstance(axis.size, int):
            raise LoweringError(f"the size of the axis '{axis.name}' is not known")
        return axis.size

    @singledispatchmethod
    def _write(self, expression: Expression, places: dict[Axis, int]) -> int:
        raise LoweringError(f"no operation for {expression}")

    @_write.register
    def _number(self, expression: Number, places: dict[Axis, int]) -> int:
        return self.graph.number(expression.value)

    @_write.register
    def _constant(self, expression: Constant, places: dict[Axis, int]) -> int:
        return self.graph.node("number", (), expression.name)

    @_write.register
    def _size_of(self, expression: SizeOf, places: dict[Axis, int]) -> int:
        if expression.size != self.samples:
            raise LoweringError(f"the size '{expression.size}' is not known")
        return self.graph.node("size")

    @_write.register
    def _element(self, expression: Element, places: dict[Axis, int]) -> int:
        found = []
        for axis, index in zip(expression.tensor.axes, expression.indices, strict=True):
            if axis.size == self.samples:
                if index.axis is None or index.axis.size != self.samples:
                    raise LoweringError(f"{expression} is not the element of the sample at hand")
                continue
            if any(inner.size == self.samples for inner, _ in index.terms):
                raise LoweringError(f"{expression} goes along samples in an axis that has none")
            place = self._index(index, places)
            if not 0 <= place < self._size(axis):
                return self.graph.number(0)
            found.append(place)
        return self.element(expression.tensor, tuple(found))

    @_write.register
    def _matrix_function(self, expression: MatrixFunction, places: dict[Axis, int]) -> int:
        said = expression.function.replace("_", " ")
        raise LoweringError(f"this engine does not compute the {said} of a matrix; the NumPy engine does")

    @_write.register
    def _index_value(self, expression: IndexValue, places: dict[Axis, int]) -> int:
        if any(axis.size == self.samples for axis, _ in expression.index.terms):
            raise LoweringError(f"{expression} is the number of a sample")
        return self.graph.number(self._index(expression.index, places))

    @_write.register
    def _add(self, expression: Add, places: dict[Axis, int]) -> int:
        return self.graph.add([self._as_number(term, places) for term in expression.terms])

    def _as_number(self, expression: Expression, places: dict[Axis, int]) -> int:
        node = self._of(expression, places)
        return self._number_of_mask(node) if self.graph.is_mask(node) else node

    @_write.register
    def _multiply(self, expression: Multiply, places: dict[Axis, int]) -> int:
        above, below = [], []
        for factor in expression.factors:
            match factor:
                case Power(base=base, exponent=Number(value=exponent)) if exponent < 0:
                    inner = base if exponent == -1 else Power(base, Number(-exponent))
                    below.append(self._as_number(inner, places))
                case _:
                    above.append(self._of(factor, places))
        if not below:
            return self.graph.product(above)
        return self.graph.divide(self.graph.product(above), self.graph.product(below))

    @_write.register
    def _power(self, expression: Power, places: dict[Axis, int]) -> int:
        base = self._as_number(expression.base, places)
        match expression.exponent:
            case Number(value=value) if value.denominator == 1 and abs(value) <= _LARGEST_POWER:
                raised = self.graph.raised(base, abs(int(value)))
                return raised if value >= 0 else self.graph.divide(self.graph.number(1), raised)
            case Number(value=value) if value == Fraction(1, 2):
                return self.graph.node("call", (base,), "sqrt")
            case exponent:
                return self.graph.node("power", (base, self._as_number(exponent, places)))

    @_write.register
    def _call(self, expression: Call, places: dict[Axis, int]) -> int:
        argument = self._as_number(expression.argument, places)
        if not expression.order and expression.function in self.primitives:
            return self.graph.node("call", (argument,), expression.function)
        body = self._body(expression.function, expression.order)
        stand_in = Tensor(f"argument {argument}")
        self._elements[stand_in, ()] = argument
        return self._of(replace(body, {X.identity: stand_in[()]}), {})

    def _body(self, function: str, order: int) -> Expression:
        body = derivative_expression(function, order) if order else FUNCTIONS[function].form
        if body is None:
            raise LoweringError(f"this engine has no function '{function}'")
        return body

    @_write.register
    def _sum(self, expression: Sum, places: dict[Axis, int]) -> int:
        if expression.axis.size == self.samples:
            if any(axis.size == self.samples for axis in expression.free):
                raise LoweringError(f"{expression} pairs samples with samples")
            return self.graph.reduce(self._as_number(expression.body, places))
        return self.graph.add(
            [
                self._as_number(expression.body, {**places, expression.axis: place})
                for place in range(self._size(expression.axis))
            ]
        )

    @_write.register
    def _max(self, expression: Max, places: dict[Axis, int]) -> int:
        if expression.axis.size == self.samples:
            raise LoweringError(f"{expression} is a maximum over samples")
        terms = [
            self._as_number(expression.body, {**places, expression.axis: place})
            for place in range(self._size(expression.axis))
        ]
        greatest = terms[0]
        for term in terms[1:]:
            greatest = self.graph.node("maximum", (greatest, term))
        return greatest

    @_write.register
    def _delta(self, expression: Delta, places: dict[Axis, int]) -> int:
        if any(axis.size == self.samples for axis in expression.free):
            raise LoweringError(f"{expression} compares samples")
        return self.graph.number(self._index(expression.left, places) == self._index(expression.right, places))

    @_write.register
    def _indicator(self, expression: Indicator, places: dict[Axis, int]) -> int:
        left = self._as_number(expression.left, places)
        right = self._as_number(expression.right, places)
        return self.graph.node("compare", (left, right), expression.comparison)


def places_of(tensor: Tensor, samples: str | None = "n") -> list[tuple[int, ...]]:
    """All places of a tensor along its axes other than the samples', in the order of memory.

    >>> places_of(Tensor("W", (Axis("i", 2), Axis("j", 2))))
    [(0, 0), (0, 1), (1, 0), (1, 1)]
    """
    whole = _sizes(tensor, samples)
    return [tuple(place // prod(whole[k + 1 :]) % size for k, size in enumerate(whole)) for place in range(prod(whole))]


def numbers_of(tensor: Tensor, samples: str | None = "n") -> int:
    """How many numbers a tensor has, for each sample if it goes along them.

    >>> numbers_of(Tensor("h", (Axis("n", "n"), Axis("j", 3))))
    3
    """
    return prod(_sizes(tensor, samples))


def _sizes(tensor: Tensor, samples: str | None) -> list[int]:
    sizes = [axis.size for axis in tensor.axes if axis.size != samples]
    if any(not isinstance(size, int) for size in sizes):
        raise LoweringError(f"'{tensor.name}' has an axis of unknown size")
    return [int(size) for size in sizes]
