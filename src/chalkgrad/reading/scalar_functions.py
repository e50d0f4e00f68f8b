r"""Functions of a few numbers that a document is about: `f(x, y) = …`, and their partials."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from chalkgrad.errors import ReadingError
from chalkgrad.language import Definition, Element, Expression, Program, Role, SizeOf, Tensor, bound_axes, rebuild, walk
from chalkgrad.page.documents import Document, WrittenEquation
from chalkgrad.page.limits import LONGEST_PROGRAM, check_length
from chalkgrad.page.statements import stated_in
from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Product, Syntax, Unread, walk_syntax
from chalkgrad.reading.facts import Facts
from chalkgrad.reading.letters_in_use import vocabulary_of
from chalkgrad.reading.own_spelling import Spellings, spelling_of
from chalkgrad.reading.readings import ClaimRead, Reading
from chalkgrad.reading.runs import runs_apart
from chalkgrad.reading.scripts import Item, base_of
from chalkgrad.reading.sense import Sense, Setting, Sort
from chalkgrad.reading.sizes import Resizing, Sizes
from chalkgrad.reading.vocabulary import Symbol, Vocabulary, arguments_of, quantities

Partials: TypeAlias = "tuple[tuple[str, Expression], ...]"
MOST_VARIABLES = 6


@dataclass(frozen=True)
class WrittenFunction:
    """A function of named variables: its definition where the document has one, and the partials that it claims."""

    name: str
    variables: tuple[Tensor, ...]
    definition: Expression | None = None
    partials: Partials = ()
    key: str = ""  # its name in the reading


# --- in a document ---


def functions_in(readings: Sequence[Reading]) -> tuple[WrittenFunction, ...]:
    """The functions that the parts of a document define of numbers alone, or of which they give the partials."""
    found: dict[str, WrittenFunction] = {}
    for reading in readings:
        for function in (*_defined(reading), *_by_partials(reading)):
            known = found.get(function.name)
            if known is None:
                found[function.name] = function
            elif len(known.variables) == len(function.variables):
                partials = dict((*known.partials, *function.partials))
                found[function.name] = replace(known, partials=tuple(partials.items()))
    return tuple(found.values())


def _defined(reading: Reading) -> Iterator[WrittenFunction]:
    for head in reading.facts.heads.values():
        name = str(head.symbol)
        definition = reading.definitions.get(name)
        variables = [str(each) for each in head.parameters]
        source = reading.sources.get(name)
        if definition is None or (source is not None and source.borrowed) or not 0 < len(variables) <= MOST_VARIABLES:
            continue
        expression = _of_numbers(definition.body, variables)
        if definition.tensor.axes or expression is None:
            continue
        if reading.facts.derived[head.symbol] or not _is_applied(reading.facts, head.symbol):
            yield _function(reading, name, variables, definition.body, _partials(reading, name, variables))


def _is_applied(facts: Facts, function: Symbol) -> bool:
    """Whether a definition uses a function, as a network does its activation."""
    return any(
        base_of(name) == function.base
        for symbol, group in facts.defined.items() if symbol != function
        for each in group for name in quantities(each.side)
    )  # fmt: skip


def _by_partials(reading: Reading) -> Iterator[WrittenFunction]:
    """Functions that nothing defines, of which partials are given: they stand with their variables."""
    heads: dict[str, list[str]] = {}
    for claim in reading.claims:
        applied = _applied(claim.statement.chain.sides[0])
        if applied is not None:
            function, group = applied
            arguments = arguments_of(group)
            if all(isinstance(each, Name) for each in arguments):
                symbols = [str(reading.facts.use(each).symbol) for each in arguments if isinstance(each, Name)]
                heads.setdefault(str(reading.facts.use(function).symbol), symbols)
    for name, variables in heads.items():
        if name in reading.definitions or name in reading.broken or not 0 < len(variables) <= MOST_VARIABLES:
            continue
        partials = _partials(reading, name, variables)
        if partials:
            yield _function(reading, name, variables, None, partials)


def _applied(left: Syntax) -> tuple[Name, Group] | None:
    """The `f(x, y)` that is derived on the left."""
    if isinstance(left, Product) and isinstance(left.factors[0], Derivative) and left.factors[0].numerator is None:
        rest = left.factors[1:]
        inside: Syntax | None = Product(("",) * len(rest), rest, left.span) if len(rest) > 1 else rest[0]
    else:
        inside = left.numerator if isinstance(left, Derivative) else None
    if isinstance(inside, Product) and len(inside.factors) == 2 and not inside.operators[1]:
        name, group = inside.factors
        if isinstance(name, Name) and isinstance(group, Group) and group.bracket == "(":
            return name, group
    return None


def _partials(reading: Reading, name: str, variables: Sequence[str]) -> Partials:
    """The first partials of a function by its variables that the document claims, by the variable."""
    found: dict[str, Expression] = {}
    for claim in reading.claims:
        by = _derived_by(reading.facts, claim, name)
        value = next((way.value for ways in reversed(claim.sides) for way in ways if way.value is not None), None)
        if by in variables and value is not None and value.scalar:
            expression = _of_numbers(value.expression, variables)
            if expression is not None:
                found[by] = expression
    return tuple(found.items())


def _derived_by(facts: Facts, claim: ClaimRead, name: str) -> str:
    """By which number a claim derives the function, "" where it says something else."""
    what = claim.left.value.derivative if claim.left.value is not None else None
    if what is None or what.of.axes or what.by.axes:
        return ""
    applied = _applied(claim.statement.chain.sides[0])
    meant = what.of.name == name or (applied is not None and str(facts.use(applied[0]).symbol) == name)
    return what.by.name if meant else ""


def _of_numbers(expression: Expression, variables: Sequence[str]) -> Expression | None:
    """An expression of these numbers alone; None for any other."""
    tensors = expression.tensors
    plain = all(tensor.name in variables and not tensor.axes and not tensor.of for tensor in tensors)
    sized = any(isinstance(node, SizeOf) for node in walk(expression))
    return expression if plain and not sized and not expression.free else None


def _function(
    reading: Reading,
    name: str,
    variables: Sequence[str],
    body: Expression | None,
    partials: Sequence[tuple[str, Expression]],
) -> WrittenFunction:
    spelled = Spellings.of(reading.facts).table((name, *variables))
    words = {each: spelling.word for each, spelling in spelled.items()}
    inputs = {each: Tensor(words[each], (), Role.INPUT) for each in variables}
    named = tuple((words[by], renamed(partial, inputs)) for by, partial in partials)
    definition = None if body is None else renamed(body, inputs)
    return WrittenFunction(words[name], tuple(inputs.values()), definition, named, name)


def renamed(expression: Expression, tensors: Mapping[str, Tensor]) -> Expression:
    """The expression with these numbers in the place of those of the same names."""

    def change(node: Expression) -> Expression:
        if isinstance(node, Element):
            return tensors[node.tensor.name][()] if node.tensor.name in tensors else node
        return rebuild(node, change)

    return change(expression)


# --- by itself ---


def read_latex_function(text: str) -> Program:
    r"""A scalar function in LaTeX as a program like that of `read_function`: its variables are inputs, its result is f.

    `f(x, y) = …` names the function and its variables, in that order; without it every name in the formula is one, in
    order of first use, and letters side by side are a product. Dollar signs around it are allowed. Raises
    `ReadingError` with the place.

    >>> print(read_latex_function(r"100(y^2-x)^2 + \frac{x_1}{2}"))
    input y
    input x
    input x_1
    f = 100*(y^2 - x)^2 + x_1/2
    result f
    """
    check_length(text, LONGEST_PROGRAM)
    bare = "".join(" " if character in "$&" else character for character in text)
    formula = _only_formula(bare, text)
    name, variables = "f", list[Symbol]()
    if isinstance(formula, Chain):
        head, formula = formula.sides[0], _only_side(formula, text)
        name, given = _head(head, text)
        variables = given
    vocabulary = vocabulary_of([formula])
    formula = runs_apart(formula, vocabulary)
    vocabulary = _OfNumbers(**vars(vocabulary_of([formula])))
    vocabulary.singles, vocabulary.places, vocabulary.pairs, vocabulary.functions = set(), set(), set(), set()
    bound = vocabulary.bound
    uses = [vocabulary.use(each) for each in quantities(formula) if vocabulary.row_of(each) is None]
    known = [use.symbol for use in uses if use.symbol.base not in (*bound, "e", "pi")]
    symbols = variables or list(dict.fromkeys(known))
    sense = Sense(Setting(vocabulary, dict.fromkeys(symbols, Sort())), "f", bare)
    value = sense.value(formula)
    if not value.scalar or value.expression.free:
        letters = ", ".join(sorted(axis.name for axis in value.expression.free)) or "of its list"
        raise ReadingError(f"the index {letters} is neither summed nor fixed", text=text, expected="a single number")
    sizes = Sizes()
    sizes.join_all(sense.facts.pairs)
    expression = Resizing(sizes, {}).of(value.expression)
    unknown = [axis.name for axis in bound_axes(expression) if isinstance(axis.size, str)]
    if unknown:
        raise ReadingError(f"nothing says how far the sum over {unknown[0]} runs", text=text, expected="an end")
    words = {str(symbol): spelling_of(symbol, None).word for symbol in symbols}
    inputs = {each: Tensor(word, (), Role.INPUT) for each, word in words.items()}
    while name in words.values():
        name += "_value"
    result = Tensor(name)
    return Program(tuple(inputs.values()), (Definition(result, (), renamed(expression, inputs)),), (result,))


class _OfNumbers(Vocabulary):
    """Letters that are numbers: each `x_k` is one of its own, and what stands above is a power."""

    def is_label_above(self, base: str, item: Item) -> bool:
        return False

    def is_index_above(self, base: str, item: Item) -> bool:
        return False


def _only_formula(bare: str, text: str) -> Syntax:
    """The one formula or equation of a text."""
    equation = WrittenEquation(bare, 1, 1)
    stated = list(stated_in(equation, Document((equation,), "")))
    for each in stated:
        for part in walk_syntax(each.body):
            if isinstance(part, Unread):
                raise part.error
    if len(stated) != 1 or stated[0].conditions or stated[0].continues or stated[0].breaks_off:
        raise ReadingError(f"there are {len(stated)} formulas", text=text, expected="one")
    body = stated[0].body
    if isinstance(body, Group) and not body.bracket and len(body.contents) != 1:
        raise ReadingError(f"there are {len(body.contents)} formulas", text=text, expected="one")
    return body


def _only_side(chain: Chain, text: str) -> Syntax:
    if len(chain.sides) != 2 or chain.relations[0] not in ("=", ":="):
        raise ReadingError("this is not the definition of a function", text=text, expected="f(x, y) = formula")
    return chain.sides[1]


def _head(left: Syntax, text: str) -> tuple[str, list[Symbol]]:
    """The name of a function and its variables, from the left side of its definition."""
    vocabulary = Vocabulary()
    if isinstance(left, Name) and not left.subscripts and not left.superscripts:
        return spelling_of(vocabulary.use(left).symbol, None).word, []
    if isinstance(left, Product) and len(left.factors) == 2 and not left.operators[1]:
        name, group = left.factors
        if isinstance(name, Name) and not name.subscripts and isinstance(group, Group) and group.bracket == "(":
            names = [each for each in arguments_of(group) if isinstance(each, Name)]
            if len(names) == len(arguments_of(group)):
                symbols = [vocabulary.use(each).symbol for each in names]
                return spelling_of(vocabulary.use(name).symbol, None).word, symbols
    raise ReadingError("this is not the definition of a function", text=text, expected="f(x, y) = formula")
