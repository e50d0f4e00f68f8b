"""Plain-text maths to expressions: `sum(i, x[i]*W[i,j]) + b[j]`, and what people type, such as `(1-x^3) + 2|y|`.

The grammar is in `plain.lark`; what its parts mean is here. Trees are worked through without recursion.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import cache
from importlib.resources import files
from typing import Any

from lark import Lark, Token, Tree
from lark.exceptions import UnexpectedInput

from chalkgrad.errors import ProgramError, UnknownNameError
from chalkgrad.language import (
    MATRIX_FUNCTIONS,
    Axis,
    Expression,
    Index,
    IndexValue,
    Max,
    SizeOf,
    Sum,
    Tensor,
    add,
    as_index,
    call,
    delta,
    divide,
    fresh_axis,
    indicator,
    matrix_function,
    multiply,
    number,
    power,
    size_of,
)
from chalkgrad.language.matrix_functions import MATRIX_FUNCTION_NAMES
from chalkgrad.language.named import chosen, log_softmax, logsumexp, place_of_greatest, softmax
from chalkgrad.language.programs import goes_along
from chalkgrad.page.limits import (
    DEEPEST_EXPRESSION,
    LARGEST_DECIMAL_EXPONENT,
    LARGEST_INDEX,
    LONGEST_NUMBER,
    MOST_BITS,
    coefficient_bits,
    power_bits,
)
from chalkgrad.page.spelling import extreme_of, function_names, plain_characters, plain_name
from chalkgrad.reading.plain_names import Branch, PlainNames, Value

_NORMAL = {"Phi": "normal_cdf", "Φ": "normal_cdf", "phi": "normal_density", "φ": "normal_density"}
_ALONG = {"softmax": softmax, "log_softmax": log_softmax, "logsumexp": logsumexp}
_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-")
_COMPARISONS = {"≥": ">=", "≤": "<=", "≠": "!=", "==": "="}


def read_expression(text: str, tensors: Mapping[str, Tensor] | None = None) -> Expression:
    """The expression that a line of plain text stands for.

    With `tensors`, every name must be one of them. Without, each free name becomes a tensor: its axes are the indices
    of its first use, and the size of an index `i` that nothing else fixes is the name "i".

    Raises `ReadingError` with line, column and what was expected; `UnknownNameError` for a function or a name that
    is not known.

    >>> str(read_expression("(1-x^3) + 100*(y^2-x)^2"))
    '1 - x^3 + 100*(y^2 - x)^2'
    >>> str(read_expression("log(1 + e^(−t[i]·sum(j, X[i,j] w[j])))"))
    'log(1 + exp(-t[i]*sum(j, X[i,j]*w[j])))'
    """
    return PlainReader(PlainNames(text, tensors)).expression()


@cache
def _parser() -> Lark:
    grammar = files("chalkgrad.reading").joinpath("plain.lark").read_text(encoding="utf-8")
    names = sorted(map(re.escape, function_names()), key=len, reverse=True)
    grammar = grammar.replace("FUNCTION_NAMES", "|".join(names))
    for marker, entries in (("WHOLE_NAMES", False), ("ENTRY_NAMES", True)):
        chosen = [name for name, row in MATRIX_FUNCTION_NAMES.items() if MATRIX_FUNCTIONS[row].gives_matrix is entries]
        grammar = grammar.replace(f"({marker})", f"({'|'.join(sorted(chosen, key=len, reverse=True))})")
    return Lark(grammar, parser="lalr", start=["expression", "equation"], propagate_positions=True)


class PlainReader:
    """One piece of plain text being read."""

    def __init__(self, names: PlainNames) -> None:
        self.names, self.text = names, names.text

    def expression(self) -> Expression:
        """The expression that the text is."""
        tree = self._parsed("expression")
        return self.names.resolved(self._value(tree, tree.children[0]), tree)

    def equation(self) -> tuple[str, tuple[str, ...], Expression]:
        """The equation that the text is: the name on the left, its indices, and the right side."""
        tree = self._parsed("equation")
        left, relation, right = tree.children
        if relation != "=":
            raise self.names.error(relation, f"'{relation}' where an equation has '='")
        is_element = isinstance(left, Tree) and left.data == "element"
        if not (isinstance(left, Tree) and left.data in ("element", "name")):
            raise self.names.error(left, "the left side is not a name", "a name, or a name with indices, such as h[j]")
        indices: list[str] = []
        for index in left.children[1:] if is_element else ():
            names = list(index.scan_values(lambda part: True))
            if len(names) != 1 or names[0].type != "NAME":
                raise self.names.error(index, "the left side has an index that is not a name")
            indices.append(str(names[0]))
        self.names.infer(right)
        body = self.names.resolved(self._value(right, right), right)
        return plain_name(str(left.children[0])), tuple(indices), body

    def assumption(self) -> tuple[Expression, Expression]:
        """The two sides of the equation that the text is."""
        tree = self._parsed("equation")
        left, _, right = tree.children
        self.names.infer(tree)
        return self.names.resolved(self._value(left, left), left), self.names.resolved(self._value(right, right), right)

    def parsed(self, text: str, start: str) -> Branch:
        """The tree of a text, an `expression` or an `equation`; raises `ReadingError`."""
        try:
            return _parser().parse(plain_characters(text), start=start)
        except UnexpectedInput as problem:
            raise self.names.unexpected(problem) from None

    def value(self, root: Branch) -> Value:
        """What a tree means, once the names know its indices."""
        return self._value(root, root)

    def _parsed(self, start: str) -> Branch:
        tree = self.parsed(self.text, start)
        if start == "expression":
            self.names.infer(tree)
        return tree

    # --- what the parts of the tree mean, innermost first ---

    def _value(self, tree: Branch, root: Branch) -> Value:
        values: dict[int, Value] = {}
        if isinstance(root, Tree):
            for part in root.iter_subtrees():
                values[id(part)] = self._meaning(part, values)
        result = values[id(root)]
        return result

    def _meaning(self, tree: Branch, values: dict[int, Value]) -> Value:
        def get(child: Any) -> Expression:
            return self.names.resolved(values[id(child)], child)

        if tree.data == "name":
            token: Token = tree.children[0]
            return token
        if tree.data == "group" and isinstance(values[id(tree.children[0])], Token):
            return get(tree.children[0])
        if tree.data in ("index_term",):
            return as_index(0)
        if tree.data == "index":
            return self._index(tree)
        if tree.data == "label":
            return self._element(tree, values, get)
        try:
            result = _MEANINGS[tree.data](self, tree, values, get)
        except ProgramError as problem:
            raise self.names.error(tree, str(problem)) from None
        if result.depth > DEEPEST_EXPRESSION:
            raise self.names.error(tree, "the expression is nested too deeply")
        return result

    def _index(self, tree: Branch) -> Index:
        total, sign = as_index(0), 1
        for child in tree.children:
            if isinstance(child, Token):
                sign = -1 if child == "-" else 1
                continue
            coefficient, name = 1, None
            for part in child.children:
                if part.type == "NUMBER":
                    if not part.isdigit() or int(part) > LARGEST_INDEX:
                        raise self.names.error(part, f"'{part}' in an index", "a whole number")
                    coefficient = int(part)
                elif part.type == "NAME":
                    name = str(part)
                elif part != "*":
                    raise self.names.error(part, "division in an index", "whole multiples of index names")
            term = as_index(self.names.axis(name)) * coefficient if name else as_index(coefficient)
            total = total + term * sign
            sign = 1
        return total

    def _number(self, tree: Branch, values: Any, get: Any) -> Expression:
        token = str(tree.children[0])
        mantissa, _, exponent = token.lower().partition("e")
        if len(mantissa) > LONGEST_NUMBER or (exponent and abs(int(exponent[:9])) > LARGEST_DECIMAL_EXPONENT):
            raise self.names.error(tree, "a number with too many digits", f"at most {LONGEST_NUMBER}")
        return number(Fraction(token))

    def _element(self, tree: Branch, values: dict[int, Value], get: Any) -> Expression:
        name = plain_name(str(tree.children[0]))
        tensor = self.names.tensors.get(name)
        if tensor is None:
            raise UnknownNameError("name", name, self.names.tensors)
        indices = tuple(values[id(child)] for child in tree.children[1:])
        if len(indices) != len(tensor.axes):
            problem = f"'{name}' has {len(indices)} indices here and {len(tensor.axes)} axes"
            raise self.names.error(tree, problem, "one index for each axis")
        for index, axis, written in zip(indices, tensor.axes, tree.children[1:], strict=True):
            if isinstance(index, Index) and index.axis is not None and not goes_along(index.axis, axis):
                if _has_offset(written):  # `i+0`: a part of the axis
                    continue
                problem = f"the index '{index}' has size {index.axis.size}, but that axis of '{name}' has {axis.size}"
                raise self.names.error(tree, problem)
        taken = set(self.names.axes.values())
        labels: list[tuple[Axis, Expression]] = []
        places: list[Any] = []
        for index, axis in zip(indices, tensor.axes, strict=True):
            if isinstance(index, Expression):
                labels.append((fresh_axis(axis, taken), index))
                taken.add(labels[-1][0])
                places.append(labels[-1][0])
            else:
                places.append(index)
        found: Expression = tensor[tuple(places)]
        for own, label in labels:
            found = chosen(found, own, label)
        return found

    def _added(self, tree: Branch, values: Any, get: Callable[[Any], Expression]) -> Expression:
        terms: list[Expression] = []
        sign = 1
        for child in tree.children:
            if isinstance(child, Token):
                sign = -1 if child == "-" else 1
            else:
                terms.append(multiply(sign, get(child)))
                sign = 1
        return add(*terms)

    def _multiplied(self, tree: Branch, values: Any, get: Callable[[Any], Expression]) -> Expression:
        factors = [get(tree.children[0])]
        operator = before = None
        for place, child in enumerate(tree.children):
            if isinstance(child, Token):
                operator = child
            elif place:
                factor = get(child)
                if operator is None:
                    self._check_implied(tree, place)
                factors.append(divide(1, factor) if operator == "/" else factor)
                operator = before
        self._check_bits(tree, coefficient_bits(factors))
        return multiply(*factors)

    def _check_implied(self, tree: Branch, place: int) -> None:
        """Refuses `2 3`, `foo(x)` and `1/2x`, where a product is not what the writer surely meant."""
        child, before = tree.children[place], tree.children[place - 1]
        first = child
        while first.data in ("power", "superscript"):
            first = first.children[0]
        if first.data == "number":
            raise self.names.error(first, "a number right after another factor", "* between them")
        if first.data == "group" and before.data == "name":
            name = str(before.children[0])
            declared = self.names.closed and plain_name(name) in self.names.tensors
            if not declared and name not in self.names.product_names:
                base = name.rstrip("'")
                if len(base.rstrip("0123456789")) > 1 or base in ("f", "g") or name != base:
                    at = self.text.find(base, before.meta.start_pos)
                    raise UnknownNameError("function", base, sorted(function_names()), text=self.text, at=max(at, 0))
        if place >= 2 and tree.children[place - 2] == "/" and before.meta.end_pos == child.meta.start_pos:
            denominator = self.text[before.meta.start_pos : child.meta.end_pos]
            problem = f"'/{denominator}' can be read in two ways"
            raise self.names.error(before, problem, "brackets around the denominator")

    def _check_bits(self, tree: Branch, bits: int) -> None:
        if bits > MOST_BITS:
            raise self.names.error(tree, "the numbers multiply to more digits than are kept")

    def _signed(self, tree: Branch, values: Any, get: Callable[[Any], Expression]) -> Expression:
        sign, inner = tree.children
        return multiply(-1 if sign == "-" else 1, get(inner))

    def _power(self, tree: Branch, values: dict[int, Value], get: Callable[[Any], Expression]) -> Expression:
        base, exponent = tree.children[0], get(tree.children[1])
        if values[id(base)] == "e" and not (self.names.closed and "e" in self.names.tensors):
            return call("exp", exponent)
        self._check_bits(tree, power_bits(get(base), exponent))
        return power(get(base), exponent)

    def _superscript(self, tree: Branch, values: Any, get: Callable[[Any], Expression]) -> Expression:
        token = tree.children[1]
        if len(token) > LONGEST_NUMBER:
            raise self.names.error(token, "a number with too many digits", f"at most {LONGEST_NUMBER}")
        exponent = number(int(token.translate(_SUPERSCRIPTS)))
        base = get(tree.children[0])
        self._check_bits(tree, power_bits(base, exponent))
        return power(base, exponent)

    def _call(self, tree: Branch, values: Any, get: Callable[[Any], Expression]) -> Expression:
        name = str(tree.children[0])
        base = name.rstrip("'")
        if name in _NORMAL:
            return call(_NORMAL[name], get(tree.children[1]))
        return call(function_names()[base.lower()], get(tree.children[1]), len(name) - len(base))

    def _summation(self, tree: Branch, values: Any, get: Callable[[Any], Expression]) -> Expression:
        *names, body = tree.children[1:]
        result = get(body)
        for name in reversed(names):
            result = Sum(result, self.names.axis(str(name)))
        return result

    def _along(self, tree: Branch, values: Any, get: Callable[[Any], Expression]) -> Expression:
        function, *names, body = tree.children
        axes = [self.names.axis(str(name)) for name in names]
        if function == "argmax":
            if len(axes) > 1:
                raise self.names.error(names[1], "the place of the greatest is along one index", "one index")
            return place_of_greatest(get(body), axes[0])
        return _ALONG[str(function)](get(body), *axes)

    def _extreme(self, tree: Branch, values: dict[int, Value], get: Callable[[Any], Expression]) -> Expression:
        kind, first, *rest = tree.children
        over = [values[id(each)] for each in (first, *rest[:-1])]
        if all(self._is_axis(each) for each in over):
            body = get(rest[-1])
            for each in reversed(over):
                axis = self.names.axis(str(each))
                body = Max(body, axis) if kind == "max" else -Max(-body, axis)
            return body
        best = get(first)
        for other in rest:
            best = extreme_of(str(kind), best, get(other))
        return best

    def _is_axis(self, value: Value) -> bool:
        known = isinstance(value, Token) and value in self.names.axes
        return known and plain_name(str(value)) not in self.names.tensors

    def _of_matrix(self, tree: Branch, values: dict[int, Value], get: Callable[[Any], Expression]) -> Expression:
        name, rows, columns, body, *places = tree.children
        at = [place for place in (values[id(each)] for each in places) if isinstance(place, Index)]
        return matrix_function(str(name), get(body), self.names.axis(str(rows)), self.names.axis(str(columns)), at)

    def _delta(self, tree: Branch, values: dict[int, Value], get: Any) -> Expression:
        left, right = (values[id(child)] for child in tree.children[1:])
        return delta(left, right)  # type: ignore[arg-type]

    def _position(self, tree: Branch, values: dict[int, Value], get: Any) -> Expression:
        index = values[id(tree.children[1])]
        assert isinstance(index, Index)
        return IndexValue(index) if index.terms else number(index.offset)

    def _indicator(self, tree: Branch, values: Any, get: Callable[[Any], Expression]) -> Expression:
        left, comparison, right = tree.children
        return indicator(_COMPARISONS.get(comparison, str(comparison)), get(left), get(right))

    def _bars(self, tree: Branch, values: dict[int, Value], get: Callable[[Any], Expression]) -> Expression:
        inside = values[id(tree.children[1])]
        if isinstance(inside, Token) and plain_name(inside) not in self.names.tensors:
            sizes = {str(axis.size) for axis in self.names.axes.values()}
            known = self.names.axes.get(str(inside))
            if inside in sizes or known is not None:
                return size_of(known) if known is not None else SizeOf(str(inside))
        return call("abs", get(tree.children[1]))

    def _root(self, tree: Branch, values: Any, get: Callable[[Any], Expression]) -> Expression:
        return call("sqrt", get(tree.children[1]))

    def _group(self, tree: Branch, values: Any, get: Callable[[Any], Expression]) -> Expression:
        return get(tree.children[0])


_MEANINGS: dict[str, Callable[..., Expression]] = {
    "expression": PlainReader._group,
    "group": PlainReader._group,
    "number": PlainReader._number,
    "element": PlainReader._element,
    "sum": PlainReader._added,
    "product": PlainReader._multiplied,
    "signed": PlainReader._signed,
    "power": PlainReader._power,
    "superscript": PlainReader._superscript,
    "call": PlainReader._call,
    "summation": PlainReader._summation,
    "extreme": PlainReader._extreme,
    "along": PlainReader._along,
    "of_matrix": PlainReader._of_matrix,
    "delta": PlainReader._delta,
    "position": PlainReader._position,
    "indicator": PlainReader._indicator,
    "bars": PlainReader._bars,
    "root": PlainReader._root,
}


def _has_offset(index: Branch) -> bool:
    """Whether a number stands beside the letter of an index: then it says itself which part of an axis it reads."""
    terms = [term.children for term in index.children if isinstance(term, Tree)]
    return any(len(term) == 1 and isinstance(term[0], Token) and term[0].type == "NUMBER" for term in terms)
