"""What each quantity may be (a number, a column, a row, a matrix, a family of these), and what each choice costs.

A letter's case and weight are evidence and break ties: the costs are all below that of one equation that does not fit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from chalkgrad.page.syntax import (
    BigOperator,
    Chain,
    Derivative,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Syntax,
    walk_syntax,
)
from chalkgrad.reading.facts import Facts, Statement, quantities
from chalkgrad.reading.scripts import Item, base_of, is_transpose
from chalkgrad.reading.sense import Sort
from chalkgrad.reading.vocabulary import Symbol, Use, Vocabulary, applications, arguments_of, size_key

_BOLD = frozenset(("mathbf", "bm", "boldsymbol", "pmb", "bold", "vec", "mathbfit"))


@dataclass
class Seen:
    """How a quantity is written: with how many indices, transposed, in bold, in a norm."""

    indices: set[int] = field(default_factory=set)
    samples: set[int] = field(default_factory=set)
    tables: set[tuple[str, str]] = field(default_factory=set)  # the pairs of numbers below it
    transposed: int = 0
    transposed_with_index: int = 0
    met: bool = False  # with an index after something transposed that has none: the x_n of `w^T x_n`
    bold: bool = False
    bold_family: bool = False  # in bold with an index below: one of several vectors
    arrow: bool = False
    norm: bool = False
    whole_function: bool = False
    base: str = ""
    said: set[str] = field(default_factory=set)
    said_elsewhere: set[str] = field(default_factory=set)  # in another section, where it may be another quantity
    elsewhere: int = 0  # how many indices it has in another section, where it may be another quantity
    everything: str = ""
    declared: list[tuple[Sort, tuple[Syntax, ...]]] = field(default_factory=list)


def sort_class(symbol: Symbol, templated: frozenset[str]) -> Symbol:
    """The quantities that share their sort: those of all layers, where a layer is a letter."""
    if symbol.base in templated:
        return Symbol(symbol.base, tuple(("#", 0) for _ in symbol.labels))
    return symbol


def templated_bases(facts: Facts) -> frozenset[str]:
    """The names with a letter for a layer or a time."""
    labels = [(use.symbol.base, text, shift) for use, _ in facts.symbols() for text, shift in use.symbol.labels]
    letters = {text for _, text, shift in labels if shift and _is_letter(text)}
    letters |= {text for _, text, _ in labels if text in ("l", "ell", "L")}
    return frozenset(base for base, text, _ in labels if text in letters) | facts.vocabulary.stepped


def _is_letter(text: str) -> bool:
    return text == "ell" or (len(text) == 1 and text.isalpha())


def seen_in(facts: Facts, templated: frozenset[str]) -> dict[Symbol, Seen]:
    """How each class of quantities is written in the document."""
    found: dict[Symbol, Seen] = defaultdict(Seen)

    def note(name: Name) -> Seen:
        use = facts.use(name)
        seen = found[sort_class(use.symbol, templated)]
        _note(seen, use, name)
        return seen

    for statement in facts.statements:
        for name in quantities(statement.chain):
            note(name)
        for part in walk_syntax(statement.chain):
            if isinstance(part, Group) and part.bracket == r"\|":
                for name in quantities(part):
                    note(name).norm = True
            elif isinstance(part, Product):
                for name in _met_by_transposed(part, facts):
                    note(name).met = True
            elif isinstance(part, Scripted) and any(map(is_transpose, part.superscripts)):
                inner = part.base.contents if isinstance(part.base, Group) else ()
                if len(inner) == 1 and isinstance(inner[0], Name):  # `(W)^T`
                    _note_transposed(note(inner[0]), facts.use(inner[0]))
    for symbol, seen in found.items():
        seen.bold_family = seen.bold_family and symbol.base not in facts.vocabulary.entries
    turned = {(symbol.base, len(symbol.labels)) for symbol, seen in found.items()
              if seen.transposed > seen.transposed_with_index}  # fmt: skip
    for symbol, seen in found.items():  # W_1 is what W_2 is, of which a transpose stands somewhere
        if (symbol.base, len(symbol.labels)) in turned and seen.transposed <= seen.transposed_with_index:
            seen.transposed = seen.transposed_with_index + 1
    here = {statement.equation.section for statement in facts.statements if not statement.borrowed}
    for each in facts.words.kinds:
        use = facts.use(each.name)
        symbol = sort_class(use.symbol, templated)
        if symbol in found and len(use.samples) == max(found[symbol].samples, default=0):  # not that of all samples
            (found[symbol].said if each.section in here else found[symbol].said_elsewhere).add(each.word)
    own = _own_variables(facts)
    for symbol, rank in facts.vocabulary.ranks.items():
        key = sort_class(symbol, templated)
        if key in found and symbol not in own and symbol not in facts.defined and not facts.derived[symbol]:
            found[key].elsewhere = max(found[key].elsewhere, rank)
    for seen in found.values():
        seen.everything = facts.words.everything
    sources = {statement.equation.section for statement in facts.declared if statement.borrowed}
    for statement in facts.declared:
        # the n of one section need not be that of another
        _declared(facts, statement, found, templated, sized=not statement.borrowed or len(sources) == 1)
    return dict(found)


def _met_by_transposed(product: Product, facts: Facts) -> Iterator[Name]:
    """The names with an index that stand right after a transposed name without any."""
    for operator, (one, other) in zip(product.operators[1:], pairwise(product.factors), strict=True):
        if isinstance(one, Name) and isinstance(other, Name) and operator in ("", r"\cdot"):
            first, second = facts.use(one), facts.use(other)
            if first.transposed and not (first.indices or first.samples) and len(second.indices) == 1:
                yield other


def _own_variables(facts: Facts) -> set[Symbol]:
    r"""The variables of functions whose partials stand by themselves: the x and y of `\partial f(x, y)/\partial x`.

    They are the function's own, whatever the rest of the document calls x, where the partial is made of them alone.
    """
    if any(statement.borrowed for statement in facts.statements):
        return set()
    found: set[Symbol] = set()
    for statement in facts.statements:
        left, *right = statement.chain.sides
        given = {
            facts.use(each).symbol
            for part in walk_syntax(left) if isinstance(part, Derivative) and isinstance(part.numerator, Product)
            for _, group in applications(part.numerator) if len(arguments_of(group)) > 1
            for each in arguments_of(group) if isinstance(each, Name)
        }  # fmt: skip
        if given and all(facts.use(name).symbol in given for side in right for name in quantities(side)):
            found |= given
    return found


def ranks_in(chains: Sequence[Chain], vocabulary: Vocabulary) -> dict[Symbol, int]:
    """How many indices each name has at most in a document."""
    found: dict[Symbol, int] = {}
    for use in (vocabulary.use(name) for chain in chains for name in quantities(chain)):
        found[use.symbol] = max(found.get(use.symbol, 0), len(use.indices))
    return found


def _note_transposed(seen: Seen, use: Use) -> None:
    seen.transposed += 1
    if use.indices or use.samples:
        seen.transposed_with_index += 1


def _note(seen: Seen, use: Use, name: Name) -> None:
    seen.base = use.symbol.base
    seen.indices.add(len(use.indices))
    seen.samples.add(len(use.samples))
    if len(use.indices) == 2:
        seen.tables.add((_numbered(use.indices[0]), _numbered(use.indices[1])))
    if use.transposed:
        _note_transposed(seen, use)
    if name.style in _BOLD:
        seen.bold = True
        seen.bold_family = seen.bold_family or bool(use.indices)
    if "vec" in name.accents:
        seen.arrow = True


def _numbered(item: Item) -> str:
    return item.text if item.kind == "number" else "?"


def _declared(
    facts: Facts, statement: Statement, found: dict[Symbol, Seen], templated: frozenset[str], *, sized: bool
) -> None:
    r"""`x \in \mathbb R^d`, `x^\top \in \mathbb R^{1 \times d}`: a column; `W \in \mathbb R^{m \times n}`: a matrix."""
    chain = statement.chain
    for relation, left, right in zip(chain.relations, chain.sides, chain.sides[1:], strict=False):
        if relation != "∈":
            continue
        names = [left] if isinstance(left, Name) else list(quantities(left)) if isinstance(left, Group) else []
        for name in names:
            use = facts.use(name)
            dimensions = dimensions_of(right)
            if dimensions is None:
                continue
            kinds = {0: "S", 1: "C", 2: "M"}
            kind = kinds.get(len(dimensions))
            if kind is None:
                continue
            if kind == "M" and _one(dimensions[0]):
                kind, dimensions = "R", dimensions[1:]
            elif kind == "M" and _one(dimensions[1]):
                kind, dimensions = "C", dimensions[:1]
            elif kind == "C" and _one(dimensions[0]):
                kind, dimensions = "S", ()
            if use.transposed:
                kind, dimensions = {"C": "R", "R": "C"}.get(kind, kind), dimensions[::-1]
            seen = found[sort_class(use.symbol, templated)]
            _note(seen, use, name)
            given = len(use.indices) + len(use.samples)
            seen.declared.append((Sort(given, kind), dimensions if sized else ()))


def _one(part: Syntax) -> bool:
    return isinstance(part, Number) and part.text == "1"


def dimensions_of(side: Syntax) -> tuple[Syntax, ...] | None:
    r"""The sizes of a space, `m` and `n` of `\mathbb R^{m \times n}`; None for another set."""
    space = next((p for p in walk_syntax(side) if isinstance(p, Name) and base_of(p) in ("R", "Re", "Real")), None)
    if space is None:
        return None
    if not space.superscripts:
        return ()
    part = space.superscripts[0]
    if isinstance(part, Group) and len(part.contents) == 1:
        part = part.contents[0]
    if isinstance(part, Product):
        if r"\times" in part.operators:
            groups: list[list[Syntax]] = [[]]
            for operator, factor in zip(part.operators, part.factors, strict=True):
                if operator == r"\times":
                    groups.append([])
                groups[-1].append(factor)
            return tuple(group[0] if len(group) == 1 else part for group in groups)
        return (part,)
    return tuple(space.superscripts)


def domain(seen: Seen) -> list[tuple[Sort, float]]:
    """The sorts that a quantity may have, the cheapest first, each with its cost."""
    if seen.declared:
        return [(sort, 0.0) for sort in dict.fromkeys(sort for sort, _ in seen.declared)]
    samples = max(seen.samples, default=0)
    indices = max(seen.indices, default=0)
    options = sorted(
        ((sort, cost + _against(seen, sort)) for sort, cost in _residual(seen, indices)), key=lambda pair: pair[1]
    )
    return [(Sort(sort.family + samples, sort.kind), cost) for sort, cost in options]


_ELSEWHERE = 0.9  # what it costs to take a quantity for something else than another section says


def _against(seen: Seen, sort: Sort) -> float:
    """What it costs to take a quantity for something else than the words say."""
    kind, cost = sort.kind, 0.0
    said = seen.said or seen.said_elsewhere
    if said:
        table = kind == "M" and max(seen.indices, default=0) == 2  # a vector as a matrix of one row or column
        fits = kind in said or ("V" in said and kind in "CR") or (table and bool(said & set("VCR")))
        cost += 0.0 if fits else 2.0 if seen.said else _ELSEWHERE
        cost -= 0.3 if fits and kind != "S" else 0.0
    elif seen.everything == "S":
        cost += 1.5 if kind != "S" else -0.8
    elif seen.everything in ("R", "C"):
        cost += 0.3 if kind in "RC" and kind != seen.everything else 0.0
        cost -= 0.2 if kind == seen.everything else 0.0
    elif seen.elsewhere > max(seen.indices, default=0):
        fits = kind in _WITH_INDICES.get(seen.elsewhere, "")
        cost += 0.0 if fits else _ELSEWHERE
    return cost


_WITH_INDICES = {1: "CR", 2: "M"}


def _residual(seen: Seen, indices: int) -> Iterator[tuple[Sort, float]]:
    bare = seen.base.replace("hat", "").replace("tilde", "").replace("bar", "").rstrip("'²")
    upper = bare[:1].isupper()
    turned = 1.5 if seen.transposed > seen.transposed_with_index else 0.0
    vector = 1.0 if seen.norm else 0.0
    if indices == 0:
        if seen.bold or seen.arrow:
            costs = {"M": 0.0, "C": 1.0, "R": 1.4, "S": 2.0} if upper else {"C": 0.0, "R": 0.5, "S": 1.5, "M": 1.5}
        elif upper:
            costs = {"M": 0.0, "S": 0.9 + turned, "C": 1.0, "R": 1.3}
        elif len(bare) > 1 and bare.isascii() and not _is_greek(bare):
            costs = {"S": 0.2 + turned, "C": 0.2, "M": 0.3, "R": 0.4}
        else:
            costs = {"S": 0.0 + turned + vector, "C": 0.3, "R": 0.9 if turned else 0.4, "M": 1.2}
        for kind, cost in costs.items():
            yield Sort(0, kind), cost
    elif indices == 1:
        with_index = seen.transposed_with_index > 0 or seen.met
        entries = seen.bold and not seen.bold_family  # the vector is in bold, its entries are not
        yield Sort(0, "C"), 0.0 + (1.5 if with_index else 0.0) + (0.6 if seen.bold_family else 0.0)
        yield Sort(0, "R"), 0.3 + (1.5 if with_index else 0.0) + (0.6 if seen.bold_family else 0.0)
        family = 0.1 if with_index else 0.6 if seen.bold_family else 2.0 if entries else 1.0
        yield Sort(1, "C"), family + (0.5 if upper else 0.0)
        yield Sort(1, "R"), (0.5 if with_index else 1.3)
        yield Sort(0, "M"), 0.5 if upper else 1.2
        yield Sort(1, "M"), 1.4 if upper else 2.5
    elif indices == 2:
        if len(seen.tables) > 1 and {row for row, _ in seen.tables} == {"1"}:
            yield Sort(0, "R"), 0.0  # a row, written as a matrix of one
        elif len(seen.tables) > 1 and {column for _, column in seen.tables} == {"1"}:
            yield Sort(0, "C"), 0.0
        yield Sort(0, "M"), 0.1 if seen.tables else 0.0
        yield Sort(2, "C"), 1.5 if seen.transposed_with_index else 2.5
        yield Sort(1, "M"), 2.6
    else:
        yield Sort(indices, "S"), 0.0


_GREEK = frozenset(
    [
        "alpha",
        "beta",
        "gamma",
        "delta",
        "epsilon",
        "zeta",
        "eta",
        "theta",
        "iota",
        "kappa",
        "lambda",
        "mu",
        "nu",
        "xi",
        "pi",
        "rho",
        "sigma",
        "tau",
        "phi",
        "varphi",
        "chi",
        "psi",
        "omega",
        "ell",
        "varepsilon",
    ]
)


def _is_greek(base: str) -> bool:
    return base in _GREEK


__all__ = [
    "BigOperator",
    "Chain",
    "Scripted",
    "Seen",
    "domain",
    "ranks_in",
    "seen_in",
    "size_key",
    "sort_class",
    "templated_bases",
]
