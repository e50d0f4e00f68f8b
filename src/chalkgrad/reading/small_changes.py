r"""Differentials: `dL = G : dW`, `dZ = X\,dW_1 + \mathbf 1 db_1^\top`.

Where a document says what the differential of its loss is, a d before a name is a small change: all that it varies
moves along directions, W + t dW, and the differential of a value is its derivative by t. Elsewhere, `dW = \frac1m dZ
A^T`, such names are gradients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from chalkgrad.page.syntax import (
    Chain,
    Derivative,
    Evaluated,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Syntax,
    mapped,
    mapped_chain,
    walk_syntax,
)
from chalkgrad.reading.scripts import base_of, scripts_of

AT_FIRST = " at first"  # after the name of what moves: where it starts
STEPS = "ϛϟϡͳ"  # letters that nobody uses: one for each set of quantities that move together
LOSSES = frozenset({"L", "J", "C", "E", "ell", "Loss", "loss", "cost", "l"})
_NO_CHANGES = ("diag", "det", "dim", "dots", "dropout")


@dataclass(frozen=True)
class Changes:
    """The names that move along each step, by the step's letter."""

    moving: Mapping[str, tuple[Name, ...]] = field(default_factory=dict)


def with_changes(chains: Sequence[Chain]) -> tuple[list[Chain], Changes]:
    r"""The equations with each differential as a derivative by a step, where the document is about differentials.

    >>> from chalkgrad.page.latex import tokens_of, parsed
    >>> chain = parsed(tokens_of(r"d L = 2 w d w").tokens, "")
    >>> found, changes = with_changes([chain])
    >>> type(found[0].sides[0]).__name__, [name.base for name in changes.moving["ϛ"]]
    ('Derivative', ['w'])
    """
    joined = [
        chain for chain in (mapped(chain, _joined, scripts=False) for chain in chains) if isinstance(chain, Chain)
    ]
    formulas = _are_of_formulas(joined)
    if not formulas and not any(_of_the_loss(chain) for chain in joined):
        return list(chains), Changes()
    rests = _rests(joined)
    still = {_key(inner) for chain in joined if (inner := _inner(chain.sides[0])) is not None and _vanishes(chain)}
    leaves = {key: name for key, name in _changed(joined) if key not in rests and key not in still}
    steps: dict[frozenset[str], str] = {}
    found = []
    for chain in joined:
        moving = frozenset(leaves)
        if _of_the_loss(chain):
            mentioned = {
                key for key, _ in _changed([replace(chain, sides=chain.sides[1:], relations=chain.relations[1:])])
            }
            moving = frozenset(key for key in _reached(mentioned, rests) if key in leaves) or moving
        if moving not in steps and len(steps) == len(STEPS):
            moving = frozenset(leaves)
        step = steps.setdefault(moving, STEPS[len(steps)]) if moving in steps or len(steps) < len(STEPS) else STEPS[0]
        found.append(mapped_chain(chain, partial(_by_step, step=step, formulas=formulas), scripts=False))
    return found, Changes({step: tuple(leaves[key] for key in sorted(moving)) for moving, step in steps.items()})


def _joined(part: Syntax) -> Syntax:
    """The part with each `d X` as one name."""
    if not isinstance(part, Product):
        return part
    factors: list[Syntax] = []
    operators: list[str] = []
    for operator, factor in zip(part.operators, part.factors, strict=True):
        before = factors[-1] if factors else None
        bare = isinstance(before, Name) and before == Name("d", style=before.style)
        if bare and not operator and isinstance(factor, Name) and before is not None:
            span = (before.span[0], factor.span[1])
            factors[-1] = replace(factor, base="d" + factor.base.lstrip("\\"), style="", span=span)
            continue
        factors.append(factor)
        operators.append(operator)
    return factors[0] if len(factors) == 1 else replace(part, factors=tuple(factors), operators=tuple(operators))


def _inner(part: Syntax) -> Name | None:
    """The W of a dW."""
    if not isinstance(part, Name) or len(part.base) < 2 or part.base[0] != "d" or part.primes:
        return None
    if part.base.startswith(_NO_CHANGES):
        return None
    base = part.base[1:]
    greek = len(base) > 1 and base.isalpha() and base.islower()
    return replace(part, base=f"\\{base}" if greek and base in _GREEK else base, span=(part.span[0] + 1, part.span[1]))


_GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "theta",
        "lambda",
        "mu",
        "sigma",
        "omega",
        "phi",
        "psi",
        "epsilon",
        "eta",
        "tau",
        "rho",
        "xi",
        "kappa",
    ]
)


def _of_the_loss(chain: Chain) -> bool:
    """Whether an equation says what the differential of a loss is."""
    left = _inner(chain.sides[0])
    if left is None or left.subscripts or base_of(left) not in LOSSES:
        return False
    return any(_inner(part) is not None for side in chain.sides[1:] for part in walk_syntax(side))


def _are_of_formulas(chains: Sequence[Chain]) -> bool:
    r"""Whether the document takes differentials of formulas, `d(AXB) = A (dX) B`, and has no other d."""
    taken = False
    for chain in chains:
        left = chain.sides[0]
        if isinstance(left, Name) and base_of(left) == "d":
            return False
        follows = {
            id(part.factors[k])
            for part in walk_syntax(chain) if isinstance(part, Product)
            for k in range(len(part.factors) - 1) if _is_taken(part, k) or isinstance(part.factors[k + 1], Evaluated)
        }  # fmt: skip
        if any(isinstance(part, Name) and part.base == "d" and id(part) not in follows for part in walk_syntax(chain)):
            return False
        if isinstance(left, Product) and len(left.factors) == 2 and _is_taken(left, 0):
            taken = taken or any(_inner(part) is not None for side in chain.sides[1:] for part in walk_syntax(side))
    return taken


def _is_taken(product: Product, place: int) -> bool:
    """Whether the factor at a place is the d of a formula in brackets after it."""
    factor, after = product.factors[place : place + 2]
    bare = isinstance(factor, Name) and factor == Name("d", style=factor.style)
    group = isinstance(after, Group) and after.bracket in ("(", "[", "|") and len(after.contents) == 1
    return bare and group and not product.operators[place + 1]


def _vanishes(chain: Chain) -> bool:
    """Whether an equation says that something is 0: so the differential of a constant."""
    side = chain.sides[-1]
    return (isinstance(side, Number) and side.text == "0") or (isinstance(side, Name) and side.base == "0")


def _changed(chains: Iterable[Chain]) -> Iterator[tuple[str, Name]]:
    """What has a differential in the equations, with its key."""
    for chain in chains:
        for part in walk_syntax(chain):
            inner = _inner(part)
            if inner is not None:
                inner = replace(inner, superscripts=())
                yield _key(inner), inner


def _key(name: Name) -> str:
    return f"{base_of(name)}_{','.join(map(str, scripts_of(name).below))}"


def _rests(chains: Sequence[Chain]) -> dict[str, set[str]]:
    """On what each name that an equation defines rests."""
    found: dict[str, set[str]] = {}
    for chain in chains:
        left = chain.sides[0]
        if isinstance(left, Name) and _inner(left) is None:
            names = {_key(part) for side in chain.sides[1:] for part in walk_syntax(side) if isinstance(part, Name)}
            found.setdefault(_key(left), set()).update(names)
    return found


def _reached(keys: Iterable[str], rests: Mapping[str, set[str]]) -> set[str]:
    found: set[str] = set()
    pending = list(keys)
    while pending:
        key = pending.pop()
        if key not in found:
            found.add(key)
            pending += rests.get(key, ())
    return found


def _by_step(part: Syntax, step: str, formulas: bool) -> Syntax:
    """A differential as a derivative by the step, transposed if it is."""
    if formulas and isinstance(part, Product):
        return _formulas_by_step(part, step)
    inner = _inner(part)
    if inner is None:
        return part
    bare = replace(inner, superscripts=())
    derived = Derivative(bare, (Name(step, span=part.span),), part.span)
    if not inner.superscripts:
        return derived
    return Scripted(Group("(", (derived,), part.span), (), inner.superscripts, span=part.span)


def _formulas_by_step(product: Product, step: str) -> Syntax:
    """A product with each `d(…)` in it as the derivative of what stands in the brackets."""
    factors: list[Syntax] = []
    operators: list[str] = []
    place = 0
    while place < len(product.factors):
        factor = product.factors[place]
        operators.append(product.operators[place])
        if place + 1 < len(product.factors) and _is_taken(product, place):
            span = (factor.span[0], product.factors[place + 1].span[1])
            factors.append(Derivative(product.factors[place + 1], (Name(step, span=span),), span))
            place += 2
        else:
            factors.append(factor)
            place += 1
    return factors[0] if len(factors) == 1 else replace(product, factors=tuple(factors), operators=tuple(operators))
