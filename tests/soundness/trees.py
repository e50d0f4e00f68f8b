"""What stands on the page, as nodes; each knows which tokens it covers, `span`, for mutants."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

from soundness.declared import Written

Span = tuple[int, int]


@dataclass(frozen=True)
class Index:
    """An index as written: letters with their coefficients, and a constant: `i+k-1`."""

    letters: tuple[tuple[str, int], ...]
    constant: int = 0

    @property
    def alone(self) -> str | None:
        return self.letters[0][0] if self.constant == 0 and len(self.letters) == 1 and self.letters[0][1] == 1 else None


@dataclass(frozen=True)
class Node:
    span: Span


@dataclass(frozen=True)
class Number(Node):
    text: str


@dataclass(frozen=True)
class Reference(Node):
    """A declared name with the indices in its slots; `entry` are further indices into a whole vector or matrix."""

    name: Written
    slots: tuple[Index, ...]
    entry: tuple[Index, ...] = ()


@dataclass(frozen=True)
class Letter(Node):
    """An index letter that is used as a number, as in a condition i = j."""

    index: Index


@dataclass(frozen=True)
class Kronecker(Node):
    one: Index
    other: Index


@dataclass(frozen=True)
class Power(Node):
    base: Node
    exponent: Node


@dataclass(frozen=True)
class Transposed(Node):
    of: Node


@dataclass(frozen=True)
class Entry(Node):
    of: Node
    indices: tuple[Index, ...]


@dataclass(frozen=True)
class Call(Node):
    """A function of its arguments; `primes` is how often it is derived, `power` as in tanh²(z)."""

    function: str
    arguments: tuple[Node, ...]
    primes: int = 0
    power: Node | None = None


@dataclass(frozen=True)
class Bracket(Node):
    inner: Node


@dataclass(frozen=True)
class Norm(Node):
    """‖·‖ and |·|: `kind` is "2", "F", "1" or "abs"."""

    of: Node
    kind: str


@dataclass(frozen=True)
class Inner(Node):
    one: Node
    other: Node


@dataclass(frozen=True)
class Sum(Node):
    letters: tuple[str, ...]
    low: Node | None
    high: Node | None
    condition: Node | None
    body: Node


@dataclass(frozen=True)
class Product(Node):
    """Factors, and between each two of them the operator: "" for none written."""

    factors: tuple[Node, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True)
class Addition(Node):
    signs: tuple[int, ...]
    terms: tuple[Node, ...]
    marks: tuple[int | None, ...] = field(default=())  # where each sign stands


@dataclass(frozen=True)
class Fraction(Node):
    above: Node
    below: Node


@dataclass(frozen=True)
class Derivative(Node):
    """∂of^power/∂by…, also written ∇; `transposed` where an odd number of denominators is."""

    of: Reference
    by: tuple[Reference, ...]
    power: int = 1
    transposed: bool = False


@dataclass(frozen=True)
class Relation(Node):
    sides: tuple[Node, ...]
    operators: tuple[str, ...]


@dataclass(frozen=True)
class Indicator(Node):
    condition: Relation


@dataclass(frozen=True)
class Cases(Node):
    values: tuple[Node, ...]
    conditions: tuple[Relation | None, ...]


def walk(node: Node) -> Iterator[Node]:
    yield node
    for each in fields(node):
        value = getattr(node, each.name)
        for part in value if isinstance(value, tuple) else (value,):
            if isinstance(part, Node):
                yield from walk(part)
