"""Writing the nodes of a graph as instructions: sums of products as fused multiplications, gates as selections."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from chalkgrad.engines.lowering import Graph, LoweringError
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.kernels import KERNELS

_COMPARISONS = {">": "ogt", ">=": "oge", "<": "olt", "<=": "ole", "=": "oeq", "!=": "une"}
_CONSTANTS = {"pi": math.pi}
_LONG_SUM = 12
PRIMITIVES = frozenset(KERNELS) | {"sqrt", "abs", "sign"}


class Scribe:
    """Writes nodes of one graph with one emitter, each once, where `inside` says that they belong to this region.

    `outside` gives the values of nodes from elsewhere.
    """

    def __init__(
        self,
        graph: Graph,
        emitter: Emitter,
        uses: Sequence[int],
        inside: Callable[[int], bool],
        outside: Callable[[int], str],
    ) -> None:
        self.graph, self.emitter, self.uses, self.inside, self.outside = graph, emitter, uses, inside, outside
        self.values: dict[int, str] = {}
        self._joined: dict[tuple[int | str | None, ...], str] = {}

    def needed(self, wanted: Iterable[int]) -> list[int]:
        """The nodes of this region that the wanted ones need and that are not written yet, in order."""
        needed: set[int] = set()
        waiting = [node for node in wanted if self.inside(node)]
        while waiting:
            node = waiting.pop()
            if node not in needed and node not in self.values:
                needed.add(node)
                waiting += [operand for operand in self.graph.nodes[node].operands if self.inside(operand)]
        return sorted(needed)

    def write(self, wanted: Sequence[int]) -> None:
        """Writes the wanted nodes and what they need."""
        for node in self.needed(wanted):
            self.write_one(node)

    def write_one(self, node: int) -> None:
        """Writes a node whose operands are written, unless its user takes it up."""
        if not self.fuses(node):
            self.values[node] = self._instructions(node)

    def value(self, node: int) -> str:
        """The value of a node, written now if it was left to be fused or is wanted for the first time."""
        found = self.values.get(node)
        if found is not None:
            return found
        value = self.graph.value(node)
        if value is not None:
            return self.emitter.constant(float(value))
        if self.inside(node):
            self.write([operand for operand in self.graph.nodes[node].operands if self.inside(operand)])
            found = self._instructions(node)
        else:
            found = self.outside(node)
        self.values[node] = found
        return found

    def fuses(self, node: int) -> bool:
        """Whether a node is a product that its one user, a sum, takes up."""
        return self.uses[node] == 1 and self.graph.nodes[node].operation == "product" and self.inside(node)

    def accumulate(self, total: str | None, factors: Sequence[int], live: str | None = None) -> str:
        """A sum and one product more, where the mask `live` holds."""
        emitter = self.emitter
        if total is not None and emitter.masks_are_free:
            factors = self._opened(factors)
        masks = [factor for factor in factors if self.graph.is_mask(factor)]
        rest = [factor for factor in factors if not self.graph.is_mask(factor)]
        if total is None:
            plain = self._product(rest)
            return emitter.select(self._mask(masks, live), plain, emitter.constant(0.0)) if masks or live else plain
        negative = bool(rest) and self.graph.value(rest[0]) == Fraction(-1)
        if negative:
            rest = rest[1:]
        if not rest:
            added = (emitter.subtract if negative else emitter.add)(total, emitter.constant(1.0))
        elif len(rest) == 1:
            added = (emitter.subtract if negative else emitter.add)(total, self.value(rest[0]))
        else:
            first = self._product(rest[:-1])
            added = emitter.fma(emitter.negate(first) if negative else first, self.value(rest[-1]), total)
        return emitter.select(self._mask(masks, live), added, total) if masks or live else added

    def _opened(self, factors: Sequence[int]) -> Sequence[int]:
        """The factors with one that is a gated value, such as relu(z), as its mask and what it lets through."""
        if any(self.graph.is_mask(factor) for factor in factors):
            return factors
        for place, factor in enumerate(factors):
            found = self.graph.nodes[factor]
            if found.operation == "product" and len(found.operands) == 2 and self.graph.is_mask(found.operands[0]):
                return [*found.operands, *factors[:place], *factors[place + 1 :]]
        return factors

    def _mask(self, masks: Sequence[int], live: str | None) -> str:
        key = (*masks, live)
        if key not in self._joined:
            first, *others = [*([live] if live else []), *(self.value(mask) for mask in masks)]
            for other in others:
                first = self.emitter.both(first, other)
            self._joined[key] = first
        return self._joined[key]

    def _product(self, factors: Sequence[int]) -> str:
        if not factors:
            return self.emitter.constant(1.0)
        result = self.value(factors[0])
        if len(factors) > 1 and self.graph.value(factors[0]) == Fraction(-1):
            result, factors = self.emitter.negate(self.value(factors[1])), factors[1:]
        for factor in factors[1:]:
            result = self.emitter.multiply(result, self.value(factor))
        return result

    def _instructions(self, node: int) -> str:
        found, emitter = self.graph.nodes[node], self.emitter
        match found.operation:
            case "number":
                detail = found.detail
                return emitter.constant(_CONSTANTS[detail] if isinstance(detail, str) else float(detail))  # type: ignore[arg-type]
            case "add":
                return self._sum(found.operands)
            case "product":
                return self.accumulate(None, found.operands)
            case "divide":
                return emitter.divide(*(self.value(operand) for operand in found.operands))
            case "maximum":
                return emitter.maximum(*(self.value(operand) for operand in found.operands))
            case "power":
                return emitter.intrinsic("pow", *(self.value(operand) for operand in found.operands))
            case "compare":
                return emitter.compare(
                    _COMPARISONS[str(found.detail)], *(self.value(operand) for operand in found.operands)
                )
            case "call":
                return self._call(str(found.detail), self.value(found.operands[0]))
        raise LoweringError(f"the native engine has no operation '{found.operation}'")

    def _sum(self, terms: Sequence[int]) -> str:
        plain = [term for term in terms if not self.fuses(term)]
        fused = [term for term in terms if self.fuses(term)]
        ordered = [*plain, *fused]
        half = len(ordered) // 2 if len(ordered) >= _LONG_SUM else 0
        second = self._chain(ordered[:half]) if half else None
        first = self._chain(ordered[half:])
        return first if second is None else self.emitter.add(first, second)

    def _chain(self, terms: Sequence[int]) -> str:
        total: str | None = None
        for term in terms:
            total = self.accumulate(total, self.graph.nodes[term].operands if self.fuses(term) else (term,))
        assert total is not None
        return total

    def _call(self, function: str, argument: str) -> str:
        emitter = self.emitter
        if function in KERNELS:
            return KERNELS[function](emitter, argument)
        if function == "sqrt":
            return emitter.root(argument)
        if function == "abs":
            return emitter.absolute(argument)
        if function == "sign":
            zero = emitter.constant(0.0)
            one = emitter.copysign(emitter.constant(1.0), argument)
            return emitter.select(emitter.compare("une", argument, zero), one, zero)
        raise LoweringError(f"the native engine has no function '{function}'")


def uses_of(graph: Graph, ends: Iterable[int]) -> list[int]:
    """How often each node is used by those that the ends need; what is an end itself counts twice more."""
    uses = [0] * len(graph.nodes)
    needed: set[int] = set()
    waiting = list(ends)
    for end in waiting:
        uses[end] += 2
    while waiting:
        node = waiting.pop()
        if node in needed:
            continue
        needed.add(node)
        operands = graph.nodes[node].operands
        sums = graph.nodes[node].operation == "add"
        for operand in operands:
            uses[operand] += 1 if sums else 2
        waiting += operands
    return uses
