r"""Sums, products, and the greatest of several, over letters: `\sum_{i=1}^n`, `\sum_{j \ne i}`, `\prod_i`, `\max_j`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from chalkgrad.language import (
    Axis,
    Expression,
    Max,
    SizeOf,
    Sum,
    Tensor,
    add,
    as_index,
    delta,
    index_value,
    indicator,
    multiply,
    number,
    substitute_axes,
)
from chalkgrad.page.syntax import (
    Addition,
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
from chalkgrad.reading.layout import MisfitError, Value
from chalkgrad.reading.products_over import product_over
from chalkgrad.reading.scripts import Item, base_of
from chalkgrad.reading.vocabulary import bound_letters, quantities, size_key

if TYPE_CHECKING:
    from chalkgrad.reading.sense import Sense

MANY = "many"


def big_value(sense: Sense, syntax: BigOperator) -> Value:
    """The value of a sum, a product, or of the greatest of several, over the letters below the sign."""
    if syntax.kind in ("row", "column"):
        return _list_value(sense, syntax)
    node = Sum if syntax.kind == "sum" else Max
    items = [item for item in bound_letters(syntax) if item.text not in sense.setting.vocabulary.unworn]
    if not items and syntax.subscripts and syntax.kind != "prod":
        body = sense.value(syntax.body)
        return _unindexed(sense, body, Axis("every", MANY), syntax)
    outer = dict(sense.letters)
    axes: list[Axis] = []
    for item in items:
        sense.count += 1
        axis = Axis(item.text if item.text not in outer else f"{item.text}{sense.count}",
                    f"{sense.key}/{item.text}{sense.count}")  # fmt: skip
        sense.letters[item.text] = axis
        axes.append(axis)
    sense.new_letters = set()
    before = set(sense.letters.values())
    try:
        body = sense.value(syntax.body)
        sense.new_letters = set(sense.letters.values()) - before
        gates = _gates(sense, syntax, axes)
    finally:
        for item in items:
            if item.text in outer:
                sense.letters[item.text] = outer[item.text]
            else:
                sense.letters.pop(item.text, None)
    if syntax.kind == "prod":
        if not axes or not body.scalar:
            raise sense.error("a product over the places of something cannot be read yet", syntax)
        if any(isinstance(part, Derivative) for part in walk_syntax(syntax.body)):
            raise sense.error("a chain of derivatives over an index cannot be read yet", syntax)
        return Value(product_over(body.expression, axes, gates))
    expression = multiply(*gates, body.expression) if gates else body.expression
    if not items:
        return _all_of(sense, Value(expression, body.row, body.column), node, syntax)
    for axis in reversed(axes):
        if axis not in expression.free and len(axes) == 1 and node is Sum:
            if _is_of_constants(sense, syntax):
                return Value(multiply(SizeOf(str(axis.size)), expression), body.row, body.column)
            return _unindexed(sense, Value(expression, body.row, body.column), axis, syntax)
        expression = node(expression, axis)
    return Value(expression, body.row, body.column)


def _is_of_constants(sense: Sense, syntax: BigOperator) -> bool:
    r"""Whether a sum runs over nothing but what the document derives by, which is one for all: `\sum_{i=1}^n \mu`."""
    vocabulary = sense.setting.vocabulary
    names = list(quantities(syntax.body))
    return bool(names) and all(vocabulary.use(name).symbol in vocabulary.derived_by for name in names)


def _list_value(sense: Sense, syntax: BigOperator) -> Value:
    """A row or a column of what stands at each place."""
    letter = bound_letters(syntax)[0].text
    outer = dict(sense.letters)
    sense.count += 1
    axis = Axis(f"{letter}{sense.count}", f"{sense.key}/{letter}{sense.count}")
    sense.letters[letter] = axis
    try:
        body = sense.value(syntax.body)
        begin = syntax.subscripts[0]
        first = int(begin.sides[1].text) if isinstance(begin, Chain) and isinstance(begin.sides[1], Number) else 1
        for upper in syntax.superscripts:
            if _upper(sense, axis, upper, first):
                raise sense.error("a list that ends at a formula", syntax)
    finally:
        sense.letters = outer
    across = syntax.kind == "row"
    if body.derivative is not None and body.kind == "T":
        raise sense.error("a list of matrices cannot be read yet", syntax)
    if (body.column if across else body.row) is not None:
        raise MisfitError("rows stand side by side" if across else "columns stand below each other", syntax.span)
    return Value(body.expression, body.row, axis) if across else Value(body.expression, axis, body.column)


def for_each_index(sense: Sense, value: Value, syntax: Scripted, items: Sequence[Item]) -> Value | None:
    r"""Entries for all their indices, `(f_{ij})_{i,j=1}^{n,m}`, where the letters below the bracket stand in it."""
    letters = [item.text for item in items if item.kind == "letter" and not item.offset]
    starts = False
    for part in syntax.subscripts:
        if isinstance(part, Chain) and isinstance(part.sides[0], Name) and part.relations == ("=",):
            starts = True
            letters.append(base_of(part.sides[0]))
        elif isinstance(part, Name) and not part.subscripts:
            letters.append(base_of(part))
    letters = list(dict.fromkeys(letters))
    axes = [sense.letters.get(letter) for letter in letters]
    known = [axis for axis in axes if axis is not None and axis in value.expression.free]
    if not known or len(known) != len(letters) or len(known) > 2:
        return None
    if starts:
        for axis, upper in zip(known, syntax.superscripts, strict=False):
            _upper(sense, axis, upper, 1)
    changes = {axis: sense.fresh(axis.size) for axis in known}
    for letter in letters:
        del sense.letters[letter]
    row, column = (*changes.values(), None)[:2]
    return Value(substitute_axes(value.expression, changes), row, column)


def of_entries(sense: Sense, value: Value, letters: set[str], like: Value) -> Value:
    r"""What stands in brackets with as many new letters as the side that it is to be like has axes: the matrix of such
    entries, `\left[ \frac{\partial f}{\partial X_{ij}} \right]`, whose rows have the letter that comes first in the
    alphabet.
    """
    new = sorted(text for text in letters if sense.letters[text] in value.expression.free)
    if not value.scalar or not new or len(new) != len(like.axes) or {axis.name for axis in like.axes} & set(new):
        return value
    axes = [sense.letters.pop(text) for text in new]
    row, column = (axes[0], axes[1]) if len(axes) == 2 else (like.row and axes[0], like.column and axes[0])
    return Value(value.expression, row, column)


def stacked(sense: Sense, table: Sequence[Sequence[Value]], group: Group) -> Value:
    """Rows one below the other, or columns side by side, as a matrix."""
    down = all(len(row) == 1 and row[0].kind == "R" for row in table)
    across = len(table) == 1 and all(entry.kind == "C" for entry in table[0])
    if not down and not across:
        from chalkgrad.reading.joined_vectors import joined_vectors

        entries = [entry for row in table for entry in row]
        if len(table) > 1 and len(table[0]) > 1:
            raise sense.error("a block matrix cannot be read yet", group)
        return joined_vectors(sense, entries, group)
    values = [row[0] for row in table] if down else list(table[0])
    count, along = sense.fresh(len(values)), values[0].axes[0]
    terms = []
    for place, value in enumerate(values):
        sense.facts.same(along, value.axes[0], group.span)
        inner = substitute_axes(value.expression, {value.axes[0]: along})
        terms.append(multiply(delta(as_index(count), as_index(place)), inner))
    return Value(add(*terms), count, along) if down else Value(add(*terms), along, count)


def _all_of(sense: Sense, body: Value, node: type[Sum] | type[Max], syntax: Syntax) -> Value:
    """A sum without a letter: over all places of what stands there."""
    expression = body.expression
    known = set(sense.letters.values()) - sense.new_letters
    letters = [axis for axis in sorted(expression.free, key=lambda axis: axis.name)
               if axis not in body.axes and axis in sense.letters.values() and axis not in known]  # fmt: skip
    if letters:
        for axis in letters:
            expression = node(expression, axis)
            sense.letters = {text: each for text, each in sense.letters.items() if each is not axis}
        sense.say("a sum without an index runs over the letters in it", 0.1)
        return Value(expression, body.row, body.column)
    if not body.axes:
        return _unindexed(sense, body, Axis("every", MANY), syntax)
    if _is_across(sense, body, node):
        return _across(sense, body, syntax)
    sense.say("a sum without an index runs over all entries", 0.1)
    for axis in body.axes:
        expression = node(expression, axis)
    return Value(expression)


def _is_across(sense: Sense, body: Value, node: type[Sum] | type[Max]) -> bool:
    """Whether what a side is to be, a row or a column, shows that a sum of a matrix runs over its samples only."""
    return node is Sum and body.kind == "M" and sense.like is not None and sense.like.kind in ("C", "R")


def _across(sense: Sense, body: Value, syntax: Syntax, letter: Axis | None = None) -> Value:
    r"""The sum of the columns, or of the rows, of a matrix: the `\sum dZ` that a column `db` is."""
    assert sense.like is not None
    across = body.column if sense.like.kind == "C" else body.row
    assert across is not None
    if letter is not None:
        sense.facts.same(letter, across, syntax.span)
    sense.say("a sum of a matrix without its index runs over the samples", 0.1)
    row, column = (body.row, None) if sense.like.kind == "C" else (None, body.column)
    return Value(Sum(body.expression, across), row, column)


def _unindexed(sense: Sense, body: Value, axis: Axis, syntax: Syntax) -> Value:
    """A sum whose letter is on nothing that it sums: over the samples, of which each has values of its own."""
    if _is_across(sense, body, Sum):
        return _across(sense, body, syntax, axis)
    sense.facts.same(axis, Axis("", MANY), syntax.span)
    sense.say("a sum over samples whose letter nothing wears", 0.3)
    return Value(Sum(body.expression, Axis(f"sample {axis.name}", MANY)), body.row, body.column)


def _gates(sense: Sense, syntax: BigOperator, axes: list[Axis]) -> list[Expression]:
    """What is left out of the range, as factors that are 0 there."""
    gates: list[Expression] = []
    first = 1
    for part in syntax.subscripts:
        if not isinstance(part, Chain):
            continue
        letter = part.sides[0]
        axis = sense.letters.get(base_of(letter)) if isinstance(letter, Name) else None
        for relation, side in zip(part.relations, part.sides[1:], strict=True):
            if relation == "=" and isinstance(side, Number) and side.text.isdigit():
                first = int(side.text[:9])
            elif relation == "=" and axis is not None and (syntax.superscripts or not _is_letter(sense, side)):
                gates.append(indicator(">=", sense.written(axis), sense.value(side).expression))
            elif relation in ("=", "!=") and axis is not None:  # `\sum_{i=j}` without an end is of one place
                other = sense._compared(side)
                if isinstance(other, Value):
                    gates.append(indicator(relation, sense.written(axis), other.expression))
                else:
                    sense.facts.same(axis, other.axis or axis, side.span)
                    at = delta(as_index(axis), other)
                    gates.append(at if relation == "=" else number(1) - at)
            elif relation in ("<", "<=", ">", ">=") and axis is not None:
                other = sense._compared(side)
                value = other.expression if isinstance(other, Value) else index_value(other) + 1
                gates.append(indicator(relation, sense.written(axis), value))
            elif relation == "∈" and axis is not None:
                gates += _members(sense, axis, side)
    if not axes:
        return gates
    axis = axes[0]
    zero = sense.first(axis)
    for upper in syntax.superscripts:
        gates += _upper(sense, axis, upper, min(first, zero))
    if first > zero:
        gates.append(indicator(">=", sense.written(axis), number(first)))
    return gates


def _is_letter(sense: Sense, side: Syntax) -> bool:
    """Whether a side is an index that stands for one place."""
    return isinstance(side, Name) and side == Name(side.base, span=side.span) and base_of(side) in sense.letters


def _members(sense: Sense, axis: Axis, side: Syntax) -> list[Expression]:
    if isinstance(side, Group) and side.bracket == r"\{":
        last = side.contents[-1]
        if isinstance(last, Name | Number):
            return _upper(sense, axis, last, 1)
        return []
    if isinstance(side, Name):
        subset = Tensor(f"membership of {size_key(side)}", (Axis("m", axis.size),))
        return [subset[axis]]
    return []


def _upper(sense: Sense, axis: Axis, upper: Syntax, first: int) -> list[Expression]:
    """The upper end: the size of the axis, or a gate where it is another number."""
    if isinstance(upper, Group) and len(upper.contents) == 1:
        upper = upper.contents[0]
    match upper:
        case Name() if not upper.accents and not upper.primes:
            known = sense.setting.sort(sense.setting.vocabulary.use(upper).symbol)
            key = size_key(upper)
            if key in sense.letters:
                return [indicator("<=", index_value(axis), index_value(sense.letters[key]))]
            if known is None and first in (0, 1):
                size = f"size {key}" if first == 1 else f"size 0..{key}"
                sense.facts.same(axis, Axis("", size), upper.span)
                return []
        case Number(text=text) if text.isdigit() and len(text) < 8:
            count = int(text) + (1 if first == 0 else 0)
            sense.facts.pairs.append((axis.size, count, upper.span))
            return []
        case Addition(signs=(1, -1), terms=(Name() as name, Number(text="1"))) if first == 0:
            sense.facts.same(axis, Axis("", f"size {size_key(name)}"), upper.span)
            return []
        case Addition(signs=(1, 1), terms=(Name() as name, Number(text=text))) if (
            first == 1 and size_key(name) in sense.setting.vocabulary.sizes
        ):
            sense.facts.same(axis, Axis("", f"size {size_key(name)}+{text}"), upper.span)
            return []
    if isinstance(upper, Product) and isinstance(upper.factors[0], Number) and first == 1:
        names = [factor for factor in upper.factors[1:] if isinstance(factor, Name)]
        if len(names) == 1 and size_key(names[0]) in sense.setting.vocabulary.sizes:
            sense.facts.same(axis, Axis("", f"size {upper.factors[0].text}*{size_key(names[0])}"), upper.span)
            return []
    end = sense.value(upper)
    return [indicator("<=", sense.written(axis), end.expression)]
