r"""Syntax to expressions, given a scope: here it is decided whether `f(x)` is a call and `v_i` an element."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction as Rational
from typing import TypeAlias

from chalkgrad.errors import ProgramError, ReadingError, ShapeError, UnknownNameError
from chalkgrad.language import (
    ONE,
    PI,
    Axis,
    Call,
    Element,
    Expression,
    Index,
    Role,
    Sum,
    Tensor,
    add,
    as_index,
    call,
    delta,
    divide,
    fresh_axis,
    index_value,
    indicator,
    multiply,
    number,
    power,
    size_of,
    substitute_axes,
)
from chalkgrad.page.limits import MOST_BITS, DepthGuard, power_bits
from chalkgrad.page.syntax import (
    Addition,
    BigOperator,
    Cases,
    Chain,
    Derivative,
    Dots,
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
    walk_syntax,
)
from chalkgrad.reading.big_operators import big_value
from chalkgrad.reading.products import INDICATORS, product_value
from chalkgrad.reading.scope import Scope, core, index_axes, index_of, is_transpose, split_indices, text_of, written
from chalkgrad.reading.shapes import ANY_SIZE, Value, elementwise, inner_product, whole

_COMPARISONS = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


Part: TypeAlias = tuple[Expression, Span]  # what stands where in the text


@dataclass
class Meaning:
    """The meaning of one equation: the scope of its names, the axes of its index letters, the text for errors."""

    scope: Scope
    text: str = ""
    axes: dict[str, Axis] = field(default_factory=dict)
    taken: set[Axis] = field(default_factory=set)
    guard: DepthGuard = field(default_factory=DepthGuard)
    sizes: dict[str, Expression] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    square: Axis | None = None

    def value(self, syntax: Syntax) -> Value:
        """What the syntax means. Raises `ReadingError` with the place, and `UnknownNameError`."""
        try:
            found = self._value(syntax)
        except ShapeError as problem:
            raise self.error(str(problem), syntax) from None
        except ProgramError as problem:
            raise self.error(str(problem), syntax) from None
        except ReadingError as problem:
            raise problem if problem.line > 1 or problem.column > 1 else self._placed(problem, syntax) from None
        if not self.guard.admits(found.expression):
            raise self.error("the expression is nested too deeply", syntax)
        self.parts.append((found.expression, _sign_of(syntax)))
        return found

    def error(self, problem: str, syntax: Syntax, expected: str = "") -> ReadingError:
        """The error for a part of the text."""
        before = self.text[: syntax.span[0]]
        line, column = before.count("\n") + 1, syntax.span[0] - before.rfind("\n")
        return ReadingError(problem, line=line, column=column, text=self.text, expected=expected)

    def _placed(self, problem: ReadingError, syntax: Syntax) -> ReadingError:
        return self.error(problem.problem, syntax, problem.expected)

    def _value(self, syntax: Syntax) -> Value:
        match syntax:
            case Number(text=text):
                return Value(number(Rational(text)))
            case Name():
                return self._name(syntax)
            case Scripted():
                return self.scripted(syntax, self.value(syntax.base))
            case Group():
                return self._group(syntax)
            case Fraction(numerator=above, denominator=below):
                return elementwise(divide, self.value(above), self.value(below))
            case Derivative():
                return self._derivative(syntax)
            case Root(radicand=radicand, degree=None):
                return elementwise(lambda inner: call("sqrt", inner), self.value(radicand))
            case Root(radicand=radicand, degree=Number(text=text)):
                exponent = number(Rational(1, max(1, int(text))))
                return elementwise(lambda inner: power(inner, exponent), self.value(radicand))
            case Addition(signs=signs, terms=terms):
                values = self._terms(terms)
                return elementwise(lambda *all_: add(*map(multiply, signs, all_)), *values)
            case Product():
                return product_value(self, syntax)
            case BigOperator():
                return big_value(self, syntax)
            case Cases():
                return self._cases(syntax)
            case Chain():
                return self._comparison(syntax)
            case Dots():
                raise self.error("dots stand for something that has to be guessed", syntax, "every term")
            case Text(content=content):
                raise self.error(f"the words '{content}' stand where maths should", syntax)
        raise self.error("this cannot be read", syntax)

    def _terms(self, terms: Sequence[Syntax]) -> list[Value]:
        """The terms of a sum; beside a square matrix an unknown I is the identity of its size."""
        identities = [each for each in terms if "I" not in self.scope.tensors and self._names_identity(each)]
        values = {id(term): self.value(term) for term in terms if term not in identities}
        square = next((each for each in values.values() if each.row and each.column), None)
        if identities and square is not None and square.row is not None:
            before, self.square = self.square, square.row
            values |= {id(term): self.value(term) for term in identities}
            self.square = before
        return [values[id(term)] if id(term) in values else self.value(term) for term in terms]

    def _names_identity(self, term: Syntax) -> bool:
        return any(isinstance(part, Name) and part == Name("I", style=part.style) for part in walk_syntax(term))

    # --- names ---

    def _name(self, name: Name) -> Value:
        resolved = self.scope.use(name)
        if resolved is None:
            return self.unknown_name(name)
        tensor, exponents = resolved.tensor, resolved.exponents
        size = self.scope.sizes.get(written(name))
        if resolved.indices is None and size is not None:
            value = Value(size)
        elif resolved.indices is None:
            axes: list[Axis] = []
            for axis in tensor.axes:
                axes.append(fresh_axis(axis, self.taken | set(self.axes.values()) | set(axes)))
            self.taken.update(axes)
            value = whole(tensor, tuple(axes))
            if tensor in self.scope.turned:
                value = value.transposed
            if len(axes) == 1 and self.scope.lying.get(tensor, self.scope.rows):
                value = value.transposed
            if len(axes) == 1:
                value = replace(value, loose=tensor not in self.scope.lying)
        else:
            indices: list[Index] = []
            free: list[Axis] = []
            for part, axis in zip(resolved.indices, tensor.axes, strict=True):
                if part is None:
                    free.append(fresh_axis(axis, self.taken | set(self.axes.values()) | set(free)))
                indices.append(as_index(free[-1]) if part is None else index_of(part, self.axes, axis))
            self.taken.update(free)
            for index, axis in zip(indices, tensor.axes, strict=True):
                if index.axis is not None and index.axis.size != axis.size:
                    runs = f"the index {index.axis.name} runs over {index.axis.size} here"
                    problem = f"{runs}, but '{core(name)}' has {axis.size}"
                    raise self.error(problem, name)
            row, column = (*free, None, None)[:2]
            value = Value(tensor[tuple(indices)], row, column, loose=len(free) == 1)
            if len(free) == 1 and self.scope.lying.get(tensor, self.scope.rows):
                value = value.transposed
        if resolved.transposed:
            value = value.transposed
        return self.raised(value, exponents, name)

    def unknown_name(self, name: Name) -> Value:
        """What a name that is no tensor means: e, π, ones, an indicator, or a run of names."""
        if core(name) in self.scope.sizes and not name.subscripts:
            return self.raised(Value(self.scope.sizes[core(name)]), name.superscripts, name)
        if self.square is not None and name.base == "I":
            row = fresh_axis(self.square, self.taken)
            column = fresh_axis(self.square, self.taken | {row})
            self.taken |= {row, column}
            return Value(delta(row, column), row, column)
        if core(name) in INDICATORS and name.subscripts and isinstance(name.subscripts[0], Chain):
            return self.value(name.subscripts[0])
        if name.base == "1" and not name.subscripts:
            axis = fresh_axis(Axis("ones", ANY_SIZE), self.taken)
            self.taken.add(axis)
            turned = sum(map(is_transpose, name.superscripts)) % 2 == 1
            return Value(ONE, None, axis) if turned else Value(ONE, axis)
        if not (name.superscripts or name.accents):
            found = self._place_or_size(name)
            if found is not None:
                return Value(found)
        if name.base in ("e", r"\exp") and name.superscripts and not name.subscripts and not name.primes:
            return elementwise(lambda inner: call("exp", inner), self.value(name.superscripts[0]))
        if name.base == r"\pi" and not name.subscripts:
            return self.raised(Value(PI), name.superscripts, name)
        if name.base == "e" and not (name.subscripts or name.superscripts or name.primes):
            return Value(call("exp", number(1)))
        if self.scope.function(replace(name, primes=0, superscripts=())):
            raise self.error(f"'{core(name)}' has no argument", name, "what it is applied to, in brackets")
        pieces = self.scope.segments(name)
        if pieces and len(pieces) > 1:
            return product_value(self, Product(("",) * len(pieces), pieces, name.span))
        below = f"_{{{','.join(map(text_of, name.subscripts))}}}" if name.subscripts else ""
        unknown = UnknownNameError("name", core(name) + below, (*self.scope.tensors, *self.scope.elements))
        raise self.error(str(unknown), name)

    def _place_or_size(self, name: Name) -> Expression | None:
        r"""The place that an index letter stands for (counted from 1), the size that is a letter, or δ_{ij}."""
        if name.base == r"\delta" and name.subscripts:
            pair = split_indices(name.subscripts, 2)
            if pair is not None and any(core(part) in self.axes for part in pair if isinstance(part, Name)):
                left, right = (index_of(part, self.axes, Axis("", "")) for part in pair)
                return delta(left, right)
            return None
        if core(name) in self.axes and not name.subscripts:
            return index_value(self.axes[core(name)]) + 1
        return self.scope.sizes.get(written(name)) or self.sizes.get(written(name))

    def raised(self, value: Value, exponents: Sequence[Syntax], place: Syntax) -> Value:
        """The value to the powers."""
        for exponent in exponents:
            if isinstance(exponent, Name) and exponent.base == "*":
                continue
            above = self.value(exponent)
            if not above.scalar:
                raise self.error("an exponent that is not a number", exponent)
            if power_bits(value.expression, above.expression) > MOST_BITS:
                raise self.error("the power has more digits than are kept", exponent)
            value = elementwise(power, value, above)
        return value

    def scripted(self, syntax: Scripted, value: Value) -> Value:
        """The value of something in brackets with the scripts that hang on it."""
        exponents = [part for part in syntax.superscripts if not is_transpose(part)]
        if sum(map(is_transpose, syntax.superscripts)) % 2 or (syntax.primes == 1 and not value.scalar):
            value = value.transposed
        elif syntax.primes:
            raise self.error("a prime on something that is not a name", syntax)
        if isinstance(syntax.base, Group) and syntax.base.bracket == r"\|":
            below = [text_of(part) for part in syntax.subscripts]
            if below == ["1"]:
                value = self._norm(syntax.base, lambda inner: call("abs", inner))
            elif below not in ([], ["2"], ["F"]):
                raise self.error(f"the norm _{below[0]}", syntax, "the norm without a subscript, or _1, _2, _F")
            elif [text_of(part) for part in exponents] == ["2"]:
                assert isinstance(value.expression, Call)
                return Value(value.expression.argument)
        elif syntax.subscripts:
            value = self._picked(value, syntax)
        return self.raised(value, exponents, syntax)

    def _picked(self, value: Value, syntax: Scripted) -> Value:
        """An element of something that is not a name, `(W x)_j`, or a row of it."""
        if len(syntax.subscripts) == 1 and value.row is not None and value.column is not None:
            picked = {value.row: index_of(syntax.subscripts[0], self.axes, value.row)}
            return Value(substitute_axes(value.expression, picked), value.column, loose=True)
        if len(syntax.subscripts) != len(value.axes):
            raise self.error(f"{len(syntax.subscripts)} indices on something with {len(value.axes)} axes", syntax)
        changes = {
            axis: index_of(part, self.axes, axis) for part, axis in zip(syntax.subscripts, value.axes, strict=True)
        }
        return Value(substitute_axes(value.expression, changes))

    def _group(self, group: Group) -> Value:
        if group.bracket == r"\|" and len(group.contents) == 1:
            return Value(call("sqrt", self._norm(group, lambda inner: power(inner, 2)).expression))
        if group.bracket == r"\langle" and len(group.contents) == 2:
            return inner_product(*map(self.value, group.contents))
        if len(group.contents) != 1:
            raise self.error("a list stands where a number should", group)
        value = self.value(group.contents[0])
        if group.bracket == "|":
            return elementwise(lambda inner: call("abs", inner), value)
        return value

    def _norm(self, group: Group, of: Callable[[Expression], Expression]) -> Value:
        """The sum of something of each entry between the bars."""
        value = self.value(group.contents[0])
        total = elementwise(of, value).expression
        for axis in value.axes:
            total = Sum(total, axis)
        return Value(total)

    # --- sums, cases, comparisons, derivatives ---

    def _cases(self, cases: Cases) -> Value:
        """Each value where its condition holds and none before it did."""
        terms: list[Value] = []
        earlier: list[Value] = []
        for value, condition in cases.rows:
            gates = list(earlier)
            if condition is not None:
                gate = self._comparison(condition)
                gates.append(gate)
                earlier.append(elementwise(lambda inner: add(1, multiply(-1, inner)), gate))
            terms.append(elementwise(multiply, *gates, self.value(value)))
        return elementwise(add, *terms)

    def _comparison(self, syntax: Syntax) -> Value:
        if not isinstance(syntax, Chain):
            raise self.error("this is not a condition", syntax, "a comparison such as z > 0")
        gates: list[Value] = []
        for relation, left, right in zip(syntax.relations, syntax.sides, syntax.sides[1:], strict=False):
            if relation not in _COMPARISONS:
                raise self.error(f"the relation {relation} stands where a number should", syntax)
            sides = (self.value(left), self.value(right))
            gates.append(elementwise(_comparing(_COMPARISONS[relation]), *sides))
        return elementwise(multiply, *gates) if gates else self.value(syntax.sides[0])

    def _derivative(self, derivative: Derivative) -> Value:
        """A derivative inside a formula: an element of the adjoint tensor, whose value the calculus knows."""
        if derivative.numerator is None or len(derivative.denominators) != 1:
            raise self.error("this derivative stands alone", derivative, r"\frac{\partial L}{\partial z}")
        above, below = derivative.numerator, derivative.denominators[0]
        found = []
        for part in (above, below):
            if not isinstance(part, Name):
                raise self.error("a derivative of something that is not a name", part)
            value = self.value(part)
            if not isinstance(value.expression, Element):
                raise self.error("a derivative of something that is not a name", part)
            found.append(value)
        of, by = (value.expression for value in found)
        assert isinstance(of, Element)
        assert isinstance(by, Element)
        name = f"d{of.tensor.name}_d{by.tensor.name}"
        axes = (*of.tensor.axes, *by.tensor.axes)
        tensor = Tensor(name, axes, Role.ADJOINT, of.tensor.name, by.tensor.name)
        shape = (*found[0].axes, *found[1].axes)
        if len(shape) > 2:
            raise self.error(
                f"a derivative with {len(shape)} axes in a product", derivative, "its elements, by indices"
            )
        row, column = (*shape, None, None)[:2]
        return Value(tensor[(*of.indices, *by.indices)], row, column, loose=len(shape) == 1)


def _comparing(comparison: str) -> Callable[[Expression, Expression], Expression]:
    return lambda left, right: indicator(comparison, left, right)


def _sign_of(syntax: Syntax) -> Span:
    """Where a part stands; of a sum only the sign and its scripts, as the body stands for itself."""
    return (syntax.span[0], syntax.body.span[0]) if isinstance(syntax, BigOperator) else syntax.span


def meaning_of(
    syntax: Syntax,
    scope: Scope,
    text: str = "",
    axes: dict[str, Axis] | None = None,
    parts: list[Part] | None = None,
) -> Value:
    r"""What a piece of syntax means in a scope; letters used as indices and bound by no sum are free axes.

    What each of its parts means, with its place, is added to `parts`.

    >>> from chalkgrad.reading.latex import read_latex
    >>> j = Axis("j", 3)
    >>> scope = Scope({"h": Tensor("h", (j,)), "v": Tensor("v", (j,)), "c": Tensor("c")})
    >>> formula, = read_latex(r"\sigma(\sum_k v_k h_k + c)")
    >>> str(meaning_of(formula, scope).expression)
    'sigmoid(sum(k, v[k]*h[k]) + c)'
    """
    known = dict(axes or {})
    for letter, used in index_axes(scope, syntax).items():
        if letter not in known and len(used) == 1:
            known[letter] = Axis(letter, used[0].size)
    meaning = Meaning(scope, text, known, sizes=_sizes_of_sums(syntax, scope), parts=[] if parts is None else parts)
    try:
        return meaning.value(syntax)
    except RecursionError:
        raise meaning.error("the formula is nested too deeply", syntax) from None


def _sizes_of_sums(syntax: Syntax, scope: Scope) -> dict[str, Expression]:
    r"""The letters to which sums run, with the sizes that they stand for: the n of `\frac1n \sum_{i=1}^n`."""
    found: dict[str, Expression] = {}
    for part in walk_syntax(syntax):
        if isinstance(part, BigOperator) and part.superscripts and isinstance(part.superscripts[0], Name):
            index = part.subscripts[0] if part.subscripts else None
            index = index.sides[0] if isinstance(index, Chain) else index
            used = index_axes(scope, part.body).get(core(index), []) if isinstance(index, Name) else []
            if len(used) == 1:
                found.setdefault(written(part.superscripts[0]), size_of(used[0]))
    return found
