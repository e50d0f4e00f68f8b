r"""Things side by side: what is multiplied with what and how, and which function takes what as its argument."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from chalkgrad.language import (
    Axis,
    Call,
    Element,
    Expression,
    Sum,
    Tensor,
    add,
    call,
    divide,
    multiply,
    number,
    summation,
)
from chalkgrad.language import Number as Literal
from chalkgrad.page.spelling import extreme_of, function_names
from chalkgrad.page.syntax import (
    BigOperator,
    Chain,
    Derivative,
    Fraction,
    Group,
    Name,
    Number,
    Product,
    Scripted,
    Span,
    Syntax,
    walk_syntax,
)
from chalkgrad.reading.defined_functions import function_of
from chalkgrad.reading.gradients import at_arguments, nabla
from chalkgrad.reading.layout import (
    MisfitError,
    Value,
    diagonal_of,
    elementwise,
    inner_product,
    linked,
    matrix_product,
    outer_product,
)
from chalkgrad.reading.matrix_values import logarithm
from chalkgrad.reading.scripts import bare_name, base_of
from chalkgrad.reading.vocabulary import Symbol, applications, arguments_of, quantities
from chalkgrad.reading.whole_functions import OPERATIONS

if TYPE_CHECKING:
    from chalkgrad.reading.sense import Head, Sense, Sort

NUMBER_PLACE_BY_PLACE = "⊙ stands between a number and a vector or matrix"
ELEMENTWISE = frozenset({r"\odot", r"\circ", ".*"})
LARGEST_ORDER = 10
_DEEPEST_CALLS = 12
_INVERSES = {"sin": "arcsin", "cos": "arccos", "tan": "arctan"}
_STAND_INS = ("mish", "silu", "gelu_tanh", "gelu")


@dataclass(frozen=True)
class Factor:
    """A factor with the sign before it and where it stands."""

    operator: str
    value: Value
    span: Span


def product_value(sense: Sense, syntax: Product) -> Value:
    """The value of a product. ⊙ binds looser than a product of matrices, unless only the other way fits."""
    if ":" in syntax.operators[1:]:
        return _frobenius(sense, syntax, syntax.operators.index(":", 1))
    factors = _factors(sense, syntax)
    if not any(_is_elementwise(sense, factor, factors[place - 1]) for place, factor in enumerate(factors) if place):
        return _folded(sense, factors)
    problems: list[MisfitError] = []
    for way in (_looser, _folded, _tighter):
        kept = len(sense.facts.pairs)
        try:
            value = way(sense, factors)
        except MisfitError as problem:
            del sense.facts.pairs[kept:]
            problems.append(problem)
            continue
        if way is not _looser:
            sense.say("⊙ binds as the layouts need it", 0.1)
        return value
    raise problems[0]


def _is_elementwise(sense: Sense, factor: Factor, before: Factor) -> bool:
    if factor.operator in ELEMENTWISE:
        return True
    both = not (factor.value.scalar or before.value.scalar)
    star = factor.operator == "*" and "star product" not in sense.options
    return both and (star or (factor.operator == r"\cdot" and "dot elementwise" in sense.options))


def _looser(sense: Sense, factors: Sequence[Factor]) -> Value:
    """Products first, then what ⊙ joins."""
    groups: list[list[Factor]] = [[factors[0]]]
    for before, factor in itertools.pairwise(factors):
        if _is_elementwise(sense, factor, before):
            groups.append([factor])
        else:
            groups[-1].append(factor)
    values = [(_folded(sense, group), group[0].span) for group in groups]
    result = values[0][0]
    for value, span in values[1:]:
        result = _placewise(sense, result, value, span)
    return result


def _tighter(sense: Sense, factors: Sequence[Factor]) -> Value:
    """What ⊙ joins first, then products."""
    joined: list[Factor] = [factors[0]]
    for factor in factors[1:]:
        before = joined[-1]
        if _is_elementwise(sense, factor, before):
            joined[-1] = replace(before, value=_placewise(sense, before.value, factor.value, factor.span))
        else:
            joined.append(factor)
    return _folded(sense, joined)


def _folded(sense: Sense, factors: Sequence[Factor]) -> Value:
    """From left to right; chains of derivatives link up where one goes on where the other ends."""
    result = factors[0].value
    for before, factor in itertools.pairwise(factors):
        if factor.operator == "/":
            result = sense.quotient(result, factor.value, factor.span)
        elif _is_elementwise(sense, factor, before) and not (result.scalar and factor.operator not in ELEMENTWISE):
            result = _placewise(sense, result, factor.value, factor.span)
        else:
            result = _multiplied(sense, result, factor.value, factor.operator, factor.span)
    return result


def _placewise(sense: Sense, left: Value, right: Value, span: Span) -> Value:
    if left.derivative is not None and right.derivative is not None:
        chained = linked(left, right, sense.facts, span)
        one, other = left.derivative, right.derivative
        same = len(one.of_axes) == len(one.by_axes) or len(other.of_axes) == len(other.by_axes)
        if chained is not None and same and "diagonal" not in sense.options:
            return chained
    if left.scalar and right.scalar:
        sense.say("⊙ stands between numbers", 0.6)
    elif any(side.scalar and not isinstance(side.expression, Literal) for side in (left, right)):  # 1 is a vector too
        sense.say(NUMBER_PLACE_BY_PLACE, 0.45)
    return elementwise(multiply, diagonal_of(left, sense.facts, span), diagonal_of(right, sense.facts, span),
                       sense.facts, span, repeat="array code" in sense.options)  # fmt: skip


def _multiplied(sense: Sense, left: Value, right: Value, operator: str, span: Span) -> Value:
    chained = linked(left, right, sense.facts, span)
    if chained is not None:
        both = chained.derivative is not None and chained.derivative.of_axes and chained.derivative.by_axes
        return chained.transposed if "denominator" in sense.options and both else chained
    if left.scalar or right.scalar:
        kept = left if right.scalar else right
        number_ = right if right.scalar else left
        if kept.kind == "M" and isinstance(number_.expression, Element):
            entry = number_.expression.tensor.axes and number_.expression.tensor.name[:1].isupper()
            sense.say("a number scales a matrix", 0.9 if entry else 0.15)
        value = elementwise(multiply, left, right, sense.facts, span) if kept.kind != "T" else replace(
            kept, expression=multiply(left.expression, right.expression)
        )  # fmt: skip
        return replace(value, derivative=_kept_derivative(left, right))
    for one, other in ((left, right), (right, left)):
        if other.kind == "T" or ("chain order" in sense.options and _is_out_of_order(left, right, other)):
            found = _contracted(sense, one, other, span)
            if found is not None:
                return found
    if operator == r"\otimes":
        return outer_product(left, right, span)
    if left.kind == right.kind and left.kind in "CR":
        if operator in (r"\cdot", r"\times") and "dot elementwise" not in sense.options:
            return inner_product(left, right, sense.facts, span)
        if "side elementwise" in sense.options:
            return elementwise(multiply, left, right, sense.facts, span)
        if "side outer" in sense.options:
            return outer_product(left, right, span)
    if left.kind == right.kind == "M" and operator in (r"\cdot", r"\times") and "dot elementwise" in sense.options:
        return elementwise(multiply, left, right, sense.facts, span)
    return matrix_product(left, right, sense.facts, span)


def _kept_derivative(left: Value, right: Value):  # type: ignore[no-untyped-def]
    """What a chain of derivatives of single numbers leads from and to."""
    from chalkgrad.reading.layout import Differentiated

    one, other = left.derivative, right.derivative
    if one is None or other is None:
        return None
    if one.by is other.of and not one.by_axes:
        return Differentiated(one.of, one.of_axes, other.by, other.by_axes)
    if other.by is one.of and not other.by_axes:
        return Differentiated(other.of, other.of_axes, one.by, one.by_axes)
    return None


def _is_out_of_order(left: Value, right: Value, derivative: Value) -> bool:
    """Whether a column stands before the Jacobian that it is multiplied with, or a row behind it."""
    if derivative.derivative is None or derivative.kind != "M":
        return False
    return (left.kind, right.kind) == ("C", "M") or (left.kind, right.kind) == ("M", "R")


def _contracted(sense: Sense, value: Value, derivative: Value, span: Span) -> Value | None:
    """A vector or matrix times a derivative of as many axes: the chain rule with what was worked out before."""
    from chalkgrad.language import substitute_axes
    from chalkgrad.reading.layout import Differentiated, of_derivative

    what = derivative.derivative
    if what is None or len(what.of_axes) != len(value.axes) or not value.axes:
        return None
    changes = {}
    for theirs, mine in zip(what.of_axes, value.axes, strict=True):
        sense.facts.same(theirs, mine, span)
        changes[theirs] = mine
    expression = multiply(value.expression, substitute_axes(derivative.expression, changes))
    for axis in value.axes:
        expression = summation(expression, axis)
    return of_derivative(expression, Differentiated(Tensor("chain"), (), what.by, what.by_axes))


def _frobenius(sense: Sense, product: Product, place: int) -> Value:
    """The sum of the products place by place of all that stands on the two sides of a colon."""
    sides = []
    for operators, factors in (
        (product.operators[:place], product.factors[:place]),
        (("", *product.operators[place + 1 :]), product.factors[place:]),
    ):
        span = (factors[0].span[0], factors[-1].span[1])
        sides.append(sense.value(factors[0] if len(factors) == 1 else Product(operators, factors, span)))
    if all(side.scalar for side in sides):
        raise sense.error("a slice cannot be read yet", product)
    return inner_product(sides[0], sides[1], sense.facts, product.span)


# --- functions and their arguments ---


def _factors(sense: Sense, product: Product) -> list[Factor]:
    found: list[Factor] = []
    place = 0
    while place < len(product.factors):
        operator = product.operators[place]
        begin = product.factors[place].span[0]
        value, after = _factor(sense, product.factors, product.operators, place)
        span = (begin, product.factors[after - 1].span[1])
        sense.parts.append((value.expression, span))
        found.append(Factor(operator, value, span))
        place = after
    return found


def _factor(sense: Sense, factors: Sequence[Syntax], operators: Sequence[str], place: int) -> tuple[Value, int]:
    """The value of the factor at the place, and where the next one is: a function takes its argument along."""
    factor = factors[place]
    follows = factors[place + 1] if place + 1 < len(factors) and not operators[place + 1] else None
    if isinstance(factor, Derivative) and factor.numerator is None:
        return _operator_applied(sense, factor, factors, operators, place)
    if not isinstance(factor, Name):
        if isinstance(factor, Number) and factor.text == "1" and _is_condition(follows):
            assert follows is not None
            return sense.value(follows), place + 2
        if isinstance(factor, Derivative) and isinstance(_bare_group(follows), Group):
            group = _bare_group(follows)
            assert group is not None
            taken = at_arguments(sense, factor, group)
            if taken is not None:
                return (_with_scripts(sense, taken, follows) if isinstance(follows, Scripted) else taken), place + 2
        return sense.value(factor), place + 1
    if "dot" in factor.accents and sense.setting.vocabulary.row_of(replace(factor, accents=())) is not None:
        factor = replace(factor, accents=(), primes=factor.primes + 1)
    base = base_of(factor)
    if factor.base == r"\nabla":
        return nabla(sense, factor, factors, operators, place)
    if base in ("1", "I", "mathbb1", "H", "chi") and _is_condition(follows):
        assert follows is not None
        return sense.value(follows), place + 2
    if base in ("max", "min") and isinstance(_bare_group(follows), Group):
        group = _bare_group(follows)
        assert group is not None
        value = _extreme(sense, factor, group)
        if isinstance(follows, Scripted):
            for exponent in follows.superscripts:
                value = sense.raised(value, exponent, follows)
        return value, place + 2
    row = sense.setting.vocabulary.row_of(factor)
    symbol = sense.setting.vocabulary.use(bare_name(factor)).symbol
    if symbol in sense.bindings:
        row = None
    if row is not None and row in OPERATIONS:
        return _operation(sense, row, factor, factors, operators, place)
    if row is not None:
        if row in _INVERSES and len(factor.superscripts) == 1 and _is_inverse(factor.superscripts[0]):
            factor, row = replace(factor, superscripts=()), _INVERSES[row]
        return _call(sense, partial(_applied, row), factor, factors, operators, place + 1)
    if stands_in(base, _bare_group(follows)):
        return sense.value(factor), place + 1  # `h (1 - h)` is a product
    head = function_of(sense.setting.heads, sense.setting.vocabulary.use(replace(factor, primes=0)))
    if head is not None and isinstance(_bare_group(follows), Group) and symbol not in sense.bindings:
        value, after = _own_function(sense, head, factor, follows, place)
        return (_with_scripts(sense, value, follows) if isinstance(follows, Scripted) else value), after
    if head is not None and follows is not None and _goes_without_brackets(factor) and symbol not in sense.bindings:
        group, after = _without_brackets(sense, factors, operators, place + 1)
        return _own_function(sense, head, factor, group, place)[0], after
    written = sense.text[slice(*factor.span)]
    if (
        written.startswith(r"\operatorname")
        and isinstance(follows, Name | Group | Scripted)
        and not _is_known(sense, factor)
    ):
        raise sense.error(f"'{base}' is no operation that is known", factor)
    if sense.setting.vocabulary.is_function(factor) and isinstance(_bare_group(follows), Group):
        return _unknown_function(sense, factor, factors, operators, place)
    return sense.value(factor), place + 1


def _is_known(sense: Sense, name: Name) -> bool:
    vocabulary = sense.setting.vocabulary
    return base_of(name) in vocabulary.defined or vocabulary.is_function(name)


def _with_scripts(sense: Sense, value: Value, scripts: Scripted) -> Value:
    """The value of a function with what hangs on the brackets after it: `t(z)^2`."""
    from chalkgrad.reading.scripts import is_transpose

    if scripts.subscripts:
        value = sense._picked(value, scripts)
    for part in scripts.superscripts:
        value = value.transposed if is_transpose(part) else sense.raised(value, part, scripts)
    return value


def stands_in(base: str, group: Group | None) -> bool:
    """Whether a name stands by itself, without arguments, in the brackets after it."""
    if group is None:
        return False
    alone = sum(isinstance(part, Name) and base_of(part) == base for part in walk_syntax(group))
    applied = sum(base_of(name) == base for part in walk_syntax(group) if isinstance(part, Product)
                  for name, _ in applications(part))  # fmt: skip
    return alone > applied


def _bare_group(part: Syntax | None) -> Group | None:
    inner = part.base if isinstance(part, Scripted) else part
    return inner if isinstance(inner, Group) and inner.bracket in ("(", "[", r"\{") else None


def _operator_applied(
    sense: Sense, factor: Derivative, factors: Sequence[Syntax], operators: Sequence[str], place: int
) -> tuple[Value, int]:
    r"""`\frac{\partial}{\partial x}` of all that follows it."""
    if place + 1 >= len(factors):
        raise sense.error("this derivative has nothing that it acts on", factor, r"\frac{\partial L}{\partial z}")
    group = factors[place + 1]
    end = place + 2
    if not (isinstance(group, Group) and group.bracket in ("(", "[", r"\{")):
        end = len(factors)
    elif end < len(factors) and isinstance(factors[end], Group) is False and not operators[end]:
        end = place + 2
    rest = factors[place + 1 : end]
    body: Syntax = rest[0] if len(rest) == 1 else Product(
        ("", *operators[place + 2 : end]), tuple(rest), (rest[0].span[0], rest[-1].span[1])
    )  # fmt: skip
    value = sense.value(body)
    for below in reversed(factor.denominators):
        value = sense.derived(value, sense.value(below), factor)
    return value, end


def _operation(
    sense: Sense, row: str, name: Name, factors: Sequence[Syntax], operators: Sequence[str], place: int
) -> tuple[Value, int]:
    if name.primes:
        raise sense.error(f"a prime on '{row}' cannot be read", name)
    if place + 1 >= len(factors) or operators[place + 1]:
        raise sense.error(f"'{row}' has no argument", name, "what it is applied to, in brackets")
    follows = factors[place + 1]
    group = _bare_group(follows)
    argument = group if group is not None else Group("(", (follows,), follows.span)
    end = place + 2
    if group is None:
        while end < len(factors) and not operators[end] and isinstance(factors[end], Name):
            end += 1
        rest = factors[place + 1 : end]
        whole: Syntax = rest[0] if len(rest) == 1 else Product(("",) * len(rest), tuple(rest), follows.span)
        argument = Group("(", (whole,), follows.span)
    value = OPERATIONS[row](sense, argument)
    if isinstance(follows, Scripted) and group is not None:
        marked = Scripted(Group("(", (), follows.span), follows.subscripts, follows.superscripts, 0, follows.span)
        if marked.subscripts:
            value = sense._picked(value, marked)
        for exponent in follows.superscripts:
            from chalkgrad.reading.scripts import is_transpose

            value = value.transposed if is_transpose(exponent) else sense.raised(value, exponent, follows)
    if name.subscripts and row == "softmax" and value.axes:
        marked = Scripted(Group("(", (), name.span), name.subscripts, (), 0, name.span)
        value = sense._picked(value, marked)
    return value, end


def _applied(row: str, argument: Expression, order: int) -> Expression:
    return logarithm(argument) if row == "log" and order == 0 else call(row, argument, order)


def _call(
    sense: Sense,
    act: Callable[[Expression, int], Expression],
    name: Name,
    factors: Sequence[Syntax],
    operators: Sequence[str],
    place: int,
) -> tuple[Value, int]:
    """An elementwise function with its argument, in brackets or not."""
    from chalkgrad.reading.scripts import is_transpose

    if place >= len(factors) or operators[place]:
        raise sense.error(f"'{base_of(name)}' has no argument", name, "what it is applied to, in brackets")
    order = name.primes
    layers = [part for part in name.superscripts if _is_layer(part) or _is_worn(sense, part, factors[place])]
    exponents = [part for part in name.superscripts if part not in layers]
    if order == 0 and len(exponents) == 1 and _is_inverse(exponents[0]):
        raise sense.error("an inverse function cannot be read yet", name)
    if order > LARGEST_ORDER:
        raise sense.error(f"a derivative of order {order}", name, f"at most {LARGEST_ORDER}")
    follows = factors[place]
    after = place + 1
    outer: Scripted | None = None
    if isinstance(follows, Group):
        argument = sense.value(follows)
    elif isinstance(follows, Scripted) and isinstance(follows.base, Group) and follows.base.bracket in "([":
        argument, outer = sense.value(follows.base), follows
    else:
        first, vocabulary = factors[place], sense.setting.vocabulary
        if isinstance(first, Name) and (vocabulary.row_of(first) is not None or vocabulary.is_function(first)):
            argument, after = _factor(sense, factors, operators, place)
        else:
            group, after = _without_brackets(sense, factors, operators, place)
            argument = sense.value(group.contents[0])
    value = Value(act(argument.expression, order), argument.row, argument.column)
    if outer is not None:
        if outer.subscripts:
            value = sense._picked(value, outer)
        for part in outer.superscripts:
            value = value.transposed if is_transpose(part) else sense.raised(value, part, outer)
    for exponent in exponents:
        value = value.transposed if is_transpose(exponent) else sense.raised(value, exponent, name)
    return value, after


def _is_layer(part: Syntax) -> bool:
    return isinstance(part, Group) and part.bracket in ("[", "(")


def _is_worn(sense: Sense, part: Syntax, argument: Syntax) -> bool:
    r"""Whether a mark above a function is that of the layer that its argument wears, `\\sigma^l(z^l)`."""
    if not isinstance(part, Name) or not isinstance(argument, Group | Scripted):
        return False
    return any(
        isinstance(name, Name) and part in name.superscripts and not sense.setting.vocabulary.use(name).powers
        for name in walk_syntax(argument)
    )


def _is_inverse(part: Syntax) -> bool:
    from chalkgrad.page.syntax import Addition

    return isinstance(part, Addition) and part.signs == (-1,) and part.terms == (Number("1"),)


def _continues(sense: Sense, factor: Syntax) -> bool:
    """Whether a factor still belongs to the argument of a function written without brackets."""
    if isinstance(factor, Name):
        vocabulary = sense.setting.vocabulary
        return vocabulary.row_of(factor) is None and not vocabulary.is_function(factor) and factor.base != r"\nabla"
    return isinstance(factor, Number | Fraction)


def _goes_without_brackets(name: Name) -> bool:
    r"""Whether a name is a command for a function, after which one writes no brackets: `\tanh`, no letter."""
    return name.base.startswith("\\") and name.base[1:] in function_names() and name.base != r"\sigma"


def _without_brackets(
    sense: Sense, factors: Sequence[Syntax], operators: Sequence[str], place: int
) -> tuple[Group, int]:
    r"""The argument of a function that is written without brackets, `\tanh z`, and where the next factor is."""
    after = place + 1
    while after < len(factors) and not operators[after] and _continues(sense, factors[after]):
        after += 1
    span = (factors[place].span[0], factors[after - 1].span[1])
    inside = factors[place:after]
    alone = inside[0] if len(inside) == 1 else Product(("",) * len(inside), tuple(inside), span)
    return Group("(", (alone,), span), after


def _own_function(sense: Sense, head: Head, name: Name, follows: Syntax | None, place: int) -> tuple[Value, int]:
    """A function that the document defines: itself, where its arguments are those of the definition."""
    group = _bare_group(follows)
    assert group is not None
    arguments = arguments_of(group)
    bare = replace(name, primes=0)

    powers = sense.setting.vocabulary.use(bare).powers
    if any(map(_is_inverse, powers)):
        raise sense.error("the inverse of a function that the document defines", name)

    def raised(value: Value) -> tuple[Value, int]:
        r"""The power of `\tanh^2(z)` stands above its name."""
        for exponent in powers:
            value = sense.raised(value, exponent, name)
        return value, place + 2

    if name.primes:
        return raised(_own_derivative(sense, head, name, group))
    if any(sort is not None and sort.rank > 2 for sort in _plain_sorts(sense, group)):
        whole = replace(head, parameters=())  # of all layers at once, J(Θ): only itself can be meant
        return (
            raised(inlined(sense, whole, [], name)) if _has_no_quantity(sense, bare) else (sense.value(bare), place + 2)
        )
    same = _same_arguments(sense, head, arguments)
    if same and _has_no_quantity(sense, bare):
        return raised(inlined(sense, head, [sense.value(each) for each in arguments], name))
    if same or _only_names(sense, head, arguments):
        return sense.value(bare), place + 2
    if len(arguments) != len(head.parameters):
        known = sense.setting.sort(sense.setting.vocabulary.use(bare).symbol)
        if known is not None:
            return sense.value(bare), place + 2
        raise sense.error(f"'{base_of(name)}' takes {len(head.parameters)} arguments", name)
    return raised(inlined(sense, head, [sense.value(each) for each in arguments], name))


def _has_no_quantity(sense: Sense, bare: Name) -> bool:
    """Whether no quantity goes by the name of a function."""
    return sense.setting.vocabulary.only_applied(base_of(bare))


def _same_arguments(sense: Sense, head: Head, arguments: Sequence[Syntax]) -> bool:
    found = []
    for each in arguments:
        if not isinstance(each, Name):
            return False
        use = sense.setting.vocabulary.use(each)
        if use.powers or use.samples or use.indices or use.symbol in sense.bindings:
            return False
        found.append(use.symbol)
    aliases = sense.setting.aliases
    return tuple(aliases.get(symbol, symbol) for symbol in found) == head.parameters


def _only_names(sense: Sense, head: Head, arguments: Sequence[Syntax]) -> bool:
    """Whether the arguments say which of the quantities that a function rests on are meant: the `f(b)` of `f(x) =
    a x + b`.
    """
    vocabulary = sense.setting.vocabulary
    rests_on = {vocabulary.use(name).symbol for name in quantities(head.body)} | set(head.parameters)
    found = []
    for each in arguments:
        use = vocabulary.use(each) if isinstance(each, Name) else None
        if use is None or use.powers or use.samples or use.indices or use.symbol in sense.bindings:
            return False
        found.append(sense.setting.aliases.get(use.symbol, use.symbol))
    return bool(found) and set(found) <= rests_on and not set(found) <= set(head.parameters)


def inlined(sense: Sense, head: Head, arguments: Sequence[Value], place: Syntax) -> Value:
    """What a function gives for other arguments than those that it is defined with."""
    if sense.depth > _DEEPEST_CALLS:
        raise sense.error("functions are nested too deeply", place)
    before, letters, text = sense.bindings, sense.letters, sense.text
    sense.bindings = dict(zip(head.parameters, arguments, strict=True))
    sense.letters = {}
    sense.depth += 1
    sense.text = head.text
    kept = len(sense.parts)
    try:
        value = sense.value(head.body)
    finally:
        sense.bindings, sense.letters, sense.text = before, letters, text
        sense.depth -= 1
        del sense.parts[kept:]
    return value


def _own_derivative(sense: Sense, head: Head, name: Name, group: Group) -> Value:
    """`g'(z)` of a function of the document with one argument."""
    arguments = arguments_of(group)
    if len(head.parameters) != 1 or len(arguments) != 1:
        raise sense.error(f"a prime on a function of {len(head.parameters)} arguments", name)
    argument = sense.value(arguments[0])
    held = Tensor(f"({sense.key}'{len(sense.formulas)})", tuple(argument.expression.free))
    from chalkgrad.language import as_index

    free = tuple(sorted(argument.expression.free, key=lambda axis: axis.name))
    held = Tensor(held.name, tuple(Axis(f"f{k}", axis.size) for k, axis in enumerate(free)))
    sense.formulas[held] = replace(argument, derivative=None)
    sense.formula_axes[held] = free
    at = Value(held[tuple(map(as_index, free))], argument.row, argument.column)
    value = inlined(sense, head, [at], name)
    for _ in range(name.primes):
        derived = sense.derived(value, at, name)
        value = derived if not free else diagonal_all(sense, derived, free)
    return value


def diagonal_all(sense: Sense, value: Value, free: Sequence[Axis]) -> Value:
    """The derivative of each entry by its own, its index letters being those of the argument already."""
    return diagonal_of(value, sense.facts, (0, 0))


def _unknown_function(
    sense: Sense, name: Name, factors: Sequence[Syntax], operators: Sequence[str], place: int
) -> tuple[Value, int]:
    """A function of which nothing is said: some smooth function."""
    follows = factors[place + 1]
    group = _bare_group(follows)
    assert group is not None
    symbol = sense.setting.vocabulary.use(replace(name, primes=0)).symbol
    if (
        symbol == sense.setting.loss
        and not name.primes
        and (_is_of_defined(sense, group) or _names_families(sense, group))
    ):
        return sense.value(name), place + 2
    key = str(symbol)
    steps = key in ("H", "Theta") and not name.primes
    row = (
        "step"
        if steps
        else sense.setting.unknown.setdefault(key, _STAND_INS[len(sense.setting.unknown) % len(_STAND_INS)])
    )
    arguments = arguments_of(group)
    base = base_of(name)
    vocabulary = sense.setting.vocabulary
    if base in vocabulary.scalar_valued or base in vocabulary.vector_valued:
        if name.primes:
            raise sense.error("a prime on a function of a vector", name)
        value = _any_of(sense, key, row, name, [sense.value(each) for each in arguments])
        return (_with_scripts(sense, value, follows) if isinstance(follows, Scripted) else value), place + 2
    if len(arguments) == 1:
        bare = replace(name, superscripts=tuple(part for part in name.superscripts if not _is_mark(sense, name, part)))
        return _call(sense, lambda inner, order: call(row, inner, order), bare, factors, operators, place + 1)
    if name.primes:
        raise sense.error(f"a prime on a function of {len(arguments)} arguments", name)
    return _dense(sense, key, row, [sense.value(each) for each in arguments]), place + 2


def _is_of_defined(sense: Sense, group: Group) -> bool:
    """Whether something is applied to what the document defines, as a loss is to the outcome."""
    return any(base_of(name) in sense.setting.vocabulary.defined for name in quantities(group))


def _names_families(sense: Sense, group: Group) -> bool:
    r"""Whether something is applied to all of a kind at once, as a loss is to the weights of every layer, `J(\\Theta)`:
    to plain names of which only the members have values.
    """
    return any(sort is None or sort.rank > 2 for sort in _plain_sorts(sense, group))


def _plain_sorts(sense: Sense, group: Group) -> list[Sort | None]:
    """What the things in brackets are, if all of them are plain names."""
    sorts = [
        sense.setting.sort(sense.setting.vocabulary.use(each).symbol)
        for each in arguments_of(group) if isinstance(each, Name) and each == Name(each.base, style=each.style)
    ]  # fmt: skip
    return sorts if len(sorts) == len(arguments_of(group)) else []


def _is_mark(sense: Sense, name: Name, part: Syntax) -> bool:
    bare = sense.setting.vocabulary.use(Name(name.base, (), (part,)))
    return not bare.powers


def _any_of(sense: Sense, key: str, row: str, name: Name, arguments: Sequence[Value]) -> Value:
    """Some smooth function of all entries of its arguments: a number or a vector; with an index one of a family."""
    from chalkgrad.language import as_index

    use = sense.setting.vocabulary.use(replace(name, superscripts=(), primes=0))
    indices = []
    for number_, item in enumerate((*use.samples, *use.indices)):
        indices.append(sense.index(item, Axis("", f"{key}:family{number_}"), name))
    out = None
    if base_of(name) in sense.setting.vocabulary.vector_valued:
        out = sense.fresh(f"{key}:out")
        indices.append(as_index(out))
    sums: list[Expression] = []
    for part in range(2):
        terms: list[Expression] = []
        for place, argument in enumerate(arguments):
            own = [Axis(f"w{k}", f"{key}:{place}:{k}") for k in range(len(argument.axes))]
            for mine, theirs in zip(own, argument.axes, strict=True):
                sense.facts.same(mine, theirs, name.span)
            first = [Axis(f"o{k}", index.axis.size if index.axis else 1) for k, index in enumerate(indices)]
            written = (*use.samples, *use.indices, None)  # what the output is a vector of stands nowhere
            for mine, index, own_item in zip(first, indices, written, strict=False):
                if own_item is not None and index.axis is None:
                    first[first.index(mine)] = Axis(mine.name, f"{key}:family{first.index(mine)}")
            weights = Tensor(f"{key}'s {part}{place}" + "'" * len(own), (*first, *own))
            term = multiply(weights[(*indices, *map(as_index, argument.axes))], argument.expression)
            for axis in argument.axes:
                term = Sum(term, axis)
            terms.append(term)
        sums.append(add(*terms))
    expression = add(Call(row, sums[0]), multiply(sums[0], sums[1]))
    return Value(expression, out)


def _dense(sense: Sense, key: str, row: str, arguments: Sequence[Value]) -> Value:
    """Some smooth function of several things: every entry of the result depends on every entry of each."""
    from chalkgrad.language import as_index

    like = sense.like if sense.like is not None else Value(number(0))
    out = [sense.fresh(axis.size) for axis in like.axes]
    terms: list[Expression] = []
    for place, argument in enumerate(arguments):
        axes = argument.axes
        sizes = [*(axis.size for axis in out), *(axis.size for axis in axes)]
        weights = Tensor(f"{key}'s {place + 1}", tuple(Axis(f"w{k}", size) for k, size in enumerate(sizes)))
        term = multiply(weights[tuple(map(as_index, (*out, *axes)))], argument.expression)
        for axis in axes:
            term = Sum(term, axis)
        terms.append(term)
    expression = add(Call(row, add(*terms)), multiply(*terms) if len(terms) > 1 else number(0))
    places = iter(out)
    axes_at = [next(places) if axis is not None else None for axis in (like.row, like.column)]
    return Value(expression, axes_at[0], axes_at[1])


def _extreme(sense: Sense, name: Name, group: Group) -> Value:
    parts = arguments_of(group)
    if len(parts) == 1 and base_of(name) == "max":
        value = sense.value(parts[0])
        from chalkgrad.language import Max

        expression = value.expression
        for axis in value.axes:
            expression = Max(expression, axis)
        return Value(expression)
    if len(parts) < 2:
        raise sense.error(f"'{base_of(name)}' of one thing", group, "at least two, with a comma between")
    values = [sense.value(part) for part in parts]
    result = values[0]
    for value in values[1:]:
        result = elementwise(
            lambda left, right: extreme_of(base_of(name), left, right), result, value, sense.facts, group.span
        )
    return result


def _is_condition(part: Syntax | None) -> bool:
    """Whether a part is a comparison in brackets: `[z > 0]`."""
    if isinstance(part, Scripted):
        part = part.base
    return isinstance(part, Group) and len(part.contents) == 1 and isinstance(part.contents[0], Chain)


__all__ = ["BigOperator", "Symbol", "divide", "inlined", "product_value"]
