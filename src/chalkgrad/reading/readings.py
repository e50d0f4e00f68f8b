"""A document read: its quantities with their axes, its definitions as expressions, its claims side by side.

Nothing waits for a whole network: each definition that can be read stands by itself, each that cannot is named, and a
claim needs only what its own names rest on.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.language import (
    Add,
    Axis,
    Definition,
    Element,
    Expression,
    Index,
    Multiply,
    Sum,
    Tensor,
    add,
    as_index,
    delta,
    multiply,
    substitute_axes,
    walk,
)
from chalkgrad.page.syntax import (
    BigOperator,
    Chain,
    Derivative,
    Name,
    Number,
    Product,
    Scripted,
    Span,
    Syntax,
    Unread,
    walk_syntax,
)
from chalkgrad.reading.einstein import einstein, twice
from chalkgrad.reading.factors import NUMBER_PLACE_BY_PLACE
from chalkgrad.reading.facts import Defined, Facts, Statement, stacks_in
from chalkgrad.reading.layers_alike import free_layers
from chalkgrad.reading.layout import MisfitError, Value
from chalkgrad.reading.own_gradients import join_own_sizes
from chalkgrad.reading.parts import DOTS
from chalkgrad.reading.search import Search
from chalkgrad.reading.search_states import State, left_sort
from chalkgrad.reading.sense import COMPARISONS, Part, Sense, Setting, Sort
from chalkgrad.reading.sizes import Resizing, Sizes
from chalkgrad.reading.sorts import seen_in, size_key, sort_class
from chalkgrad.reading.templates import instances
from chalkgrad.reading.vocabulary import Symbol, quantities
from chalkgrad.reading.words import PROPERTIES

ARRAY_OPTIONS = frozenset({"axis", "dim", "keepdim", "keepdims"})

# The ways to read a claim's side, the strictest first; the second entry says that it is not as written.
WAYS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset(), ""),
    (frozenset({"dot elementwise"}), ""),
    (frozenset({"direct"}), ""),
    (frozenset({"direct", "dot elementwise"}), ""),
    (frozenset({"star product"}), ""),
    (frozenset({"diagonal"}), ""),
    (frozenset({"softmax down"}), ""),
    (frozenset({"denominator"}), ""),
    (frozenset({"entrywise"}), ""),
    (frozenset({"entrywise", "dot elementwise"}), ""),
    (frozenset({"array code", "dot elementwise"}), ""),
    (frozenset({"chain order"}), ""),
    (frozenset({"side elementwise"}), "two columns side by side are multiplied place by place"),
    (frozenset({"side outer"}), "two columns side by side stand for their outer product"),
)


@dataclass
class SideRead:
    """A side of a claim under one way to read it: its value and the parts that it consists of."""

    syntax: Syntax
    value: Value | None
    way: frozenset[str] = frozenset()
    loosely: str = ""
    parts: tuple[Part, ...] = ()
    pairs: tuple[tuple[int | str, int | str, Span], ...] = ()
    problem: ChalkgradError | None = None
    misfit: Span | None = None
    derived: tuple[Tensor, ...] = ()


@dataclass
class ClaimRead:
    """A claim, read: its left side and for each of the others the ways in which it can be read."""

    statement: Statement
    left: SideRead
    sides: list[list[SideRead]]
    letters: dict[str, Axis]
    other_lefts: tuple[SideRead, ...] = ()
    conditions: tuple[Expression, ...] = ()
    under: tuple[Expression, ...] = ()  # the condition that the text is under, if it is


@dataclass
class Reading:
    """What a document says under the best choice of what is open in it."""

    facts: Facts
    sorts: Mapping[Symbol, Sort]
    sizes: Sizes
    definitions: dict[str, Definition] = field(default_factory=dict)
    sources: dict[str, Statement] = field(default_factory=dict)
    broken: dict[str, ChalkgradError] = field(default_factory=dict)
    broken_names: dict[str, frozenset[str]] = field(default_factory=dict)  # what stands in what could not be read
    claims: list[ClaimRead] = field(default_factory=list)
    unreadable: list[tuple[Statement, ChalkgradError]] = field(default_factory=list)
    said: dict[str, float] = field(default_factory=dict)
    restated: dict[str, list[Definition]] = field(default_factory=dict)
    formulas: dict[str, Definition] = field(default_factory=dict)
    alike: list[tuple[int | str, int | str]] = field(default_factory=list)  # sizes that are one unless told otherwise
    unknown: Mapping[str, str] = field(default_factory=dict)
    # of these, the rows of the table that they are taken to be
    assumed: Mapping[str, str] = field(default_factory=dict)
    cost: float = 0.0
    named: frozenset[str] = frozenset()  # losses that are named in words
    named_as: str = ""
    loss: str = ""
    setting: Setting | None = None


def readings_of(
    facts: Facts, most: int = 1, functions: Mapping[str, str] | None = None, *, own: bool = True, leaning: str = ""
) -> list[Reading]:
    """The best few readings of the equations, the cheapest first; `functions` says what undefined functions are.

    With the `leaning` C what the equations are given in capitals is rather a column. Without `own` a `dZ` is the
    derivative by Z wherever it stands, whatever the document says that it comes to.
    """
    key = (tuple((functions or {}).items()), own, leaning)
    found = facts.searched.get(key)
    if found is None:
        found = facts.searched[key] = _searched(facts, functions or {}, own, leaning)
    assert isinstance(found, _Searched)
    return [_reading(found.facts, found.search, state, found.definitions) for state in found.states[:most]]


@dataclass(frozen=True)
class _Searched:
    """What a search among the readings of the equations found."""

    facts: Facts
    search: Search
    states: Sequence[State]
    definitions: Sequence[Defined]


def _searched(facts: Facts, functions: Mapping[str, str], own: bool, leaning: str) -> _Searched:
    if not own:
        kept = {symbol: [each for each in group if not each.own] for symbol, group in facts.defined.items()}
        facts = replace(facts, defined={symbol: group for symbol, group in kept.items() if group})
    stacks = stacks_in(facts)
    definitions = [each for group in facts.defined.values() for each in group]
    definitions.sort(key=lambda each: each.statement.place)
    definitions += [*instances(facts), *stacks]
    search = Search.of(facts, definitions)
    search.unknown.update(functions)
    search.leaning = leaning
    return _Searched(facts, search, search.run(), definitions)


def _reading(facts: Facts, search: Search, state: State, definitions: Sequence[Defined]) -> Reading:
    setting = search.setting(state.sorts)
    reading = Reading(facts, state.sorts, Sizes(), unknown=search.unknown, cost=state.cost)
    reading.loss = str(facts.loss) if facts.loss is not None else ""
    reading.setting = setting
    by_symbol: dict[Symbol, list[Defined]] = {}
    for each in definitions:
        by_symbol.setdefault(each.symbol, []).append(each)
    for symbol, group in by_symbol.items():
        if not group[0].own:
            _read_definition(reading, setting, symbol, group)
    _declared_sizes(reading, facts, setting, search)
    for one, other in reading.alike:
        reading.sizes.join_unless_named(one, other)
    _square(reading, setting)
    for each in facts.restated:
        _read_restated(reading, setting, each)
    _written_out(reading)
    reading.sizes.count_places()
    reading.sizes.settle()
    reading.sizes.tie(reading.definitions.values())
    join_own_sizes(facts, setting, reading.sizes)
    for symbol, group in by_symbol.items():
        if group[0].own:
            _read_definition(reading, setting, symbol, group)
    reading.sizes.settle()
    reading.sizes.tie(reading.definitions.values())
    free_layers(reading.sizes, reading.definitions, by_symbol)
    for statement in facts.claims:
        if statement.borrowed:
            continue
        claim = read_claim(reading, setting, statement)
        if claim is not None:
            reading.claims.append(claim)
    return reading


def _square(reading: Reading, setting: Setting) -> None:
    """Matrices that the words call orthogonal, symmetric or the like are square."""
    for said in reading.facts.words.properties:
        symbol = reading.facts.use(said.name).symbol
        axes = setting.tensor(symbol, reading.sorts[symbol]).axes if symbol in reading.sorts else ()
        if said.word in PROPERTIES and len(axes) == 2:
            reading.sizes.join_unless_named(axes[0].size, axes[1].size)


def _written_out(reading: Reading) -> None:
    """Sums that are written out, `h_1 v_1 + h_2 v_2 + h_3 v_3`, say how many there are, whatever letters stand
    elsewhere.
    """
    for definition in reading.definitions.values():
        for terms in (node.terms for node in walk(definition.body) if isinstance(node, Add)):
            places: dict[Axis, set[int]] = {}
            for term in terms:
                for node in term.factors if isinstance(term, Multiply) else (term,):
                    if isinstance(node, Element):
                        for axis, index in zip(node.tensor.axes, node.indices, strict=True):
                            if index.axis is None:
                                places.setdefault(axis, set()).add(index.offset)
            for axis, found in places.items():
                if len(found) > 1 and found == set(range(len(found))):
                    reading.sizes.join(axis.size, len(found))


def _read_definition(reading: Reading, setting: Setting, symbol: Symbol, group: Sequence[Defined]) -> None:
    name = str(symbol)
    if group[0].stack is not None and group[0].unstacked:
        _unstack(reading, setting, symbol, group[0].stack)
        return
    if group[0].stack is not None:
        _stack(reading, setting, symbol, group[0].stack)
        return
    problem: ChalkgradError | None = None
    bodies: list[tuple[Definition, Defined]] = []
    for each in group:
        try:
            sense, definition = _by_any_side(reading, setting, each, name, alone=len(group) == 1)
        except ChalkgradError as found:
            problem = found
            continue
        except RecursionError:
            problem = ReadingError("the formula is nested too deeply")
            continue
        bodies.append((definition, each))
        for sentence, cost in sense.said.items():
            reading.said.setdefault(sentence, cost)
        reading.alike += sense.alike
        _keep_formulas(reading, sense)
        if not each.numbered:
            break
    if group[0].made and (problem is not None or not bodies):
        return
    reading.sources[name] = group[0].statement
    if group[0].own and (problem is not None or not bodies):
        return
    if problem is None and _goes_on(reading.facts, symbol, group):
        problem = ReadingError("only some of its entries are told")
    if problem is not None or not bodies:
        reading.broken_names[name] = _mentioned(reading.facts, group)
        reading.broken[name] = problem or ReadingError("it cannot be read")
        reading.unreadable.append((group[0].statement, reading.broken[name]))
        return
    reading.definitions[name] = _joined(bodies)


def _by_any_side(
    reading: Reading, setting: Setting, each: Defined, name: str, *, alone: bool
) -> tuple[Sense, Definition]:
    """What an equation defines by the side that tells it or, where that cannot be read, by another."""
    try:
        return _by_its_side(reading, setting, each, name)
    except ChalkgradError:
        sides = [side for side in each.statement.chain.sides[1:] if side is not each.side]
        if not alone or each.made or each.own or each.side not in each.statement.chain.sides[1:]:
            raise
        for side in sides:
            try:
                return _by_its_side(reading, setting, replace(each, side=side), name)
            except ChalkgradError:
                continue
        raise


def _by_its_side(reading: Reading, setting: Setting, each: Defined, name: str) -> tuple[Sense, Definition]:
    key = f"d{each.statement.place}.{name}"
    sense = _sense_of(reading, setting, each, key, frozenset())
    sense.like = _gradient_of(setting, each) if each.own else None
    value = sense.value(each.side)
    if not _squares_fit(reading, sense):
        sense = _sense_of(reading, setting, each, key, frozenset({"entrywise"}))
        value = sense.value(each.side)
    return sense, _definition(reading, setting, each, sense, value)


def _gradient_of(setting: Setting, own: Defined) -> Value | None:
    """The derivative that a name of its own stands for: what is said of it has that layout."""
    left = own.statement.chain.sides[0]
    try:
        return Sense(setting, "own", options=frozenset({"left"})).value(left)
    except (ChalkgradError, RecursionError):
        return None


def _goes_on(facts: Facts, symbol: Symbol, group: Sequence[Defined]) -> bool:
    """Whether a few entries of a quantity are told, with dots for those that are spoken of by a letter elsewhere."""
    if not all(each.numbered for each in group) or not any(
        DOTS.search(each.statement.equation.latex) for each in group
    ):
        return False
    return any(item.kind == "letter" for use, _ in facts.symbols() if use.symbol == symbol for item in use.indices)


def _mentioned(facts: Facts, group: Sequence[Defined]) -> frozenset[str]:
    """The quantities that stand in definitions which could not be read; "?" where not even these are known."""
    found: set[str] = set()
    for each in group:
        if any(isinstance(part, Unread) for part in walk_syntax(each.side)):
            found.add("?")
        found |= {str(facts.use(name).symbol) for name in quantities(each.side)}
    return frozenset(found)


def _read_restated(reading: Reading, setting: Setting, each: Defined) -> None:
    """What else a document says that a quantity is, in terms of others."""
    if str(each.symbol) not in reading.definitions:
        return
    sense = _sense_of(reading, setting, each, f"e{each.statement.place}.{each.symbol}", frozenset())
    try:
        value = sense.value(each.side)
        found = _definition(reading, setting, each, sense, value)
    except (ChalkgradError, RecursionError):
        return
    _keep_formulas(reading, sense)
    others = reading.restated.setdefault(str(each.symbol), [])
    if each.numbered and others and others[-1].tensor == found.tensor:
        others[-1] = _joined([(others[-1], each), (found, each)])  # further entries of the same
    else:
        others.append(found)


def _sense_of(reading: Reading, setting: Setting, each: Defined, key: str, options: frozenset[str]) -> Sense:
    sense = Sense(setting, key, each.statement.equation.latex, options, labels=each.symbol.labels)
    ends = {above.base for part in walk_syntax(each.side) if isinstance(part, BigOperator)
            for above in part.superscripts if isinstance(above, Name)}  # fmt: skip
    for item in (*each.use.samples, *each.use.indices):
        if item.kind == "letter" and item.text in ends:
            sense.letter(item.text)  # `s_i = \sum_{j=1}^i x_j`: the sum ends at the place that is defined
    return sense


def _squares_fit(reading: Reading, sense: Sense) -> bool:
    """Whether each matrix that is multiplied with itself may be square."""
    sizes = reading.sizes
    for row, column in sense.squares:
        one, other = sizes.find(row), sizes.find(column)
        if one != other and sizes.is_settled(one) and sizes.is_settled(other):
            return False
    return True


def _stack(reading: Reading, setting: Setting, symbol: Symbol, small: Symbol) -> None:
    """The values of all samples side by side, from that of each."""
    sort, of_one = setting.sort(symbol), setting.sort(small)
    if sort is None or of_one is None or of_one.rank != sort.rank or not sort.stacked:
        return
    tensor, one = setting.tensor(symbol, sort), setting.tensor(small, of_one)
    axes = tuple(Axis(f"s{place}", axis.size) for place, axis in enumerate(one.axes))
    written = axes[::-1] if sort.stacked == "columns" and len(axes) == 2 else axes
    for mine, theirs in zip(tensor.axes, written, strict=True):
        reading.sizes.join(mine.size, theirs.size)
    reading.sizes.settle_these(axis.size for axis in tensor.axes)
    reading.definitions[str(symbol)] = Definition(tensor, written, one[axes])
    reading.said.setdefault(f"{symbol} is {small} of all samples, in {sort.stacked}", 0.1)


def _unstack(reading: Reading, setting: Setting, small: Symbol, symbol: Symbol) -> None:
    """The values of one sample, from those of all side by side."""
    sort, of_all = setting.sort(small), setting.sort(symbol)
    if sort is None or of_all is None or of_all.rank != sort.rank or not sort.stacked or of_all.family:
        return
    one, tensor = setting.tensor(small, sort), setting.tensor(symbol, of_all)
    axes = tuple(Axis(f"s{place}", axis.size) for place, axis in enumerate(one.axes))
    placed = axes[::-1] if sort.stacked == "columns" and len(axes) == 2 else axes
    for mine, theirs in zip(tensor.axes, placed, strict=True):
        reading.sizes.join(mine.size, theirs.size)
    reading.sizes.settle_these(axis.size for axis in one.axes)
    reading.definitions[str(small)] = Definition(one, axes, tensor[placed])
    reading.said.setdefault(f"{small} of one sample is a part of {symbol}", 0.1)


def _definition(reading: Reading, setting: Setting, defined: Defined, sense: Sense, value: Value) -> Definition:
    """A definition along the axes of the quantity's tensor."""
    sort = setting.sort(defined.symbol) or left_sort(defined, value)
    tensor = setting.tensor(defined.symbol, sort)
    given = (*defined.use.samples, *defined.use.indices)
    indices: list[Index] = []
    for item, axis in zip(given, tensor.axes, strict=False):
        indices.append(sense.index(item, axis, defined.statement.chain.sides[0]))
    rest = list(value.axes)
    expression = value.expression
    if defined.symbol == setting.loss and rest and not given and sort.rank == 0:
        for axis in rest:
            expression = Sum(expression, axis)
        rest = []
    if sort.kind == "M" and len(rest) == 2 and len(given) + 2 == len(tensor.axes):
        indices += map(as_index, rest)
    else:
        indices += map(as_index, rest)
    if len(indices) < len(tensor.axes):
        free = tensor.axes[len(indices) :]
        indices += [as_index(sense.fresh(axis.size)) for axis in free]
    if len(indices) != len(tensor.axes):
        raise ReadingError(f"'{defined.symbol}' has {len(indices)} axes here and {len(tensor.axes)} elsewhere")
    for index, axis in zip(indices, tensor.axes, strict=True):
        if index.axis is not None:
            sense.facts.same(axis, index.axis, (0, 0))
    loose = expression.free - {index.axis for index in indices if index.axis is not None}
    said = reading.facts.vocabulary.einstein
    if loose and all(twice(expression, axis, squares=said) for axis in loose):
        reading.facts.vocabulary.einstein = True
        sense.say("a letter that stands twice in a product is summed over", 0.3)
        expression = einstein(expression, loose)
        loose = frozenset()
    if loose:
        letters = ", ".join(sorted(axis.name for axis in loose))
        raise ReadingError(f"the index {letters} stands on the right only, and nothing sums over it")
    span = reading.sizes.join_all(sense.facts.pairs, strict=defined.own)
    if span is not None:
        raise MisfitError("sizes that differ stand where they must be the same", span)
    reading.sizes.settle_these(axis.size for axis in tensor.axes)
    letters_now: list[Axis] = []
    for index in indices:
        if index.axis is not None and index.axis not in letters_now:
            letters_now.append(index.axis)
        else:
            new = sense.fresh(tensor.axes[len(letters_now)].size)
            expression = multiply(delta(as_index(new), index), expression)
            letters_now.append(new)
    return Definition(tensor, tuple(letters_now), expression)


def _joined(bodies: Sequence[tuple[Definition, Defined]]) -> Definition:
    """Definitions of the places of one vector as one: each place from its own equation."""
    first = bodies[0][0]
    if len(bodies) == 1:
        return first
    terms = [substitute_axes(each.body, dict(zip(each.indices, first.indices, strict=True))) for each, _ in bodies]
    return Definition(first.tensor, first.indices, add(*terms))


def _keep_formulas(reading: Reading, sense: Sense) -> None:
    for tensor, value in sense.formulas.items():
        reading.formulas[tensor.name] = Definition(tensor, sense.formula_axes[tensor], value.expression)


def _declared_sizes(reading: Reading, facts: Facts, setting: Setting, search: Search) -> None:
    for symbol, seen in seen_in(facts, search.templated).items():
        for sort, dimensions in seen.declared:
            meant = setting.aliases.get(symbol, symbol)
            known = setting.sort(meant)
            if known is None or known.rank != sort.rank or (meant == symbol and known != sort):
                continue
            if any(text == "#" for text, _ in symbol.labels):
                continue
            tensor = setting.tensor(meant, known)
            for axis, part in zip(tensor.axes[sort.family :], dimensions, strict=False):
                if isinstance(part, Name):
                    reading.sizes.join(axis.size, f"size {size_key(part)}")
                elif isinstance(part, Number) and part.text.isdigit() and len(part.text) < 5:
                    reading.sizes.join(axis.size, int(part.text))


def read_claim(reading: Reading, setting: Setting, statement: Statement) -> ClaimRead | None:
    latex = statement.equation.latex
    key = f"c{statement.place}"
    left: SideRead | None = None
    letters: dict[str, Axis] = {}
    chain = statement.chain
    sense = Sense(setting, key, latex, frozenset({"left"}))
    try:
        value = sense.value(chain.sides[0])
        letters = dict(sense.letters)
        _keep_formulas(reading, sense)
        left = SideRead(chain.sides[0], value, parts=tuple(sense.parts), pairs=tuple(sense.facts.pairs),
                        derived=tuple(sense.derivatives))  # fmt: skip
        span = reading.sizes.join_all(sense.facts.pairs, strict=True)
        if span is not None:
            left.misfit = span
    except ChalkgradError as problem:
        reading.unreadable.append((statement, problem))
        left = SideRead(chain.sides[0], None, problem=problem)
    except RecursionError:
        left = SideRead(chain.sides[0], None, problem=ReadingError("the formula is nested too deeply"))
    sides = []
    for number, side in enumerate(chain.sides[1:], start=1):
        sides.append(list(ways_of(reading, setting, statement, side, f"{key}.{number}", letters, left.value)))
    others = tuple(_other_lefts(reading, setting, statement, key, left.value, letters))
    return ClaimRead(statement, left, sides, letters, others,
                     tuple(_conditions(reading, setting, statement, key, letters, statement.conditions)),
                     tuple(_conditions(reading, setting, statement, key, letters, statement.under)))  # fmt: skip


def _conditions(
    reading: Reading,
    setting: Setting,
    statement: Statement,
    key: str,
    letters: dict[str, Axis],
    conditions: Sequence[Syntax],
) -> Iterator[Expression]:
    """The conditions under which a claim is meant, as factors that are 0 where it is not."""
    for number, condition in enumerate(conditions):
        if not isinstance(condition, Chain) or not set(condition.relations) <= set(COMPARISONS):
            continue
        sense = Sense(setting, f"{key}if{number}", statement.equation.latex, letters=dict(letters))
        try:
            value = sense.comparison(condition)
        except (ChalkgradError, RecursionError):
            continue
        known = set(letters.values())
        if value.scalar and value.expression.free <= known:
            if reading.sizes.join_all(sense.facts.pairs, strict=True) is None:
                yield value.expression


def _other_lefts(
    reading: Reading, setting: Setting, statement: Statement, key: str, left: Value | None, letters: dict[str, Axis]
) -> Iterator[SideRead]:
    """The derivative with other quantities held, where a quantity is derived that the document defines."""
    what = left.derivative if left is not None else None
    if what is None or what.of.name not in reading.definitions:
        return
    if what.of.name == reading.loss and not what.of.axes:
        return
    if what.by.name not in {tensor.name for tensor in reading.definitions[what.of.name].body.tensors}:
        return
    sense = Sense(setting, key + "held", statement.equation.latex, frozenset({"direct"}), letters=dict(letters))
    value = sense.value(statement.chain.sides[0])
    if reading.sizes.join_all(sense.facts.pairs, strict=True) is None:
        _keep_formulas(reading, sense)
        yield SideRead(statement.chain.sides[0], value, frozenset({"direct"}), derived=tuple(sense.derivatives))


def ways_of(
    reading: Reading,
    setting: Setting,
    statement: Statement,
    side: Syntax,
    key: str,
    letters: Mapping[str, Axis],
    like: Value | None,
) -> Iterator[SideRead]:
    """The ways to read a side that differ in what they say."""
    found: set[tuple[Expression, Axis | None, Axis | None]] = set()
    marks = _marks_of(side)
    for options, loosely in WAYS:
        if not options <= marks:
            continue
        at_steps = reading.facts.vocabulary.at_own_steps if "direct" in options else None
        used = options - {"direct"} if at_steps else options
        sense = Sense(setting, key + "".join(sorted(options)), statement.equation.latex, used, letters=dict(letters))
        sense.like = like
        try:
            value = sense.value(at_steps(side) if at_steps else side)
        except ChalkgradError as problem:
            if not options:
                yield SideRead(side, None, options, loosely, problem=problem)
            continue
        except RecursionError:
            yield SideRead(side, None, options, loosely, problem=ReadingError("the formula is nested too deeply"))
            return
        laid = (value.expression, value.row, value.column)
        if laid in found and options:
            continue
        found.add(laid)
        _keep_formulas(reading, sense)
        loosely = loosely or (NUMBER_PLACE_BY_PLACE if NUMBER_PLACE_BY_PLACE in sense.said else "")
        yield SideRead(side, value, options, loosely, tuple(sense.parts), tuple(sense.facts.pairs),
                       derived=tuple(sense.derivatives))  # fmt: skip


def _marks_of(side: Syntax) -> set[str]:
    """Which of the ways to read a side can differ from the first, by what stands in it."""
    marks = {"side elementwise", "side outer"}
    for part in walk_syntax(side):
        if isinstance(part, Product):
            if {r"\cdot", r"\times"} & set(part.operators):
                marks.add("dot elementwise")
            if {r"\odot", r"\circ", ".*", "*"} & set(part.operators):
                marks.add("diagonal")
            if "*" in part.operators:
                marks.add("star product")
        elif isinstance(part, Derivative) or (isinstance(part, Name) and part.base == r"\nabla"):
            marks |= {"direct", "denominator", "chain order"}
        elif isinstance(part, Chain) and isinstance(part.sides[0], Name) and part.sides[0].base in ARRAY_OPTIONS:
            marks.add("array code")
        elif isinstance(part, Name) and part.base.lower() == "softmax":
            marks.add("softmax down")
        if isinstance(part, Name | Scripted) and part.superscripts:
            marks.add("entrywise")
    return marks


__all__ = ["ClaimRead", "Reading", "Resizing", "SideRead", "Tensor", "readings_of", "sort_class"]
