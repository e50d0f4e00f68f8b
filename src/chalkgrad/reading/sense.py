r"""Syntax to values, once it is settled who is a vector and who is a matrix: what one equation of a document says.

Each part has one meaning here; what is open in the document (which names are vectors, how ⊙ binds) is settled outside,
by trying. Sizes that have to agree are kept as facts, layouts that cannot fit raise `MisfitError`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction as Rational
from functools import cached_property, lru_cache, partial
from typing import NamedTuple, TypeAlias

from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.language import (
    PI,
    Axis,
    Call,
    Element,
    Expression,
    Index,
    Max,
    Role,
    SizeOf,
    Sum,
    Tensor,
    add,
    as_index,
    call,
    delta,
    divide,
    index_value,
    indicator,
    multiply,
    number,
    power,
    substitute_axes,
    summation,
    walk,
)
from chalkgrad.language import Number as Literal
from chalkgrad.page.effort import PART_READ, spend
from chalkgrad.page.limits import DEEPEST_EXPRESSION, LARGEST_INDEX, MOST_BITS, power_bits
from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Cases,
    Chain,
    Derivative,
    Dots,
    Evaluated,
    Fraction,
    Group,
    Name,
    Number,
    Product,
    Root,
    Scripted,
    Span,
    Syntax,
    Text,
    Unread,
    walk_syntax,
)
from chalkgrad.page.words import says_other_cases
from chalkgrad.reading.einstein import einstein, twice
from chalkgrad.reading.layout import (
    KINDS,
    Agreements,
    Differentiated,
    MisfitError,
    Value,
    elementwise,
    of_derivative,
)
from chalkgrad.reading.scripts import Item, bare_name, base_of, is_transpose, item_of, scripts_of
from chalkgrad.reading.vocabulary import Symbol, Use, Vocabulary, bound_letters, size_key

Part: TypeAlias = tuple[Expression, Span]

RANKS = {"S": 0, "C": 1, "R": 1, "M": 2}
COMPARISONS = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
BESIDE = "a vector is added to every row or column of a matrix"
MANY = "many"  # the size of the samples that a document leaves unsaid
STAND_INS = ("mish", "silu", "gelu_tanh", "gelu")
_IN_OTHER_CASES = re.compile(
    r"\W*(?:(?:or|and)\s+(?:otherwise|else(?:where)?)|(?:in|for)\s+(?:all|any|every)\s+others?|by\s+default)\b",
    re.IGNORECASE,
)
_INDICATORS = ("1", "I", "mathbb1", "mathds1", "delta")  # 1 where the condition below holds: `\\delta_{j=c}`
SPREAD = "a number is added to every entry"


class Sort(NamedTuple):
    """What a quantity is: how many indices tell its members apart, and the kind of each (S, C, R or M)."""

    family: int = 0
    kind: str = "S"
    stacked: str = ""  # "columns" or "rows": of a matrix whose columns or rows are the samples

    @property
    def rank(self) -> int:
        return self.family + RANKS[self.kind]


@dataclass(frozen=True)
class Head:
    """A function that the document defines: the names of its arguments and what it is."""

    symbol: Symbol
    parameters: tuple[Symbol, ...]
    body: Syntax
    text: str
    key: str = ""  # its letter with the marks that tell it from others


class DerivedBy(frozenset[Symbol]):
    """The quantities that something is derived by; it notes what reading asks of them, as that is seldom."""

    asked: str = ""  # nothing, their letters, or their names

    @cached_property
    def _letters(self) -> frozenset[str]:
        return frozenset(symbol.base for symbol in super().__iter__())

    def letters(self) -> frozenset[str]:
        """Their letters, whatever marks hang on these."""
        self.asked = self.asked or "letters"
        return self._letters

    def __iter__(self) -> Iterator[Symbol]:
        self.asked = "names"
        return super().__iter__()

    def __contains__(self, name: object) -> bool:
        self.asked = "names"
        return super().__contains__(name)


@dataclass
class Setting:
    """What is settled about a document when its equations are read: the sort of each quantity, functions, the loss.

    `derived` has the quantities that something is derived by. `unknown` has the functions that nobody defined, with
    the smooth functions that stand in for them.
    """

    vocabulary: Vocabulary
    sorts: Mapping[Symbol, Sort]
    heads: Mapping[str, Head] = field(default_factory=dict)
    loss: Symbol | None = None
    unknown: dict[str, str] = field(default_factory=dict)
    aliases: Mapping[Symbol, Symbol] = field(default_factory=dict)
    squares: frozenset[str] = frozenset()
    derived: DerivedBy = field(default_factory=DerivedBy)
    own: frozenset[Symbol] = frozenset()  # the gradients under names of their own that something is said of
    zeroed: set[int | str] = field(default_factory=set)  # the sizes of letters that count from 0

    def sort(self, symbol: Symbol) -> Sort | None:
        return self.sorts.get(symbol)

    def is_own_of_another(self, symbol: Symbol) -> bool:
        """Whether a name is that of a gradient of which something is said for another layer."""
        return any(symbol.base == each.base for each in self.own)

    def tensor(self, symbol: Symbol, sort: Sort) -> Tensor:
        """The tensor of a quantity; its sizes are open, each named after its place."""
        return _tensor(symbol, sort.rank)


@lru_cache(maxsize=4096)
def _tensor(symbol: Symbol, rank: int) -> Tensor:
    return Tensor(str(symbol), tuple(Axis(f"{symbol}:{k}", f"{symbol}:{k}") for k in range(rank)))


@dataclass
class Sense:
    """The meaning of one equation. `key` tells its letters from those of other equations."""

    setting: Setting
    key: str = ""
    text: str = ""
    options: frozenset[str] = frozenset()
    facts: Agreements = field(default_factory=Agreements)
    letters: dict[str, Axis] = field(default_factory=dict)
    bindings: dict[Symbol, Value] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    formulas: dict[Tensor, Value] = field(default_factory=dict)
    said: dict[str, float] = field(default_factory=dict)
    like: Value | None = None
    depth: int = 0
    count: int = 0

    def value(self, syntax: Syntax) -> Value:
        """What a part means. Raises `ReadingError` with the place, and `MisfitError` where layouts do not fit."""
        spend(PART_READ)
        try:
            found = self._value(syntax)
        except (MisfitError, ReadingError):
            raise
        except ChalkgradError as problem:
            raise self.error(str(problem), syntax) from None
        if found.expression.depth > DEEPEST_EXPRESSION:
            raise self.error("the expression is nested too deeply", syntax)
        self.parts.append((found.expression, _sign_of(syntax)))
        return found

    def error(self, problem: str, syntax: Syntax, expected: str = "") -> ReadingError:
        """The error for a part of the text."""
        before = self.text[: syntax.span[0]]
        line, column = before.count("\n") + 1, syntax.span[0] - before.rfind("\n")
        return ReadingError(problem, line=line, column=column, text=self.text, expected=expected)

    def say(self, sentence: str, cost: float = 0.0) -> None:
        """Keeps a choice that was made, and what it costs."""
        self.said.setdefault(sentence, cost)

    @property
    def cost(self) -> float:
        return sum(self.said.values())

    def fresh(self, size: int | str) -> Axis:
        self.count += 1
        return Axis(f"a{self.count}", size)

    def _value(self, syntax: Syntax) -> Value:
        match syntax:
            case Number(text=text):
                return Value(number(Rational(text)))
            case Name():
                return self.name(syntax)
            case Scripted():
                return self.scripted(syntax)
            case Group():
                return self.group(syntax)
            case Fraction(numerator=above, denominator=below):
                return self.quotient(self.value(above), self.value(below), syntax.span)
            case Derivative():
                return self.derivative(syntax)
            case Root(radicand=radicand, degree=degree):
                return self._root(syntax, self.value(radicand), degree)
            case Addition(signs=signs, terms=terms):
                return self._sum(signs, terms, syntax.span)
            case Product():
                from chalkgrad.reading.factors import product_value

                return product_value(self, syntax)
            case BigOperator():
                return self._big(syntax)
            case Cases():
                return self._cases(syntax)
            case Chain():
                return self.comparison(syntax)
            case Dots():
                raise self.error("dots stand for something that has to be guessed", syntax, "every term")
            case Unread(error=problem):
                raise problem
            case Evaluated():
                from chalkgrad.reading.gradients import evaluated

                return evaluated(self, syntax)
            case Text(content=content):
                raise self.error(f"the words '{content}' stand where maths should", syntax)
        raise self.error("this cannot be read", syntax)

    # --- names ---

    def name(self, name: Name) -> Value:
        """The value of a name with all that hangs on it."""
        special = self._special(name)
        if special is not None:
            return special
        use = self.use(name)
        if "left" in self.options:
            gradient = self._gradient_name(name)
            if gradient is not None:
                return gradient
        if self.bindings:
            from chalkgrad.reading.gradients import taken_elsewhere

            taken = taken_elsewhere(self, name)
            if taken is not None:
                return self._raised(taken, use.powers, name)
        if use.symbol in self.bindings:
            return self._raised(self._bound(use, self.bindings[use.symbol]), use.powers, name)
        known = self.setting.sort(use.symbol)
        if known is not None and use.symbol not in self.setting.own and self.setting.is_own_of_another(use.symbol):
            known = None  # only of another layer something is said
        if known is None:
            gradient = self._gradient_name(name)
            if gradient is not None:
                return gradient
            if self.labels and not use.symbol.labels:
                use = replace(use, symbol=Symbol(use.symbol.base, self.labels))
                known = self.setting.sort(use.symbol)
        if known is None:
            raise self.error(f"'{use.symbol}' is used but nothing says what it is", name)
        return self._raised(self._quantity(use, known, name), use.powers, name)

    def use(self, name: Name) -> Use:
        """Who a name is in this document."""
        found = self.setting.vocabulary.use(name)
        symbol = found.symbol
        if symbol.base in self.setting.squares and found.powers and _is(found.powers[0], "2"):
            squared = Symbol(symbol.base + "²", symbol.labels)
            found = replace(found, symbol=squared, powers=found.powers[1:])
        elif symbol in self.setting.aliases:
            found = replace(found, symbol=self.setting.aliases[symbol])
        return found

    def _special(self, name: Name) -> Value | None:
        """A name that is no quantity of the document: a constant, a letter that counts, a size, ones, the identity."""
        vocabulary, base = self.setting.vocabulary, base_of(name)
        plain = not (name.subscripts or name.primes or name.accents)
        symbol = vocabulary.use(name).symbol
        if symbol in self.bindings:
            return None
        known = self.setting.sort(symbol) is not None
        if base in ("e", "exp") and name.superscripts and plain and (not known or "e" in vocabulary.subscripted):
            above = name.superscripts[0] if len(name.superscripts) == 1 else Group("(", name.superscripts, name.span)
            inner = self.value(above)
            return Value(call("exp", inner.expression), inner.row, inner.column)
        if plain and base == "e" and not known:
            return Value(call("exp", number(1)))
        if base == "pi" and plain and not known and name.base != "pi":
            return self._raised(Value(PI), vocabulary.use(name).powers, name)
        if base == "1" and name.base == "1":
            return self._ones(name)
        if base == "0" and plain and not name.superscripts:
            return Value(number(0))
        apart = base in vocabulary.lettered
        if (base == "delta" and len(name.subscripts) and not known and not apart) or (
            base == "delta" and self._is_kronecker(name)
        ):
            kronecker = self._kronecker(name)
            if kronecker is not None:
                return kronecker
        if base == "e" and vocabulary.picks_class and not (name.primes or name.accents):
            unit = self._unit(name)
            if unit is not None:
                return unit
        if plain and base in vocabulary.index_letters and not known and base in self.letters:
            return self._raised(Value(self.written(self.letters[base])), vocabulary.use(name).powers, name)
        if not (name.primes or name.accents) and size_key(name) in vocabulary.sizes and not known:
            return Value(SizeOf(f"size {size_key(name)}"))
        below = vocabulary.use(name)
        if not known and below.powers and not name.accents and not name.primes:
            if size_key(bare_name(name)) in vocabulary.sizes:
                return self._raised(Value(SizeOf(f"size {size_key(bare_name(name))}")), below.powers, name)
        if base == "I" and name.style in ("", "mathbf", "bm", "boldsymbol", "mathrm", "mathbb") and not known:
            if not (name.subscripts and isinstance(name.subscripts[0], Chain)):
                size = "square" if not name.subscripts else f"size {'_'.join(str(i) for i in scripts_of(name).below)}"
                row, column = self.fresh(f"{self.key}/I{self.count}"), self.fresh(f"{self.key}/I{self.count}")
                self.facts.same(row, column, name.span)
                if size != "square" and size.removeprefix("size ") in vocabulary.sizes:
                    self.facts.same(row, Axis("", size), name.span)
                return Value(delta(row, column), row, column, ones=True)
        if base in ("arg", "argmax", "argmin", "lim"):
            raise self.error(f"'{base}' cannot be read yet", name)
        if base in ("infty",):
            raise self.error("infinity stands where a number should", name)
        if base in _INDICATORS and name.subscripts and isinstance(name.subscripts[0], Chain):
            return self.comparison(name.subscripts[0])
        return None

    def _ones(self, name: Name) -> Value:
        if len(name.subscripts) == 2 and not name.superscripts:
            return self._table_of_ones(name)
        letters = [item for item in scripts_of(name).below if item.kind == "letter"]
        vocabulary = self.setting.vocabulary
        counted = {letter for letter in vocabulary.sizes if letter not in vocabulary.bound}  # `1_n` are n ones then
        if len(letters) == 1 and letters[0].text in vocabulary.index_letters - counted:
            letter = self.letter(letters[0].text)  # one at each place
            return Value(indicator(">=", index_value(letter), 0))
        if name.subscripts and isinstance(name.subscripts[0], Chain):
            return self.comparison(name.subscripts[0])
        turned = sum(map(is_transpose, name.superscripts)) % 2 == 1
        axis = self.fresh(f"{self.key}/ones{self.count}")
        for item in scripts_of(name).below:
            if item.text in self.setting.vocabulary.sizes:
                self.facts.same(axis, Axis("", f"size {item.text}"), name.span)
        return Value(number(1), None if turned else axis, axis if turned else None, ones=True)

    def _table_of_ones(self, name: Name) -> Value:
        r"""Ones with their numbers of rows and of columns: `\mathbf 1_{n,1}`."""
        axes: list[Axis | None] = []
        for part in name.subscripts:
            if _is(part, "1"):
                axes.append(None)
                continue
            axis = self.fresh(f"{self.key}/ones{self.count}")
            if isinstance(part, Number) and part.text.isdigit() and len(part.text) < 8:
                self.facts.pairs.append((axis.size, int(part.text), part.span))
            elif isinstance(part, Name):
                self.facts.same(axis, Axis("", f"size {size_key(part)}"), part.span)
            axes.append(axis)
        return Value(number(1), axes[0], axes[1], ones=True)

    def _unit(self, name: Name) -> Value | None:
        r"""The unit vector `e_y` of a class y."""
        items = scripts_of(name).below
        if not items or not all(map(is_transpose, name.superscripts)):
            return None
        axis = self.fresh(f"{self.key}/e{name.span[0]}")
        value = Value(delta(as_index(axis), self.index(items[0], axis, name)), axis, None)
        self.say("e with a class is the vector with a 1 at that class", 0.1)
        return value.transposed if len(name.superscripts) % 2 else value

    def _is_kronecker(self, name: Name) -> bool:
        vocabulary = self.setting.vocabulary
        return len(vocabulary.use(name).indices) == 2 and not name.superscripts and "delta" not in vocabulary.lettered

    def _kronecker(self, name: Name) -> Value | None:
        items = list(self.setting.vocabulary._below("delta", scripts_of(name).below))
        if len(items) != 2 or name.superscripts:
            return None
        axis = Axis("", f"{self.key}/delta{name.span[0]}")
        left, right = (self.index(item, axis, name) for item in items)
        if left.axis is not None and right.axis is not None:
            self.facts.same(left.axis, right.axis, name.span)
        return Value(delta(left, right))

    def _quantity(self, use: Use, sort: Sort, name: Name) -> Value:
        tensor = self.setting.tensor(use.symbol, sort)
        given = (*use.samples, *use.indices)
        if len(given) == 2 and sort.rank == 1 and not use.samples:
            only = {"R": 0, "C": 1}.get(sort.kind)  # a vector as a matrix of one row or column
            if only is not None and given[only].kind == "number" and given[only].text == "1":
                given = (given[1 - only],)
        if len(given) > sort.rank:
            raise self.error(f"'{use.symbol}' has {len(given)} indices here, and {sort.rank} elsewhere", name)
        if use.transposed and len(use.indices) == 2 and sort.kind in "SM" and len(given) == sort.rank:
            given = (*given[:-2], given[-1], given[-2])  # `W^T_{jk}` is an entry of the transpose
        if any(item.text == ":" for item in given):
            return self._sliced(tensor, given, name, use)
        indices = [self.index(item, axis, name) for item, axis in zip(given, tensor.axes, strict=False)]
        rest = tensor.axes[len(given) :]
        free = [self.fresh(axis.size) for axis in rest]
        every = (*indices, *map(as_index, free))
        row, column = self._layout(sort, free, len(given), name, use)
        value = Value(tensor[every], row, column)
        return value.transposed if use.transposed else value

    def _sliced(self, tensor: Tensor, given: Sequence[Item], name: Name, use: Use) -> Value:
        """A row or a column of a matrix: `A_{i,:}` or `A_{:,j}`."""
        if len(given) != 2 or len(tensor.axes) != 2 or all(item.text == ":" for item in given):
            raise self.error(f"'{use.symbol}' has more or fewer places than are told", name)
        free = self.fresh(tensor.axes[0 if given[0].text == ":" else 1].size)
        indices = [as_index(free) if item.text == ":" else self.index(item, axis, name)
                   for item, axis in zip(given, tensor.axes, strict=True)]  # fmt: skip
        value = Value(tensor[tuple(indices)], *((free, None) if given[0].text == ":" else (None, free)))
        return value.transposed if use.transposed else value

    def _layout(
        self, sort: Sort, free: Sequence[Axis], given: int, name: Name, use: Use
    ) -> tuple[Axis | None, Axis | None]:
        """Which of the axes that have no index are the rows and which the columns."""
        if len(free) > 2:
            raise self.error(f"'{use.symbol}' stands without its indices", name)
        if len(free) == 2:
            if sort.kind == "R":
                return free[0], free[1]
            if sort.kind == "C" and sort.family - given == 1:
                return free[1], free[0]  # the columns that the family counts, side by side
            return free[0], free[1]
        if len(free) == 1:
            row_of = sort.kind == "M" and given == 1 and self.setting.vocabulary.samples_in == "rows"
            lying = row_of or (sort.kind == "R" and given <= sort.family)
            return (None, free[0]) if lying else (free[0], None)
        return None, None

    def index(self, item: Item, axis: Axis, name: Syntax) -> Index:
        """The index that an item is on an axis."""
        if item.kind == "number":
            if not item.text.isdigit() or int(item.text) > LARGEST_INDEX:
                raise self.error(f"'{item.text}' is no place", name)
            place = int(item.text) + self._counts_from_zero(name, item)
            self.facts.pairs.append((axis.size, f"at least {place}", name.span))
            return as_index(max(place - 1, 0))
        if item.text in self.setting.vocabulary.class_letters and "any class" not in self.options:
            return as_index(0)  # the place of the right class: the first one, as well as any other
        if item.kind == "letter":
            letter = self.letter(item.text)
            if self._counts_from_zero(name, item):
                self.setting.zeroed.add(letter.size)
            if item.offset == 0:
                self.facts.same(letter, axis, name.span)
            return as_index(letter) + item.offset
        if item.kind == "affine" and isinstance(item.syntax, Addition):
            total = as_index(-1)  # places are counted from 1 on paper, from 0 here
            for sign, term in zip(item.syntax.signs, item.syntax.terms, strict=True):
                if isinstance(term, Number):
                    total = total + sign * int(term.text)
                else:
                    total = total + (as_index(self.letter(item_of(term).text)) + 1) * sign
            return total
        raise self.error(f"'{item}' is not an index", name, "a number or an index such as i")

    def _counts_from_zero(self, name: Syntax, item: Item) -> bool:
        """Whether the places of a name at which an index stands begin with 0."""
        if not isinstance(name, Name) or base_of(name) not in self.setting.vocabulary.from_zero:
            return False
        use = self.setting.vocabulary.use(name)
        return len(use.indices) == 1 and item not in use.samples

    def written(self, axis: Axis) -> Expression:
        """The number that an index is on paper, where places are counted from 1 or from 0."""
        return index_value(axis) + self.first(axis)

    def first(self, axis: Axis | None) -> int:
        """The number of the first place of an axis on paper; places that are fixed are counted from 1."""
        return 0 if axis is not None and axis.size in self.setting.zeroed else 1

    def letter(self, text: str) -> Axis:
        """The axis of an index letter."""
        if text not in self.letters:
            axis = self.letters[text] = Axis(text, f"{self.key}/{text}")
            if text in self.setting.vocabulary.counts:
                self.facts.same(axis, Axis("", f"size {self.setting.vocabulary.counts[text]}"), (0, 0))
        return self.letters[text]

    def _bound(self, use: Use, value: Value) -> Value:
        """An argument of a function, perhaps an entry of it."""
        given = (*use.samples, *use.indices)
        if given:
            if len(given) != len(value.axes):
                raise MisfitError(f"'{use.symbol}' has {len(given)} indices, but its argument none to pick from")
            changes = {
                axis: self.index(item, axis, use.name or Number("0"))
                for item, axis in zip(given, value.axes, strict=True)
            }
            value = Value(substitute_axes(value.expression, changes))
        return value.transposed if use.transposed else value

    def _gradient_name(self, name: Name) -> Value | None:
        """What `dW` is: the derivative of the loss by W, where W is a quantity of the document."""
        inner = inner_of_gradient(name)
        if inner is None or self.setting.loss is None or self.setting.vocabulary.has_d:
            return None
        if self.use(inner).symbol == self.setting.loss:
            return None  # the `df` of a loss f is what comes from above
        if self.setting.sort(self.use(inner).symbol) is None:
            return None
        loss = self.setting.loss
        sort = self.setting.sort(loss) or Sort()
        outer = Value(self.setting.tensor(loss, Sort(0, "S"))[()]) if sort.rank == 0 else None
        if outer is None:
            tensor = self.setting.tensor(loss, sort)
            outer = self._quantity(Use(loss), sort, name) if sort.rank else Value(tensor[()])
        return self.derived(outer, self.value(inner), name)

    def gradient(self, value: Value, place: Syntax) -> Value:
        r"""The gradient of a function that does not say by what: by its one argument, or by all numbers in a column.

        That "of" what the loss is derived by, `\nabla W = \delta x^\top`, is the gradient of the loss by it.
        """
        if self._is_derived_by(value):
            assert self.setting.loss is not None
            return self.derived(Value(self.setting.tensor(self.setting.loss, Sort())[()]), value, place)
        variables = self._variables(value, place)
        if len(variables) == 1:
            return self.derived(value, variables[0], place)
        if not variables or any(not each.scalar for each in variables):
            raise self.error("a gradient that does not say by what", place, r"\nabla_W L")
        axis = Axis(f"g{place.span[0]}", len(variables))
        entries = [
            multiply(delta(as_index(axis), as_index(k)), self.derived(value, each, place).expression)
            for k, each in enumerate(variables)
        ]
        return Value(add(*entries), axis)

    def _is_derived_by(self, value: Value) -> bool:
        """Whether a value is a quantity, or an entry of one, that the loss of the document is derived by."""
        loss = self.setting.loss
        if loss is None or not isinstance(value.expression, Element) or (self.setting.sort(loss) or Sort()).rank:
            return False
        name = value.expression.tensor.name
        called = any(str(head.symbol) == name for head in self.setting.heads.values())
        return not called and name != str(loss) and any(str(symbol) == name for symbol in self.setting.derived)

    def hessian(self, value: Value, place: Syntax) -> Value:
        """The second derivatives of a function that does not say by what."""
        variables = self._variables(value, place)
        if len(variables) == 1:
            return self.derived(self.derived(value, variables[0], place), variables[0], place)
        if not variables or any(not each.scalar for each in variables):
            raise self.error("a Hessian that does not say by what", place, r"\nabla_w^2 L")
        row, column = Axis(f"g{place.span[0]}", len(variables)), Axis(f"h{place.span[0]}", len(variables))
        entries = [
            multiply(
                delta(as_index(row), as_index(i)), delta(as_index(column), as_index(j)),
                self.derived(self.derived(value, one, place), other, place).expression,
            )
            for i, one in enumerate(variables) for j, other in enumerate(variables)
        ]  # fmt: skip
        return Value(add(*entries), row, column)

    def _variables(self, value: Value, place: Syntax) -> list[Value]:
        """The arguments of a function, or what the document derives by."""
        if not isinstance(value.expression, Element):
            return []
        name = value.expression.tensor.name
        found_by = {head.parameters for head in self.setting.heads.values() if str(head.symbol) == name}
        if len(found_by) > 1:
            return []  # f_1 and f_2 of different arguments
        symbols = next(iter(found_by)) if found_by else tuple(sorted(self.setting.derived))
        found = []
        for symbol in symbols:
            sort = self.setting.sort(symbol)
            if sort is None:
                return []
            found.append(self._quantity(Use(symbol), sort, Name(symbol.base, span=place.span)))
        return found

    def _raised(self, value: Value, exponents: Sequence[Syntax], place: Syntax) -> Value:
        for exponent in exponents:
            value = self.raised(value, exponent, place)
        return value

    def raised(self, value: Value, exponent: Syntax, place: Syntax) -> Value:
        """A value to a power: of a square matrix the product with itself, of a vector place by place."""
        if isinstance(exponent, Group) and exponent.bracket == "(" and len(exponent.contents) == 1:
            exponent = exponent.contents[0]
        above = self.value(exponent)
        if not above.scalar:
            raise self.error("an exponent that is not a number", exponent)
        if power_bits(value.expression, above.expression) > MOST_BITS:
            raise self.error("the power has more digits than are kept", exponent)
        positive = isinstance(above.expression, Literal) and above.expression.value > 0
        if value.kind == "M" and not ("entrywise" in self.options and positive):
            from chalkgrad.reading.matrix_values import power_of_matrix

            return power_of_matrix(self, value, above.expression, place)
        if value.kind in "CR" and above.expression == number(-1) and self._may_be_matrix(place):
            raise self.error("the inverse of a vector", place)
        return Value(power(value.expression, above.expression), value.row, value.column)

    def _may_be_matrix(self, place: Syntax) -> bool:
        """Whether a part is a capital that nothing defines: it may well be a matrix that has an inverse."""
        if not isinstance(place, Name):
            return False
        return base_of(place)[:1].isupper() and base_of(place) not in self.setting.vocabulary.defined

    def again(self, value: Value) -> Value:
        """The same value along axes of its own."""
        row = self.fresh(value.row.size) if value.row else None
        column = self.fresh(value.column.size) if value.column else None
        changes = {old: new for old, new in ((value.row, row), (value.column, column)) if old and new}
        return Value(substitute_axes(value.expression, changes), row, column)

    # --- brackets, roots, quotients, sums ---

    def scripted(self, syntax: Scripted) -> Value:
        """Something in brackets with what hangs on it."""
        base = syntax.base
        exponents = [part for part in syntax.superscripts if not is_transpose(part)]
        if isinstance(base, Group) and base.bracket == r"\|":
            return self._norm(base, [str(i) for i in scripts_of(_holder(syntax)).below], exponents, syntax)
        like = self.like
        if syntax.subscripts and isinstance(base, Group):
            self.like = None  # the letters below the bracket say which entries are meant, `[f_i]_i`
        try:
            value = self.value(base)
        finally:
            self.like = like
        if any(isinstance(part, Chain) for part in syntax.subscripts):
            from chalkgrad.reading.ranges import for_each_index

            listed = for_each_index(self, value, syntax, [])
            if listed is not None:
                return listed
        turned = sum(map(is_transpose, syntax.superscripts)) % 2 == 1 or syntax.primes == 1
        if syntax.subscripts and turned and value.kind == "M":
            whole = self._picked(value.transposed, syntax)
            if whole.scalar:
                return self._raised(whole, exponents, syntax)  # `(A)^T_{jk}` is an entry of the transpose
        if syntax.subscripts:
            value = self._picked(value, syntax)
        if syntax.primes > 1 or (syntax.primes and value.scalar and not self._may_be_turned(value)):
            from chalkgrad.reading.gradients import derived_like

            value = derived_like(self, value, syntax)
        elif turned:
            value = value.transposed
        return self._raised(value, exponents, syntax)

    def _may_be_turned(self, value: Value) -> bool:
        """Whether a prime on a number made of vectors may say no more than that it is transposed."""
        derives = self.like is not None and self.like.derivative is not None
        return not derives and any(tensor.axes for tensor in value.expression.tensors)

    def _picked(self, value: Value, syntax: Scripted) -> Value:
        """An entry of something that is not a name, `(Wx)_j`, or a row of it, which lies as the left side does."""
        holder = Name("picked", syntax.subscripts, span=syntax.span)
        vocabulary = self.setting.vocabulary
        items = list(vocabulary._below("picked", scripts_of(holder).below))
        if value.scalar:
            from chalkgrad.reading.ranges import for_each_index

            listed = for_each_index(self, value, syntax, items)
            if listed is not None:
                return listed
        if len(items) > len(value.axes):
            raise MisfitError(f"{len(items)} indices on something with {len(value.axes)} axes", syntax.span)
        changes = {axis: self.index(item, axis, syntax) for item, axis in zip(items, value.axes, strict=False)}
        rest = value.axes[len(items) :]
        picked = Value(substitute_axes(value.expression, changes), rest[0] if rest else None)
        return picked.transposed if self.like is not None and self.like.kind == "R" else picked

    def group(self, group: Group) -> Value:
        """Something in brackets, or a list."""
        if group.bracket == r"\|" and len(group.contents) == 1:
            return self._norm(group, [], [], group)
        if group.bracket == r"\langle" and len(group.contents) == 2:
            from chalkgrad.reading.layout import inner_product

            one, other = map(self.value, group.contents)
            if one.scalar != other.scalar:
                raise MisfitError(f"an inner product of {KINDS[one.kind]} and {KINDS[other.kind]}", group.span)
            return inner_product(one, other, self.facts, group.span)
        if len(group.contents) > 1:
            return self._list(group)
        if not group.contents:
            raise self.error("empty brackets", group)
        inner = group.contents[0]
        if isinstance(inner, Chain) and group.bracket in ("[", "(", r"\{"):
            return self.comparison(inner)
        before = set(self.letters)
        value = self.value(inner)
        if group.bracket == "[" and self.like is not None:
            from chalkgrad.reading.ranges import of_entries

            value = of_entries(self, value, set(self.letters) - before, self.like)
        if group.bracket == "|" and value.kind == "M" and "entrywise" not in self.options:
            from chalkgrad.reading.matrix_values import function_of_matrix

            self.squares.append((value.row.size if value.row else 1, value.column.size if value.column else 1))
            return function_of_matrix(self, "determinant", value, group.span)
        if group.bracket == "|":
            return Value(call("abs", value.expression), value.row, value.column)
        return value

    def _list(self, group: Group) -> Value:
        """A list as a column, a list of lists as a matrix."""
        rows = [part.contents if isinstance(part, Group) and part.bracket == "[" else None for part in group.contents]
        if all(row is not None for row in rows):
            table = [[self.value(entry) for entry in row or ()] for row in rows]
            width = len(table[0])
            if any(len(row) != width for row in table):
                raise self.error("the rows have different lengths", group)
            down, across = Axis(f"r{group.span[0]}", len(table)), Axis(f"c{group.span[0]}", width)
            terms = [
                multiply(delta(as_index(down), as_index(r)), delta(as_index(across), as_index(c)), entry.expression)
                for r, row in enumerate(table)
                for c, entry in enumerate(row)
            ]
            if any(not entry.scalar for row in table for entry in row):
                from chalkgrad.reading.ranges import stacked

                return stacked(self, table, group)
            if width == 1:
                inner = [multiply(delta(as_index(down), as_index(r)), row[0].expression) for r, row in enumerate(table)]
                return Value(add(*inner), down)
            if len(table) == 1:
                inner = [multiply(delta(as_index(across), as_index(c)), e.expression) for c, e in enumerate(table[0])]
                return Value(add(*inner), None, across)
            return Value(add(*terms), down, across)
        values = [self.value(part) for part in group.contents]
        if any(not each.scalar for each in values):
            from chalkgrad.reading.joined_vectors import joined_vectors

            return joined_vectors(self, values, group)
        axis = Axis(f"v{group.span[0]}", len(values))
        expression = add(*(multiply(delta(as_index(axis), as_index(k)), v.expression) for k, v in enumerate(values)))
        return Value(expression, None, axis) if group.bracket == "[" else Value(expression, axis)

    def _norm(self, group: Group, below: Sequence[str], exponents: Sequence[Syntax], place: Syntax) -> Value:
        value = self.value(group.contents[0])
        if below not in ([], ["2"], ["F"], ["1"], ["FRO"], ["Fro"], ["ell2"]):
            raise self.error(f"the norm _{','.join(below)}", place, "the norm without a subscript, or _1, _2, _F")
        if below in (["F"], ["FRO"], ["Fro"]) and value.kind != "M":
            self.say("a Frobenius norm is taken of what is no matrix", 1.0)
        each = call("abs", value.expression) if below == ["1"] else power(value.expression, 2)
        for axis in value.axes:
            each = Sum(each, axis)
        if below == ["1"]:
            return self._raised(Value(each), exponents, place)
        if len(exponents) == 1 and _is(exponents[0], "2"):
            return Value(each)
        return self._raised(Value(call("sqrt", each)), exponents, place)

    def _root(self, syntax: Root, value: Value, degree: Syntax | None) -> Value:
        if degree is None or _is(degree, "2"):
            return Value(call("sqrt", value.expression), value.row, value.column)
        if isinstance(degree, Number) and degree.text.isdigit() and int(degree.text) > 0:
            return Value(power(value.expression, number(Rational(1, int(degree.text)))), value.row, value.column)
        raise self.error("the degree of a root", syntax, "a whole number from 2")

    def quotient(self, above: Value, below: Value, span: Span) -> Value:
        """One value over another; of two vectors place by place. Ones over a row are a row."""
        if above.ones and above.kind == "C" and below.kind == "R":
            above = above.transposed
        if below.scalar:
            return replace(above, expression=divide(above.expression, below.expression))
        if below.kind == "M" or above.kind == "M":
            self.say("a quotient of matrices is taken place by place", 1.5)
        return elementwise(divide, above, below, self.facts, span)

    def _sum(self, signs: Sequence[int], terms: Sequence[Syntax], span: Span) -> Value:
        values = [self.value(term) for term in terms]
        result: Value | None = None
        for sign, value, term in zip(signs, values, terms, strict=True):
            signed = value if sign == 1 else replace(value, expression=multiply(sign, value.expression))
            if result is None:
                result = signed
                continue
            if result.scalar != value.scalar and not _is_plain(result if result.scalar else value):
                wide = value if result.scalar else result
                of_samples = wide.kind == "R" and isinstance(wide.expression, Sum)  # the bias of one unit, `w^T X + b`
                self.say(SPREAD, 0.3 if of_samples else 1.1 if any(map(_is_layer, terms)) else 0.7)
            if result.kind != value.kind and not (result.scalar or value.scalar):
                result = self._broadcast(result, signed, term)
            else:
                derivative = result.derivative if _same_derivative(result, signed) else None
                if "T" in (result.kind, signed.kind):
                    result = self._added_derivatives(result, signed, term)
                else:
                    result = replace(elementwise(add, result, signed, self.facts, term.span), derivative=derivative)
        assert result is not None
        return result

    def _added_derivatives(self, left: Value, right: Value, place: Syntax) -> Value:
        one, other = left.derivative, right.derivative
        if one is None or other is None or one.of is not other.of or one.by is not other.by:
            raise MisfitError("derivatives of different things are added", place.span)
        pairs = zip((*other.of_axes, *other.by_axes), (*one.of_axes, *one.by_axes), strict=True)
        expression = substitute_axes(right.expression, dict(pairs))
        return Value(add(left.expression, expression), left.row, left.column, one)

    def _broadcast(self, left: Value, right: Value, place: Syntax) -> Value:
        """A matrix and a vector: the bias of a layer stands beside every sample."""
        matrix, vector = (left, right) if left.kind == "M" else (right, left)
        if matrix.kind != "M":
            raise MisfitError("a row and a column are added", place.span)
        self.say(BESIDE, 0.25)
        if vector.kind == {"rows": "C", "columns": "R"}.get(self.setting.vocabulary.samples_in):
            self.say("a vector that is added to a matrix has an entry for each sample", 1.0)
        along, other = (matrix.row, matrix.column) if vector.kind == "C" else (matrix.column, matrix.row)
        if not self._is_of_weights(matrix.expression, along) and self._is_of_weights(matrix.expression, other):
            self.say("a vector that is added to a matrix has an entry for each sample", 0.4)
        return elementwise(add, left, right, self.facts, place.span, repeat=True)

    def _is_of_weights(self, expression: Expression, axis: Axis | None) -> bool:
        """Whether something that is derived by runs along an axis."""
        bases = self.setting.derived.letters()
        return any(
            isinstance(node, Element)
            and node.tensor.name.partition("_")[0] in bases
            and any(index.axis is axis for index in node.indices)
            for node in walk(expression)
        )

    def _big(self, syntax: BigOperator) -> Value:
        from chalkgrad.reading.ranges import big_value

        return big_value(self, syntax)

    # --- cases and comparisons ---

    def _cases(self, cases: Cases) -> Value:
        """Each value where its condition holds and none before it did."""
        result: Value | None = None
        before: list[Expression] = []
        for value_syntax, condition in cases.rows:
            value = self.value(value_syntax)
            gates = list(before)
            if condition is not None and not _is_otherwise(condition):
                holds = self.comparison(condition) if isinstance(condition, Chain) else None
                if holds is None:
                    expected = "a comparison such as z > 0, or otherwise"
                    raise self.error("this condition says nothing about the formula", condition, expected)
                holds = self._like_layout(holds, value)
                gates.append(holds.expression)
                before.append(add(1, -holds.expression))
                shape = holds
            else:
                shape = value
            gated = elementwise(
                multiply, Value(multiply(*gates) if gates else number(1), shape.row, shape.column), value,
                self.facts, value_syntax.span,
            ) if gates else value  # fmt: skip
            result = gated if result is None else elementwise(add, result, gated, self.facts, value_syntax.span)
        if result is None:
            raise self.error("no case", cases)
        return result

    def _like_layout(self, holds: Value, value: Value) -> Value:
        return holds

    def comparison(self, chain: Chain) -> Value:
        """1 where the comparison holds, else 0."""
        gates: Value | None = None
        for relation, left, right in zip(chain.relations, chain.sides, chain.sides[1:], strict=False):
            if relation not in COMPARISONS:
                raise self.error(f"the relation {relation} stands where a number should", chain)
            one, other = self._compared(left), self._compared(right)
            if isinstance(one, Index) and isinstance(other, Index) and relation == "=":
                found = Value(delta(one, other))
            elif isinstance(one, Index) and isinstance(other, Index) and relation == "!=":
                found = Value(add(1, multiply(-1, delta(one, other))))
            else:
                first = self._compared_number(one)
                second = self._compared_number(other)
                found = elementwise(
                    partial(indicator, COMPARISONS[relation]),
                    first,
                    second,
                    self.facts,
                    chain.span,
                )
            gates = found if gates is None else elementwise(multiply, gates, found, self.facts, chain.span)
        if gates is None:
            return self.value(chain.sides[0])
        return gates

    def _compared_number(self, one: Value | Index) -> Value:
        if isinstance(one, Value):
            return one
        return Value(index_value(one) + self.first(one.axis))

    def _compared(self, side: Syntax) -> Value | Index:
        """A side of a comparison: an index, or a value."""
        vocabulary = self.setting.vocabulary
        if isinstance(side, Name):
            item = Item("letter", base_of(side), 0, "", side)
            plain = not (side.subscripts or side.superscripts or side.primes or side.accents)
            known = self.setting.sort(vocabulary.use(side).symbol)
            if size_key(side) in vocabulary.class_letters:
                return as_index(self.letter(item.text) if "any class" in self.options else 0)
            if plain and item.text in vocabulary.index_letters and known is None:
                return as_index(self.letter(item.text))
        return self.value(side)

    # --- derivatives ---

    def derivative(self, syntax: Derivative) -> Value:
        """A derivative inside a formula."""
        if syntax.numerator is None:
            raise self.error("this derivative has nothing that it acts on", syntax, r"\frac{\partial L}{\partial z}")
        value = self.derived(self._derived_thing(syntax.numerator), self.value(syntax.denominators[-1]), syntax)
        for below in reversed(syntax.denominators[:-1]):
            value = self.derived(value, self.value(below), syntax)
        return value

    def _derived_thing(self, syntax: Syntax) -> Value:
        """What is derived; a function with its arguments is that function."""
        if isinstance(syntax, Group) and syntax.bracket == "{" and len(syntax.contents) == 1:
            syntax = syntax.contents[0]
        return self.value(syntax)

    def derived(self, of: Value, by: Value, place: Syntax) -> Value:
        """The derivative of a value by a quantity or an entry of one: a tensor whose numbers are true by definition."""
        if not isinstance(by.expression, Element):
            raise self.error(
                "a derivative by something that is not a quantity", place, r"\frac{\partial L}{\partial w}"
            )
        of_tensor, of_indices = self._named(of)
        by_tensor, by_indices = by.expression.tensor, by.expression.indices
        total = not of_tensor.axes and of_tensor.name == str(self.setting.loss)  # through whatever it rests on
        kind = " held" if "direct" in self.options and not total else ""
        name = f"∂{of_tensor.name}/∂{by_tensor.name}{kind}"
        axes = (*of_tensor.axes, *by_tensor.axes)
        tensor = Tensor(name, axes, Role.ADJOINT, of_tensor.name, by_tensor.name)
        expression: Expression = tensor[(*of_indices, *by_indices)]
        if of_tensor.name == by_tensor.name:
            expression = multiply(*(delta(one, other) for one, other in zip(of_indices, by_indices, strict=True)))
        else:
            self.derivatives.append(tensor)
        what = Differentiated(
            of_tensor, tuple(a for a in _ordered(of_indices, of)), by_tensor, tuple(a for a in _ordered(by_indices, by))
        )
        if what.of_axes and what.by_axes:
            if len(what.of_axes) + len(what.by_axes) > 2:
                return Value(expression, derivative=what)
            if "denominator" in self.options:
                return Value(expression, what.by_axes[0], what.of_axes[0], what)
            return Value(expression, what.of_axes[0], what.by_axes[0], what)
        shape = of if what.of_axes else by
        return Value(expression, shape.row, shape.column, what)

    def _named(self, value: Value) -> tuple[Tensor, tuple[Index, ...]]:
        """The quantity that a value is, with its indices; a formula gets a name of its own."""
        if isinstance(value.expression, Element):
            return value.expression.tensor, value.expression.indices
        if self.setting.vocabulary.einstein:
            summed = [axis for axis in value.expression.free - set(value.axes) if twice(value.expression, axis)]
            value = replace(value, expression=einstein(value.expression, summed))
        free = sorted(value.expression.free, key=lambda axis: (axis not in value.axes, axis.name))
        tensor = Tensor(f"({self.key}#{len(self.formulas)})", tuple(Axis(f"f{k}", a.size) for k, a in enumerate(free)))
        self.formulas[tensor] = replace(value, derivative=None)
        self.formula_axes[tensor] = tuple(free)
        return tensor, tuple(map(as_index, free))

    formula_axes: dict[Tensor, tuple[Axis, ...]] = field(default_factory=dict)
    labels: tuple[tuple[str, int], ...] = ()  # the layer that the equation is about
    squares: list[tuple[int | str, int | str]] = field(default_factory=list)  # what has to be square to be multiplied
    alike: list[tuple[int | str, int | str]] = field(default_factory=list)  # what is the same unless told otherwise
    derivatives: list[Tensor] = field(default_factory=list)
    new_letters: set[Axis] = field(default_factory=set)


def inner_of_gradient(name: Name) -> Name | None:
    """The W of a name dW."""
    if len(name.base) < 2 or name.base[0] != "d" or name.primes or name.accents or name.style == "operatorname":
        return None
    inner = name.base[1:]
    if inner.startswith("\\") or inner.isalpha():
        return replace(name, base=inner, span=(name.span[0] + 1, name.span[1]))
    return None


def _ordered(indices: Sequence[Index], value: Value) -> list[Axis]:
    """The axes of a value, in the order of the indices of its tensor."""
    return [index.axis for index in indices if index.axis is not None and index.axis in value.axes]


def _same_derivative(one: Value, other: Value) -> bool:
    a, b = one.derivative, other.derivative
    return a is not None and b is not None and a.of is b.of and a.by is b.by


def _is_layer(term: Syntax) -> bool:
    """Whether a term is the product of weights and what comes into a layer, `W x`, to which a vector is added."""
    first = term.factors[0] if isinstance(term, Product) else None
    return isinstance(first, Name) and first.base in ("W", "V", "U") and not first.superscripts


def _is_plain(value: Value) -> bool:
    return not value.expression.tensors


def _is(part: Syntax, text: str) -> bool:
    return isinstance(part, Number) and part.text == text


def _holder(syntax: Scripted) -> Name:
    return Name("held", syntax.subscripts)


def _is_otherwise(condition: Syntax) -> bool:
    words = condition.content if isinstance(condition, Text) else condition.base if isinstance(condition, Name) else ""
    return says_other_cases(words.lstrip(" ,;:.")) or _IN_OTHER_CASES.match(words) is not None


def _sign_of(syntax: Syntax) -> Span:
    """Where a part stands; of a sum only the sign and its scripts, as the body stands for itself."""
    return (syntax.span[0], syntax.body.span[0]) if isinstance(syntax, BigOperator) else syntax.span


__all__ = ["MANY", "Call", "Callable", "Head", "Max", "Sense", "Setting", "Sort", "bound_letters", "of_derivative",
           "summation", "walk_syntax"]  # fmt: skip
