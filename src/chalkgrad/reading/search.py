"""The search for the sorts of a document's quantities under which most of its equations fit, the cheapest first.

Definitions are read in the order in which they need each other; each settles what is still open in it. At most `BEAM`
readings are kept. An equation is read once for each choice of the sorts that it uses.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from heapq import nsmallest
from itertools import product
from math import prod
from operator import itemgetter

from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.page.effort import spend
from chalkgrad.page.syntax import Addition, Derivative, Fraction, Name, Number, Product, Scripted, Syntax, walk_syntax
from chalkgrad.reading.asked import Answers
from chalkgrad.reading.defined_functions import function_of
from chalkgrad.reading.facts import Defined, Facts, Statement, quantities
from chalkgrad.reading.kept_answers import KEPT, key_of_setting, key_of_side
from chalkgrad.reading.layout import MisfitError, Value
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.search_states import (
    BySort,
    Outcome,
    State,
    as_siblings,
    combinations_needed,
    cost_of_mixed,
    cost_of_unlike,
    kept_states,
    kinds_of,
    left_sort,
    narrowed,
)
from chalkgrad.reading.sense import BESIDE, DerivedBy, Sense, Setting, Sort, inner_of_gradient
from chalkgrad.reading.sorts import domain, seen_in, sort_class, templated_bases
from chalkgrad.reading.targets import targets_in
from chalkgrad.reading.vocabulary import MARKED_INDICES, Symbol, applications

_MOST_COMBINATIONS = 96
_UNREAD = 6.0  # what a definition costs that cannot be read
_MISFIT = 6.0
_CLAIM = 0.7
_OUT_OF_ORDER = 0.3  # what it costs that a vector stands on the wrong side of a Jacobian
_LYING = 0.5  # what it costs that a target is a column beside a row
_SQUARED_ERRORS = 2.0  # what it costs that a loss is a vector of squares, or the sum of these
_TABLE_OF_SQUARES = 3.5
_SAID = 1.7  # from this cost on it is what the words say that a sort goes against


@dataclass
class Search:
    """The sorts of a document's quantities, and the reading of its sides under given ones."""

    facts: Facts
    definitions: Sequence[Defined]
    templated: frozenset[str] = frozenset()
    unknown: dict[str, str] = field(default_factory=dict)
    options: frozenset[str] = frozenset()
    leaning: str = ""  # the kind of what the equations are given, where it is a capital
    aliases: Mapping[Symbol, Symbol] = field(default_factory=dict)
    _known: dict[tuple[object, ...], Answers] = field(default_factory=dict)

    @classmethod
    def of(cls, facts: Facts, definitions: Sequence[Defined], options: frozenset[str] = frozenset()) -> Search:
        return cls(facts, definitions, templated_bases(facts), options=options, aliases=_aliases(facts))

    def setting(self, sorts: Mapping[Symbol, Sort]) -> Setting:
        """The setting in which an equation is read under the sorts."""
        return self._setting(BySort(sorts, self.templated))

    def _setting(self, sorts: BySort) -> Setting:
        facts = self.facts
        return Setting(
            facts.vocabulary, sorts, facts.heads, facts.loss, self.unknown, self.aliases, *self._for_all_sorts
        )

    @cached_property
    def _for_all_sorts(self) -> tuple[frozenset[str], DerivedBy, frozenset[Symbol]]:
        """What of a setting does not rest on the sorts: the squares, what is derived by, and the own gradients."""
        own = frozenset(each.symbol for each in self.definitions if each.own)
        return frozenset(self.facts.squares), DerivedBy(self.facts.derived_by), own

    def run(self) -> list[State]:
        """The best few states, the cheapest first."""
        seen = seen_in(self.facts, self.templated)
        domains = {symbol: domain(how) for symbol, how in seen.items() if not self._is_special(symbol)}
        domains = {symbol: self._of_loss(symbol, options) for symbol, options in domains.items()}
        if self.facts.words.kinds_elsewhere:
            domains = {symbol: self._as_elsewhere(symbol, options) for symbol, options in domains.items()}
        if self.leaning:
            domains = {symbol: self._leaning(symbol, options) for symbol, options in domains.items()}
        moving = self.facts.vocabulary.moving  # the steps of changes
        first = {symbol: Sort() for symbol in sorted(domains, key=str) if symbol.base in moving}
        if self.facts.loss is not None and self.facts.loss not in {each.symbol for each in self.definitions}:
            loss = self._class(self.facts.loss)
            given = [
                len(use.samples) + len(use.indices) for use, _ in self.facts.symbols() if use.symbol == self.facts.loss
            ]
            first[loss] = Sort(min(given, default=0))  # `E_k`: one for each k
        states = [State(first)]
        for defined in self._ordered():
            states = self._defined(defined, states, domains)
        if self.facts.loss is not None and self.facts.words.losses:
            for state in states:
                self._aim(state, domains)
        for statement in self.facts.claims:
            states = self._claim(statement, states, domains)
        for state in states:
            for symbol, options in domains.items():
                if symbol not in state.sorts:
                    state.sorts[symbol] = options[0][0]
        return sorted(states, key=lambda state: state.cost)

    def _aim(self, state: State, domains: Mapping[Symbol, list[tuple[Sort, float]]]) -> None:
        """A target of a loss that is named in words is of the sort of the output that it is set against."""
        defined = {each.symbol for each in self.definitions}
        if self.facts.loss in defined:
            return
        used = {self.facts.use(name).symbol for each in self.definitions for name in quantities(each.side)}
        for statement in self.facts.claims:
            for output, target in _set_against(self.facts, statement):
                kind, key = state.sorts.get(self._class(output)), self._class(target)
                free = (
                    target not in defined | used | self.facts.derived_by and key in domains and key not in state.sorts
                )
                if output in defined - used and kind is not None and free:
                    state.sorts[key] = kind

    def _leaning(self, symbol: Symbol, options: list[tuple[Sort, float]]) -> list[tuple[Sort, float]]:
        given = symbol not in self.facts.defined and symbol not in self.facts.derived_by and symbol.base[:1].isupper()
        if not given or len(options) < 2 or options[0][0] != Sort(0, "M"):
            return options
        sort = Sort(0, self.leaning)
        return [(sort, 0.0), *((other, cost + 1.0) for other, cost in options if other != sort)]

    def _as_elsewhere(self, symbol: Symbol, options: list[tuple[Sort, float]]) -> list[tuple[Sort, float]]:
        """What a name may be, rather what other sections bear out."""
        kind = self.facts.words.kinds_elsewhere.get((symbol.base, len(symbol.labels)))
        if all(sort != Sort(0, kind or "") for sort, _ in options):
            return options
        return sorted(
            ((s, c if s == Sort(0, kind or "") else c + 1.0) for s, c in options), key=lambda option: option[1]
        )

    def _of_loss(self, symbol: Symbol, options: list[tuple[Sort, float]]) -> list[tuple[Sort, float]]:
        """What nothing defines and goes by the letter of the loss, the `C_x` of `C = \\sum_x C_x`, is a number too."""
        loss = self.facts.loss
        if loss is None or symbol == loss or symbol.base != loss.base or symbol in self.facts.defined:
            return options
        return sorted(((sort, cost if sort.kind == "S" else cost + 1.0) for sort, cost in options), key=lambda o: o[1])

    def _class(self, symbol: Symbol) -> Symbol:
        return sort_class(symbol, self.templated)

    def _ordered(self) -> list[Defined]:
        """The definitions, each after those that it needs."""
        by_symbol: dict[Symbol, list[Defined]] = {}
        for each in self.definitions:
            by_symbol.setdefault(each.symbol, []).append(each)
        ordered: list[Defined] = []
        begun: set[Symbol] = set()

        def visit(symbol: Symbol, depth: int) -> None:
            if symbol in begun or depth > 150:
                return
            begun.add(symbol)
            for each in by_symbol.get(symbol, []):
                if each.stack is not None:
                    visit(each.stack, depth + 1)
                for name in quantities(each.side):
                    visit(self._alias(self.facts.use(name).symbol), depth + 1)
                ordered.append(each)

        for each in self.definitions:
            visit(each.symbol, 0)
        return ordered

    def _alias(self, symbol: Symbol) -> Symbol:
        return self.aliases.get(symbol, symbol)

    def open_in(self, side: Syntax, state: State, domains: Mapping[Symbol, object]) -> list[Symbol]:
        """The quantities of a side whose sort is not settled."""
        found: dict[Symbol, None] = {}
        pending: list[tuple[Syntax, tuple[Symbol, ...]]] = [(side, ())]
        begun: set[int] = set()
        while pending:
            part, bound = pending.pop()
            for name in quantities(part):
                symbols = [self._class(self._alias(self.facts.use(name).symbol))]
                inner = inner_of_gradient(name)
                if inner is not None and self.facts.vocabulary.bases[base_of(inner)]:
                    symbols.append(self._class(self._alias(self.facts.use(inner).symbol)))
                for symbol in symbols:
                    if symbol in domains and symbol not in state.sorts and symbol not in bound:
                        found[symbol] = None
                head = function_of(self.facts.heads, self.facts.vocabulary.use(name))
                if head is not None and id(head) not in begun:
                    begun.add(id(head))
                    pending.append((head.body, head.parameters))
        return list(found)

    def _is_special(self, symbol: Symbol) -> bool:
        """Whether a name is no quantity: a function, a size, a letter that counts, a constant."""
        vocabulary = self.facts.vocabulary
        free = symbol not in self.facts.defined and symbol not in self.facts.derived_by
        if symbol not in self.facts.defined and len(symbol.base) > 1 and symbol.base[0] == "d":
            inner = symbol.base[1:]
            of_loss = self.facts.loss is not None and inner == self.facts.loss.base
            if (
                not of_loss
                and vocabulary.bases[inner]
                and not vocabulary.has_d
                and vocabulary.row_of(Name("\\" + symbol.base)) is None
            ):
                return True
        if free and not symbol.labels and vocabulary.is_row(symbol.base.rstrip("'")):
            return True
        bare = symbol.base.rstrip("'")
        if free and bare in vocabulary.functions and (bare not in vocabulary.heads or bare != symbol.base):
            return True
        if symbol.base in vocabulary.sizes and free and not symbol.labels:
            return True
        if all(str(each) in vocabulary.sizes for each in self._members(symbol)) and free:
            return True
        if symbol.base in vocabulary.index_letters and free and not symbol.labels:
            return symbol.base in vocabulary.bound | MARKED_INDICES or symbol.base in ("i", "j", "k")
        if symbol.base == "e" and "e" in vocabulary.subscripted:
            return False  # the errors e_j beside e^{u_j}
        return symbol.base in _NEVER or (symbol.base in _CONSTANTS and free)

    def _members(self, symbol: Symbol) -> set[Symbol]:
        """The quantities of a class: that of each layer that the equations name."""
        if self._classes is None:
            self._classes = {}
            for use, _ in self.facts.symbols():
                self._classes.setdefault(self._class(use.symbol), set()).add(use.symbol)
        return self._classes.get(symbol, {symbol})

    _classes: dict[Symbol, set[Symbol]] | None = None

    def combinations(
        self, side: Syntax, state: State, domains: Mapping[Symbol, list[tuple[Sort, float]]]
    ) -> list[tuple[dict[Symbol, Sort], float]]:
        """The choices for what is open in a side, the cheapest first."""
        symbols = self.open_in(side, state, domains)
        tables = narrowed([as_siblings(symbol, domains[symbol], state.sorts, self.facts.loss) for symbol in symbols])
        known = kinds_of(dict.fromkeys(symbol.base for symbol in symbols), state.sorts)
        against = self._held_against(symbols, state.sorts)
        spend(prod(map(len, tables)))
        every: list[tuple[float, list[Sort]]] = []
        for chosen in product(*tables):
            sorts = [sort for sort, _ in chosen]
            cost = sum(cost for _, cost in chosen) + cost_of_mixed(symbols, sorts, known)
            every.append((cost + self._against(against, sorts), sorts))
        return [
            (dict(zip(symbols, sorts, strict=True)), cost)
            for cost, sorts in nsmallest(_MOST_COMBINATIONS, every, key=itemgetter(0))
        ]

    def _held_against(self, symbols: Sequence[Symbol], settled: Mapping[Symbol, Sort]) -> list[tuple[int, str]]:
        """The places of the targets among some names, each with the kind of what it is held against."""
        if self._targets is None:
            self._targets = {self._class(target): self._class(value) for value, target in targets_in(self.facts)}
        values = [settled.get(self._targets.get(symbol, symbol)) for symbol in symbols]
        return [(place, value.kind) for place, value in enumerate(values) if value is not None]

    def _against(self, held: Sequence[tuple[int, str]], chosen: Sequence[Sort]) -> float:
        """What it costs that a target is not laid out as what it is held against."""
        facts = self.facts
        cost = 0.0
        for place, kind in held:
            if chosen[place].kind != kind:
                named = bool(facts.words.losses) and facts.loss is not None and facts.loss not in facts.defined
                cost += 1.5 if named else _LYING if {kind, chosen[place].kind} == {"C", "R"} else 0.0
        return cost

    _targets: dict[Symbol, Symbol] | None = None

    def _defined(
        self, defined: Defined, states: list[State], domains: Mapping[Symbol, list[tuple[Sort, float]]]
    ) -> list[State]:
        reached: list[State] = []
        symbol = self._class(defined.symbol)
        if defined.stack is not None and defined.unstacked:
            return self._unstacked(symbol, self._class(defined.stack), states)
        if defined.stack is not None:
            return self._stacked(symbol, self._class(defined.stack), states, domains)
        for state in states:
            best = float("inf")
            for chosen, cost in self.combinations(defined.side, state, domains):
                if cost > best + 1.5:
                    break
                sorts = {**state.sorts, **chosen}
                outcome = self.outcome(defined, sorts)
                fee = outcome.cost - (outcome.once if state.paid else 0.0)
                paid = state.paid or outcome.once > 0
                total = state.cost + cost + fee
                if outcome.value is None:
                    if not reached or chosen == {}:
                        reached.append(State({**state.sorts}, state.cost + outcome.cost, state.paid))
                    if isinstance(outcome.problem, ReadingError) and not isinstance(outcome.problem, MisfitError):
                        if cost > 2.5:
                            break
                    continue
                best = min(best, cost + fee)
                for sort, penalty in self._left_sorts(defined, outcome.value):
                    settled = dict(sorts)
                    if symbol in settled:
                        penalty += 0.0 if settled[symbol] == sort else 1.0
                    elif symbol in domains:
                        known = dict(domains[symbol])
                        against = known.get(sort, 2.0 if sort.rank < combinations_needed(domains[symbol]) else 0.6)
                        penalty += against if against >= _SAID else 0.3 * against
                        settled[symbol] = sort
                    else:
                        settled[symbol] = sort
                    reached.append(State(settled, total + penalty + cost_of_unlike(defined, sort, settled), paid))
        return kept_states(reached) or states

    def _left_sorts(self, defined: Defined, value: Value) -> list[tuple[Sort, float]]:
        """What a definition makes of the quantity that it defines: of a loss, the sum of its entries perhaps."""
        sort = left_sort(defined, value)
        if defined.symbol != self.facts.loss or sort.kind == "S" or defined.use.indices:
            return [(sort, 0.0)]
        loss_like = _has_logarithm(defined.side)
        kept = 0.0
        if _has_square(defined.side):
            kept = _TABLE_OF_SQUARES if sort.kind == "M" else _SQUARED_ERRORS
        summed = _SQUARED_ERRORS if kept else 2.5
        return [(Sort(sort.family, "S"), 1.0 if loss_like else summed), (sort, 1.5 if loss_like else kept)]

    def _stacked(
        self, symbol: Symbol, small: Symbol, states: list[State], domains: Mapping[Symbol, list[tuple[Sort, float]]]
    ) -> list[State]:
        """The ways in which the values of all samples stand side by side."""
        reached = []
        for state in states:
            if small in state.sorts:
                options = [(state.sorts[small], 0.0)]
            else:
                options = [(sort, cost) for sort, cost in domains.get(small, ()) if cost <= _SAID]
            for sort, cost in options:
                reached += self._side_by_side(symbol, small, sort, replace(state, cost=state.cost + cost))
            if not options:
                reached.append(state)
        return kept_states(reached)

    def _side_by_side(self, symbol: Symbol, small: Symbol, sort: Sort, state: State) -> list[State]:
        kinds = {"S": ("R", "C"), "C": ("M", "M"), "R": ("M", "M")}.get(sort.kind)
        if sort.family == 0 and sort.kind in "CR":
            whole = {**state.sorts, small: sort, symbol: Sort(0, sort.kind, "whole")}
            return [replace(state, sorts=whole)]
        if kinds is None or sort.family != 1:
            return [state]
        known = {each.stacked for each in state.sorts.values()} - {"", "whole"}
        known = {self.facts.vocabulary.samples_in} - {""} or known
        found = []
        for stacked, kind, cost in (("columns", kinds[0], 0.0), ("rows", kinds[1], 0.1)):
            other = 1.0 if known and stacked not in known else 0.0
            other += 0.6 if kind in "RC" else 0.0
            sorts = {**state.sorts, small: sort, symbol: Sort(0, kind, stacked)}
            found.append(replace(state, sorts=sorts, cost=state.cost + cost + other))
        return found

    def _unstacked(self, small: Symbol, symbol: Symbol, states: list[State]) -> list[State]:
        """The ways in which one sample's values are taken from those of all."""
        reached = []
        for state in states:
            kind = state.sorts[symbol].kind if symbol in state.sorts else ""
            if small in state.sorts or kind not in ("R", "C", "M"):
                reached.append(state)
                continue
            ways = (("columns", 0.0), ("rows", 0.1)) if kind == "M" else (("whole", 0.0),)
            for stacked, cost in ways:
                sort = Sort(1, "C" if kind == "M" else "S", stacked)
                reached.append(State({**state.sorts, small: sort}, state.cost + cost, state.paid))
        return kept_states(reached)

    def _claim(
        self, statement: Statement, states: list[State], domains: Mapping[Symbol, list[tuple[Sort, float]]]
    ) -> list[State]:
        if not any(self.open_in(side, state, domains) for side in statement.chain.sides for state in states[:1]):
            if len(states) == 1:
                return states
            for state in states:
                state.cost += self._claim_cost(statement, state.sorts)
            return kept_states(states)
        reached = []
        for state in states:
            for chosen, cost in self.combinations(statement.chain, state, domains)[:24]:
                sorts = {**state.sorts, **chosen}
                reached.append(State(sorts, state.cost + cost + self._claim_cost(statement, sorts), state.paid))
        return kept_states(reached) or states

    def _claim_cost(self, statement: Statement, sorts: Mapping[Symbol, Sort]) -> float:
        """What the sides of a claim cost that do not have the layout of its left."""
        total = 0.0
        kinds: list[str] = []
        like: Value | None = None
        for number, side in enumerate(statement.chain.sides):
            outcome = self.side(statement, number or "left", side, sorts, like)
            like = outcome.value if not number else like
            if outcome.value is None:
                total += _CLAIM if isinstance(outcome.problem, MisfitError) else 0.3
            else:
                total += min(outcome.cost, 1.0)
                kinds.append(outcome.value.kind)
        left = kinds[0] if kinds else ""
        if left == "T":
            return total + sum(1.2 for kind in kinds[1:] if kind != "T")
        return total + sum(0.5 for kind in kinds[1:] if kind != left)

    def outcome(self, defined: Defined, sorts: Mapping[Symbol, Sort]) -> Outcome:
        """The reading of the side that defines something."""
        like = (
            self.side(defined.statement, "left", defined.statement.chain.sides[0], sorts).value if defined.own else None
        )
        return self.side(defined.statement, f"{defined.symbol}", defined.side, sorts, like)

    def side(
        self,
        statement: Statement,
        which: object,
        side: Syntax,
        sorts: Mapping[Symbol, Sort],
        like: Value | None = None,
    ) -> Outcome:
        """The reading of a side of an equation under the sorts, where the left one is `like` something."""
        layout = ("",) if like is None else (like.kind, *_places(like))
        key = (statement.place, which, *layout)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = Answers(self.templated, made_up=-1)
        if known.made_up != len(self.unknown):
            known.before, known.made_up = self._before(statement, which, side, layout), len(self.unknown)

        def read(asked: BySort) -> Outcome:
            options = self.options | {"left"} if which == "left" else self.options
            made_up, derived = len(self.unknown), self._for_all_sorts[1]
            derived.asked = ""
            found = self._read(statement, which, side, asked, like, options)
            if isinstance(found.problem, MisfitError) and any(isinstance(p, Derivative) for p in walk_syntax(side)):
                other = self._read(statement, which, side, asked, like, options | {"chain order"})
                found = replace(other, cost=other.cost + _OUT_OF_ORDER) if other.value is not None else found
            rests_on = derived.asked if len(self.unknown) == made_up else "made up"
            return replace(found, rests_on=rests_on) if rests_on else found

        return known.outcome(sorts, read)

    def _before(
        self, statement: Statement, which: object, side: Syntax, layout: tuple[object, ...]
    ) -> dict[str, Answers]:
        """What came of reading a side in documents before, or under another leaning in this one."""
        settled = self._settled
        if settled is None:
            return {}
        read_with = (str(which), layout, self.options, self.templated, tuple(self.unknown.items()), settled)
        key = key_of_side(side, statement.equation.latex, *read_with)
        return {asked: KEPT.of((key, of_derived), self.templated) for asked, of_derived in self._of_derived.items()}

    @cached_property
    def _of_derived(self) -> Mapping[str, Hashable]:
        """What a side may have asked of what is derived by."""
        derived = frozenset(self.facts.derived_by)
        return {"": None, "letters": frozenset(symbol.base for symbol in derived), "names": derived}

    @cached_property
    def _settled(self) -> Hashable | None:
        return key_of_setting(self.setting({}))

    def _read(
        self, statement: Statement, which: object, side: Syntax, sorts: BySort, like: Value | None,
        options: frozenset[str],
    ) -> Outcome:  # fmt: skip
        sense = Sense(self._setting(sorts), f"{which}", statement.equation.latex, options)
        sense.like = like
        try:
            value = sense.value(side)
            return Outcome(value, sense.cost, None, sense.said.get(BESIDE, 0.0))
        except MisfitError as problem:
            return Outcome(None, _MISFIT, problem)
        except RecursionError:
            return Outcome(None, _UNREAD, ReadingError("the formula is nested too deeply"))
        except ChalkgradError as problem:
            return Outcome(None, _UNREAD, problem)


def _places(value: Value) -> tuple[int, int]:
    """Along how many axes a derivative runs of what is derived, and of that by which."""
    what = value.derivative
    return (len(what.of_axes), len(what.by_axes)) if what is not None else (0, 0)


def _set_against(facts: Facts, statement: Statement) -> Iterator[tuple[Symbol, Symbol]]:
    """Pairs of names of which one is subtracted from the other, or divided by it."""
    for part in walk_syntax(statement.chain):
        pair: tuple[Syntax, ...] = ()
        if isinstance(part, Addition) and len(part.terms) == 2 and part.signs[0] != part.signs[1]:
            pair = part.terms
        elif isinstance(part, Fraction):
            pair = (part.denominator, part.numerator)
        if len(pair) == 2 and isinstance(pair[0], Name) and isinstance(pair[1], Name):
            uses = [facts.use(each) for each in pair if isinstance(each, Name)]
            if not any(use.indices or use.samples for use in uses):
                yield uses[0].symbol, uses[1].symbol
                if isinstance(part, Addition):
                    yield uses[1].symbol, uses[0].symbol


_CONSTANTS = frozenset(("e", "pi", "1", "I", "mathbb1", "infty", "mathds1"))
_NEVER = frozenset(
    (
        "arg",
        "argmax",
        "argmin",
        "lim",
        "nabla",
        "partial",
        "1",
        "infty",
        "axis",
        "keepdims",
        "True",
        "False",
        "keepdim",
        "dim",
    )
)


def _has_logarithm(side: Syntax) -> bool:
    return any(isinstance(part, Name) and part.base in (r"\log", r"\ln", "log", "ln") for part in walk_syntax(side))


def _has_square(side: Syntax) -> bool:
    return any(
        isinstance(above, Number) and above.text == "2"
        for part in walk_syntax(side) if isinstance(part, Name | Scripted)
        for above in part.superscripts
    )  # fmt: skip


def _aliases(facts: Facts) -> dict[Symbol, Symbol]:
    """Capitals that stand for all of a quantity that is written with indices: W for the w_{ij}."""
    found: dict[Symbol, Symbol] = {}
    uses: dict[Symbol, set[int]] = {}
    for statement in facts.statements:
        given = {id(each) for part in walk_syntax(statement.chain) if isinstance(part, Product)
                 for _, group in applications(part) for each in group.contents}  # fmt: skip
        for name in quantities(statement.chain):
            use = facts.use(name)
            if id(name) not in given or use.symbol.base[:1].isupper():
                uses.setdefault(use.symbol, set()).add(len(use.indices))
    for symbol, counts in uses.items():
        if len(symbol.base) == 1 and symbol.base.isupper() and counts == {0} and symbol not in facts.defined:
            small = Symbol(symbol.base.lower(), symbol.labels)
            rank = max(uses.get(small, {0}))
            column = rank == 1 and symbol in facts.derived_by and facts.vocabulary.ranks.get(symbol, 0) <= 1
            if (rank > 1 or column) and 0 not in uses.get(small, {0}):
                found[symbol] = small
        elif len(symbol.base) == 1 and symbol.base.isupper() and counts == {0} and symbol in facts.defined:
            small = Symbol(symbol.base.lower(), symbol.labels)
            if uses.get(small) == {2} and small not in facts.defined:
                found[small] = symbol
    return found
