"""Ordered programs as loops over numbers, for any language of loops: its syntax is a table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction

from chalkgrad.engines.emitted.choices import Gather, Scatter, choice_of
from chalkgrad.engines.emitted.ordered import ordered
from chalkgrad.engines.emitted.solving import Solve, solving
from chalkgrad.engines.emitted.wanted import Wanted
from chalkgrad.engines.names import Names, safe_identifier
from chalkgrad.engines.numpy import repeated_call
from chalkgrad.engines.recurrences import in_place, step_of
from chalkgrad.engines.size_text import size_text
from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    FUNCTIONS,
    Add,
    Axis,
    Call,
    Constant,
    Definition,
    Delta,
    Element,
    Expression,
    Index,
    IndexValue,
    Indicator,
    MatrixFunction,
    Max,
    Multiply,
    Number,
    Power,
    Program,
    SizeOf,
    Sum,
    Tensor,
    multiply,
    replace,
    split_coefficient,
    walk,
)
from chalkgrad.language.functions import X, derivative_expression
from chalkgrad.language.programs import within
from chalkgrad.language.recurrences import Recurrence, blocks
from chalkgrad.language.sizes import size_parts

_OPERATORS = {"=": "==", "!=": "!="}
_SUM, _PRODUCT, _POWER, _ATOM = 1, 2, 3, 4
assert isinstance(X, Element)
_ARGUMENT = X.tensor


@dataclass(frozen=True)
class Syntax:
    """How a language writes what loops need. Loop variables count from 0 everywhere.

    `function` gives its name for a primitive of the table; `element` takes a name, indices and sizes. `whole` makes a
    number of a place, `place` a place of a number. `row_major` says that the last index runs through neighbours in
    memory. `results_declared` says that results that are numbers are variables. The last ones write what is done with
    matrices.
    """

    name: str
    reserved: tuple[str, ...]
    number: Callable[[Fraction], str]
    pi: str
    function: Callable[[str], str]
    power: Callable[[str, str], str]
    whole: Callable[[str], str]
    place: Callable[[str], str]
    element: Callable[[str, Sequence[str], Sequence[str]], str]
    loop: Callable[[str, str], str]
    close: str
    declare: Callable[[str, str], str]
    when: Callable[[str, str], str]
    end: str
    comment: Callable[[str], str]
    lowest: str
    row_major: bool
    results_declared: bool
    cholesky: Callable[[str, str, str], str]
    factor: Callable[[str, str, Factors], str]
    inverse: Callable[[str, Factors, str], str]
    determinant: Callable[[str, Factors], str]
    log_determinant: Callable[[str, Factors], str]
    solve: Callable[[str, Factors, str, Columns], str]


@dataclass(frozen=True)
class Factors:
    """The names of the factors of a matrix, and of the exchanges of its rows."""

    name: str
    order: str
    size: str


@dataclass(frozen=True)
class Columns:
    """Right-hand sides in an array: how many, how far rows and columns lie apart, whether the matrix is transposed."""

    count: str
    row: str
    column: str
    transposed: bool


@dataclass(frozen=True)
class Function:
    """The body of a function of one number x: variables, and what it gives."""

    lines: list[str]
    value: str


class LoopSource:
    """The body of one function as loops, and the elementwise functions that it uses."""

    def __init__(self, wanted: Wanted, syntax: Syntax, fixed: Iterable[str] = ()) -> None:
        self.wanted, self.syntax, self.program = wanted, syntax, wanted.program
        self.names = Names([*syntax.reserved, *fixed])
        self.solving = solving(self.program)
        self.results = {tensor for _, tensor in wanted.results}
        self.functions: dict[str, Function] = {}
        self.factored: dict[Tensor, Factors] = {}
        self.places: dict[Axis, str] = {}
        for tensor in self.program.declared:
            self.tensor(tensor)
        shapes = (size_parts(size) for tensor in self.program.declared for size in tensor.shape)
        sizes = (name for names, _ in shapes for name, _ in names)
        self.sizes = list(dict.fromkeys(sizes))
        for size in self.sizes:
            self.size(size)
        self.stored: list[tuple[str, tuple[Axis, ...]]] = []
        self.along: list[Axis] = []
        every = (*self.program.declared, *(each.tensor for each in self.program.definitions))
        self.taken = {tensor.name for tensor in every}
        self.lines = self._lines(self.program)

    def tensor(self, tensor: Tensor) -> str:
        """The identifier of a tensor."""
        return self.names.of(tensor, safe_identifier(tensor.name))

    def parameter(self, name: str) -> Tensor:
        """The parameter of a name."""
        return next(tensor for tensor in self.wanted.parameters if tensor.name == name)

    def size(self, size: int | str) -> str:
        """A size as source."""
        return size_text(size, lambda name: self.names.of(("size", name), name))

    def extent(self, axes: Sequence[Axis]) -> str:
        """How many numbers there are along some axes."""
        return " * ".join(self.size(axis.size) for axis in axes) or "1"

    def variable(self, axis: Axis) -> str:
        """The variable that runs along an axis."""
        return self.places.get(axis) or self.names.of(("axis", axis), axis.name)

    def _lines(self, program: Program) -> list[str]:
        lines: list[str] = []
        for block in blocks(program.definitions):
            lines += self._recurrence(block) if isinstance(block, Recurrence) else self._definition(block)
        return lines

    def _recurrence(self, recurrence: Recurrence) -> list[str]:
        """A loop along the axis of a recurrence, whose body computes one place of each of its tensors."""
        axis = recurrence.axis
        variable = self.variable(axis)
        if recurrence.backwards:
            self.places[axis] = f"({self.size(axis.size)} - 1 - {variable})"
        self.along.append(axis)
        step = step_of(recurrence)
        inner = ordered(step.program, self.taken).program
        self.taken |= {each.tensor.name for each in inner.definitions}
        inside = [line for each in in_place(step, inner) for line in self._definition(each)]
        self.along.remove(axis)
        self.places.pop(axis, None)
        return [
            self.syntax.loop(variable, self.size(axis.size)),
            *(f"    {line}" for line in inside),
            self.syntax.close,
        ]

    def _definition(self, definition: Definition) -> list[str]:
        if self.solving.left_out(definition.tensor):
            return []
        comment = [self.syntax.comment(str(definition))]
        solve = self.solving.solves.get(definition.tensor)
        if definition.tensor not in self.results and definition.indices:
            self.stored.append((self.tensor(definition.tensor), definition.tensor.axes))
        if solve is not None:
            return [*comment, *self._solved(definition, solve)]
        if isinstance(definition.body, MatrixFunction):
            return [*comment, *self._of_matrix(definition, definition.body)]
        return [*comment, *self._computed(definition)]

    def _target(self, definition: Definition) -> str:
        return self.element(definition.tensor, [self.variable(axis) for axis in definition.indices])

    def element(self, tensor: Tensor, indices: Sequence[str]) -> str:
        """An element of a tensor; a number that is no result is a variable."""
        sizes = [self.size(axis.size) for axis in tensor.axes]
        if tensor is _ARGUMENT:
            return "x"
        if not indices and (tensor not in self.results or self.syntax.results_declared):
            return self.tensor(tensor)
        return self.syntax.element(self.tensor(tensor), indices, sizes)

    def _computed(self, definition: Definition) -> list[str]:
        """The loops that compute a definition."""
        choice = choice_of(definition)
        if choice is not None:
            return self._chosen(definition, choice)
        body, over, target = definition.body, list[Axis](), self._target(definition)
        greatest = isinstance(body, Max)
        if isinstance(body, Max):
            over, body = [body.axis], body.body
        while isinstance(body, Sum) and not greatest:
            over.append(body.axis)
            body = body.body
        value = self.text(body)
        variable = not definition.indices and (definition.tensor not in self.results or self.syntax.results_declared)
        if not over:
            if variable:
                return [self.syntax.declare(target, value)]
            return self._nest(definition.indices, [f"{target} = {value}{self.syntax.end}"])
        inner = self._fastest([*definition.indices, *over], definition)
        if inner in definition.indices and not greatest:
            start = self._nest(definition.indices, [f"{target} = {self.syntax.number(Fraction(0))}{self.syntax.end}"])
            rest = [axis for axis in definition.indices if axis is not inner]
            step = [f"{target} += {value}{self.syntax.end}"]
            return [*start, *self._nest([*rest, *over, inner], step)]
        total = target if variable else self.names.of(("total", definition.tensor), "total")
        begin = self.syntax.lowest if greatest else self.syntax.number(Fraction(0))
        if greatest:
            step = [self.syntax.when(f"{value} > {total}", f"{total} = {value}{self.syntax.end}")]
        else:
            step = [f"{total} += {value}{self.syntax.end}"]
        inside = [
            self.syntax.declare(total, begin),
            *self._nest([*(axis for axis in over if axis is not inner), *([inner] if inner in over else [])], step),
            *([] if variable else [f"{target} = {total}{self.syntax.end}"]),
        ]
        return self._nest(definition.indices, inside)

    def _chosen(self, definition: Definition, choice: Gather | Scatter) -> list[str]:
        """What labels choose, by going to the place that each tells."""
        label = self.text(choice.labels)
        place, zero = self.syntax.place(label), self.syntax.number(Fraction(0))
        exact = f"{self.syntax.whole(place)} == {label}"
        inside = f"{place} >= 0 && {place} < {self.size(choice.axis.size)} && {exact}"
        if isinstance(choice, Gather):
            self.places[choice.axis] = place
            value = f"({inside} ? {self.text(choice.values)} : {zero})"
            del self.places[choice.axis]
            target = self._target(definition)
            variable = definition.tensor not in self.results or self.syntax.results_declared
            if not definition.indices and variable:
                return [self.syntax.declare(target, value)]
            return self._nest(definition.indices, [f"{target} = {value}{self.syntax.end}"])
        start = self._nest(definition.indices, [f"{self._target(definition)} = {zero}{self.syntax.end}"])
        self.places[choice.axis] = place
        added = f"{self._target(definition)} += {self.text(choice.values)}{self.syntax.end}"
        del self.places[choice.axis]
        others = [axis for axis in definition.indices if axis is not choice.axis]
        return [*start, *self._nest([*choice.over, *others], [self.syntax.when(inside, added)])]

    def _nest(self, axes: Sequence[Axis], lines: list[str]) -> list[str]:
        """Lines within loops along some axes, the first outermost."""
        for axis in reversed([axis for axis in axes if axis not in self.along]):
            head = self.syntax.loop(self.variable(axis), self.size(axis.size))
            lines = [head, *(f"    {line}" for line in lines), self.syntax.close]
        return lines

    def _fastest(self, axes: Sequence[Axis], definition: Definition) -> Axis:
        """The axis along which the innermost loop runs: where most of what is read and written lies side by side."""
        score = dict.fromkeys(axes, 0)
        read = [node for node in walk(definition.body) if isinstance(node, Element)]
        for element in [*read, definition.left]:
            place = -1 if self.syntax.row_major else 0
            for number, index in enumerate(element.indices):
                side = number == (len(element.indices) - 1 if place else 0)
                for axis, _ in index.terms:
                    if axis in score:
                        score[axis] += 1 if side else -1
        return max(reversed(axes), key=lambda axis: score[axis])

    def _matrix(self, node: MatrixFunction) -> str:
        if not isinstance(node.body, Element) or node.free - set().union(*(set(dict(i.terms)) for i in node.at)):
            raise ProgramError(f"{node}: {self.syntax.name} code is printed for one matrix, not for many at once")
        return self.tensor(node.body.tensor)

    def _factors(self, node: MatrixFunction) -> tuple[list[str], Factors]:
        """Lines that factor a matrix where that has not been done, and what has its factors."""
        matrix = self._matrix(node)
        assert isinstance(node.body, Element)
        known = self.factored.get(node.body.tensor)
        if known is not None:
            return [], known
        found = Factors(
            self.names.of(("factors", matrix), f"factors_{matrix}"),
            self.names.of(("order", matrix), f"order_{matrix}"),
            self.size(node.rows.size),
        )
        self.factored[node.body.tensor] = found
        return [self.syntax.factor(found.size, matrix, found)], found

    def _of_matrix(self, definition: Definition, node: MatrixFunction) -> list[str]:
        if node.function in ("exponential", "exponential_slope"):
            raise ProgramError(f"{self.syntax.name} code has no exponential of a matrix; NumPy, PyTorch and JAX have")
        if node.function == "cholesky":
            name = self.tensor(definition.tensor)
            return [self.syntax.cholesky(self.size(node.rows.size), self._matrix(node), name)]
        lines, factors = self._factors(node)
        if node.function == "inverse":
            return [*lines, self.syntax.inverse(factors.size, factors, self.tensor(definition.tensor))]
        written = self.syntax.determinant if node.function == "determinant" else self.syntax.log_determinant
        target, value = self._target(definition), written(factors.size, factors)
        if definition.tensor in self.results and not self.syntax.results_declared:
            return [*lines, f"{target} = {value}{self.syntax.end}"]
        return [*lines, self.syntax.declare(target, value)]

    def _solved(self, definition: Definition, solve: Solve) -> list[str]:
        """A right-hand side copied to where the solution is to be, and solved there."""
        lines, factors = self._factors(self.solving.matrices[solve.inverse])
        equation = {solve.unknown: self.variable(solve.equation)}
        places = [equation.get(axis) or self.variable(axis) for axis in definition.indices]
        copy = f"{self.element(definition.tensor, places)} = {self.text(solve.right)}{self.syntax.end}"
        copied = self._nest([solve.equation, *solve.columns], [copy])
        count = self.extent(solve.columns)
        first = definition.indices[0] is solve.unknown
        columns = Columns(count, count if first else "1", "1" if first else factors.size, solve.transposed)
        name = self.tensor(definition.tensor)
        return [*lines, *copied, self.syntax.solve(factors.size, factors, name, columns)]

    def text(self, expression: Expression) -> str:
        """An expression of numbers at one place of all loops."""
        return self._written(expression)[0]

    def _at_least(self, expression: Expression, strength: int) -> str:
        text, own = self._written(expression)
        return text if own >= strength else f"({text})"

    def _written(self, expression: Expression) -> tuple[str, int]:
        """The text of an expression and how strongly it holds together."""
        syntax = self.syntax
        match expression:
            case Number(value=value):
                return syntax.number(value), _ATOM if value >= 0 else _PRODUCT
            case Constant():
                return syntax.pi, _ATOM
            case SizeOf(size=size):
                return syntax.whole(self.size(size)), _ATOM
            case IndexValue(index=index):
                return syntax.whole(f"({self._index(index)})"), _ATOM
            case Element():
                return self._read(expression)
            case Add(terms=terms):
                text = self._at_least(terms[0], _SUM)
                for term in terms[1:]:
                    negative = split_coefficient(term)[0] < 0
                    written = self._at_least(multiply(-1, term) if negative else term, _PRODUCT)
                    text += f" - {written}" if negative else f" + {written}"
                return text, _SUM
            case Multiply(factors=factors):
                return self._product(factors)
            case Power(base=base, exponent=exponent):
                return self._power(base, exponent)
            case Delta() | Indicator():
                one, zero = syntax.number(Fraction(1)), syntax.number(Fraction(0))
                return f"({self._condition(expression)} ? {one} : {zero})", _ATOM
            case Call():
                return self._call(expression), _ATOM
        raise ProgramError(f"{expression} is not a number at one place")

    def _index(self, index: Index) -> str:
        text = ""
        for axis, coefficient in index.terms:
            name = self.variable(axis)
            size = name if abs(coefficient) == 1 else f"{abs(coefficient)} * {name}"
            text += (f" - {size}" if text else f"-{size}") if coefficient < 0 else (f" + {size}" if text else size)
        if not text:
            return str(index.offset)
        return text if not index.offset else f"{text} {'-' if index.offset < 0 else '+'} {abs(index.offset)}"

    def _read(self, element: Element) -> tuple[str, int]:
        """An element, 0 where it lies outside."""
        guards = [
            guard
            for index, axis in zip(element.indices, element.tensor.axes, strict=True)
            for guard in self._guards(index, axis)
        ]
        text = self.element(element.tensor, [self._index(index) for index in element.indices])
        if not guards:
            return text, _ATOM
        return f"({' && '.join(guards)} ? {text} : {self.syntax.number(Fraction(0))})", _ATOM

    def _guards(self, index: Index, axis: Axis) -> list[str]:
        if index.axis is not None and index.axis.size == axis.size:
            return []
        written = self._index(index)
        begins, ends = within(index, axis)
        low, high = f"{written} >= 0", f"{written} < {self.size(axis.size)}"
        return [*([] if begins else [low]), *([] if ends else [high])]

    def _condition(self, gate: Expression) -> str:
        match gate:
            case Delta(left=left, right=right):
                return f"{self._index(left)} == {self._index(right)}"
            case Indicator(comparison=comparison, left=left, right=right):
                operator = _OPERATORS.get(comparison, comparison)
                return f"{self._at_least(left, _SUM)} {operator} {self._at_least(right, _SUM)}"
        raise ProgramError(f"{gate} is no condition")

    def _product(self, factors: Sequence[Expression]) -> tuple[str, int]:
        """Conditions gate what they multiply: where one fails the product is 0, whatever the rest is."""
        gates = [factor for factor in factors if isinstance(factor, Indicator | Delta)]
        others = [factor for factor in factors if not isinstance(factor, Indicator | Delta)]
        if gates:
            value = self._product(others)[0] if others else self.syntax.number(Fraction(1))
            conditions = " && ".join(map(self._condition, gates))
            return f"({conditions} ? {value} : {self.syntax.number(Fraction(0))})", _ATOM
        sign, above, below = "", list[str](), list[str]()
        for factor in others:
            match factor:
                case Number(value=number) if number == -1:
                    sign = "-"
                case Power(base=base, exponent=Number(value=power)) if power < 0:
                    below.append(self._power(base, Number(-power))[0] if power != -1 else self._at_least(base, _POWER))
                case _:
                    above.append(self._at_least(factor, _POWER))
        text = sign + (" * ".join(above) or self.syntax.number(Fraction(1)))
        if below:
            text += f" / {below[0]}" if len(below) == 1 else f" / ({' * '.join(below)})"
        return text, _PRODUCT

    def _power(self, base: Expression, exponent: Expression) -> tuple[str, int]:
        if isinstance(exponent, Number) and exponent.value < 0:
            below = self._at_least(Power(base, Number(-exponent.value)), _POWER)
            return f"{self.syntax.number(Fraction(1))} / {below}", _PRODUCT
        if isinstance(exponent, Number) and exponent.value == 1:
            return self._written(base)
        if isinstance(exponent, Number) and exponent.value == Fraction(1, 2):
            return self._call(Call("sqrt", base)), _ATOM
        if isinstance(exponent, Number) and exponent.value == 2 and isinstance(base, Element):
            text = self._at_least(base, _ATOM)
            return f"({text} * {text})", _ATOM
        return self.syntax.power(self.text(base), self.text(exponent)), _ATOM

    def _call(self, call: Call) -> str:
        row = FUNCTIONS[call.function]
        argument = self.text(call.argument)
        if isinstance(call.argument, Number):  # the root of a whole number would be one in double precision
            argument = self.syntax.whole(argument)
        if row.primitive and not call.order:
            return f"{self.syntax.function(call.function)}({argument})"
        name = self.names.of(("function", call.function, call.order), call.function + "_slope" * call.order)
        if name not in self.functions:
            body = derivative_expression(call.function, call.order) if call.order else row.form
            assert body is not None
            self.functions[name] = Function([], "")
            self.functions[name] = self._function(body)
        return f"{name}({argument})"

    def _function(self, body: Expression) -> Function:
        """A function of one number, in which what is called twice gets a name."""
        lines: list[str] = []
        while (repeated := repeated_call(body)) is not None:
            stand_in = Tensor(f"part_{len(lines) + 1}")
            lines.append(self.syntax.declare(stand_in.name, self.text(repeated)))
            self.names.of(stand_in, stand_in.name)
            body = replace(body, {repeated.identity: stand_in[()]})
        return Function(lines, self.text(body))
