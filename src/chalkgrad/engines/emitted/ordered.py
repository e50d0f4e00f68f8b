"""A program in the order in which it is best computed: each sum, maximum and shared part is a definition of its own.

Every target prints this one program. It is a program like any other, so the reference evaluator checks it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import count

from chalkgrad.calculus.sums import sum_over
from chalkgrad.engines.emitted.choices import is_plain
from chalkgrad.engines.emitted.contractions import contracted, over_the_smaller_range, summed
from chalkgrad.engines.emitted.exponentials import shifted
from chalkgrad.engines.emitted.keys import axes_of, key_of
from chalkgrad.engines.emitted.sharing import shared
from chalkgrad.engines.recurrences import with_recurrences_apart
from chalkgrad.engines.running_sums import with_running_sums
from chalkgrad.engines.stabilise import stabilised
from chalkgrad.language import (
    FUNCTIONS,
    Add,
    Axis,
    Call,
    Definition,
    Delta,
    Element,
    Expression,
    MatrixFunction,
    Max,
    Multiply,
    Program,
    Sum,
    Tensor,
    add,
    as_index,
    bound_axes,
    fresh_axis,
    index_value,
    indicator,
    inline,
    matrix_function,
    multiply,
    rebuild,
    replace,
    substitute_axes,
    substitute_elements,
    walk,
)
from chalkgrad.language.functions import X, Y, derivative_expression
from chalkgrad.language.named import choice_in, factors_of
from chalkgrad.language.recurrences import recurrent_tensors
from chalkgrad.language.substitution import with_bound_renamed

KEPT_WHOLE = ("sigmoid", "softplus", "relu")  # functions that every target has in a stable form of its own
_SHORT = {"inverse": "inverse", "determinant": "det", "log_determinant": "logdet", "cholesky": "chol",
          "exponential": "expm", "exponential_slope": "expm_slope"}  # fmt: skip
_LONGEST_NAME = 4
_GENERIC = re.compile(r"t\d+")


@dataclass(frozen=True)
class Ordered:
    """An ordered program, and which of its tensors are parts that it named itself."""

    program: Program
    parts: frozenset[Tensor]


def ordered(program: Program, taken: Collection[str] = ()) -> Ordered:
    """The program in steps that are one contraction, one reduction, one matrix function, or elementwise.

    Recurrences stay together, each definition as it is; what they need no earlier value for is computed before. Parts
    get none of the names that are `taken`.

    >>> from chalkgrad.language import Role, summation
    >>> i, j, k = (Axis(name, "n") for name in "ijk")
    >>> x, A, L, g = Tensor("x", (i,), Role.INPUT), Tensor("A", (i, j), Role.INPUT), Tensor("L"), Tensor("g", (k,))
    >>> form = Definition(L, (), summation(x[i] * A[i, j] * x[j], i, j))
    >>> slope = Definition(g, (k,), summation(x[i] * A[i, k], i) * 2)
    >>> print(*ordered(Program((x, A), (form, slope), (L, g))).program.definitions, sep="\\n")
    xA[j] = sum(i, x[i]*A[i,j])
    L = sum(j, x[j]*xA[j])
    g[k] = 2*xA[k]
    """
    program = stabilised(inline(program, _other_names(program)))
    program = with_recurrences_apart(with_running_sums(program))
    bodies = [shifted(_with_derivatives_written_out(definition.body)) for definition in program.definitions]
    steps = _Steps(program, bodies, taken)
    recurrent = recurrent_tensors(program.definitions)
    for definition, body in zip(program.definitions, bodies, strict=True):
        if definition.tensor in recurrent:
            steps.definitions.append(Definition(definition.tensor, definition.indices, body))
        else:
            steps.define(definition, body)
    steps.definitions = list(_without_aliases(steps.definitions, steps.parts))
    whole = shared(Program(program.declared, tuple(steps.definitions), program.results, program.assumptions), steps)
    whole = inline(whole, [name for name in _other_names(whole) if whole.tensor(name) in steps.parts])
    return _numbered(Ordered(_needed(_with_functions_before(whole, steps)), frozenset(steps.parts)), taken)


def _needed(program: Program) -> Program:
    """The program without what none of its results rests on, once all is simplified."""
    needed = program.needed_for(*program.results)
    return Program(program.declared, needed.definitions, program.results, program.assumptions)


def _other_names(program: Program) -> list[str]:
    """The names of what is another tensor under a second name, and is no result."""
    found = []
    for each in program.definitions:
        if isinstance(each.body, Element) and each.tensor not in program.results:
            axes = each.body.plain_axes
            if set(axes) == set(each.indices) and len(axes) == len(each.indices):
                found.append(each.tensor.name)
    return found


def _numbered(found: Ordered, avoided: Collection[str]) -> Ordered:
    """The same with the parts that have no better name numbered in order."""
    generic = [t for d in found.program.definitions if (t := d.tensor) in found.parts and _GENERIC.fullmatch(t.name)]
    others = (*found.program.declared, *(each.tensor for each in found.program.definitions))
    taken = {tensor.name for tensor in others if tensor not in generic} | set(avoided)
    free = (name for number in count(1) if (name := f"t{number}") not in taken)
    new = {part: Tensor(next(free), part.axes) for part in generic}
    elements = {old: (old.axes, tensor[old.axes]) for old, tensor in new.items()}
    definitions = tuple(
        Definition(new.get(each.tensor, each.tensor), each.indices, substitute_elements(each.body, elements))
        for each in found.program.definitions
    )
    old = found.program
    whole = Program(old.declared, definitions, old.results, old.assumptions)
    return Ordered(whole, frozenset(new.get(part, part) for part in found.parts))


class _Steps:
    """Takes sums, maxima and functions of matrices out of definitions, each once."""

    def __init__(self, program: Program, bodies: Sequence[Expression], taken: Collection[str]) -> None:
        sums = (node for body in bodies for node in walk(body) if isinstance(node, Sum))
        self.uses = Counter(key_of(node, axes_of(node, by_name=True)) for node in sums)
        self.definitions: list[Definition] = []
        self.parts: set[Tensor] = set()
        own = (*program.declared, *(each.tensor for each in program.definitions))
        self.taken = {tensor.name for tensor in own} | set(taken)
        self.known: dict[int, tuple[Tensor, tuple[int, ...]]] = {}

    def define(self, definition: Definition, body: Expression) -> None:
        """Adds a definition after those for the parts in it."""
        taken_apart = self._taken_apart(body)
        self.definitions.append(Definition(definition.tensor, definition.indices, taken_apart))

    def _taken_apart(self, node: Expression) -> Expression:
        match node:
            case Sum():
                axes, body = self._flattened(node)
                chosen = self._chosen(node, axes, factors_of(body))
                if chosen is not None:
                    return chosen
                apart = _terms_apart(body)
                if len(apart) > 1:
                    return add(*(self._taken_apart(_over_all(each, axes)) for each in apart))
                for place, axis in enumerate(axes):
                    narrower = over_the_smaller_range(Sum(body, axis))
                    axes[place], body = narrower.axis, narrower.body
                return contracted(axes, self._taken_apart(body), self.stored)
            case Max(body=body, axis=axis):
                return self.stored(Max(self._taken_apart(body), axis))
            case MatrixFunction():
                return self._of_matrix(node)
        return rebuild(node, self._taken_apart)

    def _flattened(self, total: Sum) -> tuple[list[Axis], Expression]:
        """The axes and the body of sums within each other, also as factors of products, all axes different.

        A factor that is a sum which occurs once more stays one.
        """
        axes: list[Axis] = []

        def out(node: Expression, factor: bool = False) -> Expression:
            match node:
                case Sum(axis=axis):
                    if factor and self.uses[key_of(node, axes_of(node, by_name=True))] > 1:
                        return node
                    taken = {*axes, *total.free}
                    if axis.name in {other.name for other in taken}:
                        node = with_bound_renamed(node, {axis: fresh_axis(axis, taken | bound_axes(total))})
                        assert isinstance(node, Sum)
                    inner = node
                    axes.append(inner.axis)
                    return out(inner.body)
                case Multiply(factors=factors):
                    return multiply(*(out(each, True) for each in factors))
            return node

        body = out(total)
        return axes, body

    def _chosen(self, node: Sum, axes: Sequence[Axis], factors: Sequence[Expression]) -> Expression | None:
        """A sum in which labels choose: the values read or gathered at their places, as a part of its own."""
        found = choice_in(factors, axes)
        if found is not None:
            gate, labels, axis = found
            along = [factor for factor in factors if factor is not gate and axis in factor.free]
            if not along:
                return None
            rest = [factor for factor in factors if factor is not gate and factor not in along]
            values = self._plain(multiply(*along))
            part = self.stored(Sum(multiply(self._gate(labels, axis), values), axis))
            return self._taken_apart(summed(multiply(*rest, part), [each for each in axes if each is not axis]))
        found = choice_in(factors, sorted(node.free, key=lambda axis: axis.name))
        if found is None:
            return None
        gate, labels, axis = found
        rest = [factor for factor in factors if factor is not gate]
        over = [each for each in axes if each in labels.free]
        if frozenset(over) != labels.free or any(axis in factor.free for factor in rest):
            return None
        if not frozenset(over) <= multiply(*rest).free:
            return None
        values = self._plain(summed(multiply(*rest), [each for each in axes if each not in over]))
        if not frozenset(over) <= values.free:
            return None
        return self.stored(summed(multiply(self._gate(labels, axis), values), over))

    def _gate(self, labels: Expression, axis: Axis) -> Expression:
        return indicator("=", self._plain(labels), index_value(axis))

    def _plain(self, expression: Expression) -> Expression:
        """An expression as an element of a tensor at plain indices."""
        apart = self._taken_apart(expression)
        return apart if is_plain(apart) else self.stored(apart)

    def _of_matrix(self, node: MatrixFunction) -> Expression:
        """A function of a matrix under a name of its own; the matrix is a tensor."""
        body = self._taken_apart(node.body)
        if not isinstance(body, Element):
            body = self.stored(body)
        found = matrix_function(node.function, body, node.rows, node.columns, node.at)  # may turn it round
        if not isinstance(found, MatrixFunction):
            return found
        node, body = found, found.body
        outside = tuple(sorted(body.free - {node.rows, node.columns}, key=lambda axis: axis.name))
        own: list[Axis] = []
        for axis in (node.rows, node.columns) * (len(node.at) // 2):
            own.append(fresh_axis(axis, {*outside, *own}))
        whole = MatrixFunction(node.function, body, node.rows, node.columns, tuple(map(as_index, own)))
        order = (*outside, *own)
        key = key_of(whole, order)
        if key not in self.known:
            tensor = Tensor(self.name(whole), order)
            self.known[key] = tensor, tuple(range(len(order)))
            self.parts.add(tensor)
            self.definitions.append(Definition(tensor, order, whole))
        return Element(self.known[key][0], (*map(as_index, outside), *node.at))

    def stored(self, part: Expression) -> Expression:
        """A part as an element of a tensor that has it."""
        order = axes_of(part, by_name=True)
        key = key_of(part, order)
        if key not in self.known:
            axes = axes_of(part)
            tensor = Tensor(self.name(part), axes)
            self.known[key] = tensor, tuple(map(order.index, axes))
            self.parts.add(tensor)
            self.definitions.append(Definition(tensor, axes, part))
        tensor, places = self.known[key]
        return tensor[tuple(order[place] for place in places)]

    def name(self, part: Expression) -> str:
        """A name that is free: of the tensors in it where these are short, xA, else t."""
        factors = [factor for node in walk(part) if isinstance(node, Multiply) for factor in node.factors]
        names = [factor.tensor.name for factor in factors if isinstance(factor, Element)]
        stem = "".join(names) if isinstance(part, Sum) and len(names) == len(factors) else ""
        if isinstance(part, MatrixFunction):
            inside = part.body.tensor.name if isinstance(part.body, Element) else ""
            stem = "_".join((_SHORT[part.function], inside))
        elif not stem or len(stem) > _LONGEST_NAME or not stem.isalnum() or any(map(_GENERIC.fullmatch, names)):
            stem = "peak" if isinstance(part, Max) else "t"
        number = 1
        while (chosen := stem if number == 1 and stem != "t" else f"{stem}{number}") in self.taken:
            number += 1
        self.taken.add(chosen)
        return chosen


def _over_all(body: Expression, axes: Sequence[Axis]) -> Expression:
    """The sum over some axes, where what is equal to an index takes its place."""
    for axis in reversed(axes):
        body = sum_over(body, axis)
    return body


def _terms_apart(body: Expression) -> list[Expression]:
    """A body whose terms are better summed each for itself, as products of two tensors are."""
    if isinstance(body, Add) and any(len(_shapes(term)) > 1 for term in body.terms):
        return list(body.terms)
    factors = body.factors if isinstance(body, Multiply) else (body,)
    for factor in factors:
        if isinstance(factor, Add) and any(_is_outer(term) or _is_inverse(term) for term in factor.terms):
            rest = [each for each in factors if each is not factor]
            return [multiply(*rest, term) for term in factor.terms]
    return [body]


def _shapes(term: Expression) -> set[frozenset[Axis]]:
    """The axes of the factors of a term that have any."""
    factors = term.factors if isinstance(term, Multiply) else (term,)
    return {factor.free for factor in factors if factor.free}


def _is_outer(term: Expression) -> bool:
    """Whether a term is larger than all of its factors, or an identity matrix."""
    return isinstance(term, Delta) or term.free not in _shapes(term)


def _is_inverse(term: Expression) -> bool:
    factors = term.factors if isinstance(term, Multiply) else (term,)
    return any(isinstance(factor, MatrixFunction) and len(factor.free) == 2 for factor in factors)


def _with_derivatives_written_out(expression: Expression) -> Expression:
    """Derivatives of functions by their values where the table can, and the functions that share parts with them."""
    derived = {node.function for node in walk(expression) if isinstance(node, Call) and node.order}

    def change(node: Expression) -> Expression:
        node = rebuild(node, change)
        if not isinstance(node, Call):
            return node
        row = FUNCTIONS[node.function]
        if node.order == 1 and row.derivative_by_value is not None and (row.primitive or node.function == "sigmoid"):
            value = Call(node.function, node.argument)
            return replace(row.derivative_by_value, {Y.identity: value})
        if node.order:
            return change(replace(derivative_expression(node.function, node.order), {X.identity: node.argument}))
        if row.form is not None and node.function not in KEPT_WHOLE and (node.function in derived or _short(row.form)):
            return change(replace(row.form, {X.identity: node.argument}))
        return node

    return change(expression)


def _short(form: Expression) -> bool:
    """Whether a form has no gates: then it is written out and shares its parts with the derivative."""
    return not any(type(node).__name__ == "Indicator" for node in walk(form))


def _without_aliases(definitions: Sequence[Definition], parts: set[Tensor]) -> tuple[Definition, ...]:
    """The definitions with a part that only another name stands for computed under that name."""
    names: dict[Tensor, Definition] = {}
    matrices = {each.tensor for each in definitions if isinstance(each.body, MatrixFunction)}
    for definition in definitions:
        body = definition.body
        if isinstance(body, Element) and body.tensor in parts and body.tensor not in names:
            axes = body.plain_axes
            turned = body.tensor in matrices and axes != definition.indices
            if len(axes) == len(definition.indices) and set(axes) == set(definition.indices) and not turned:
                names[body.tensor] = definition
                parts.discard(body.tensor)
    places = {part: _plain_axes(definition.body) for part, definition in names.items()}
    elements: dict[Tensor, tuple[tuple[Axis, ...], Expression]] = {
        part: (places[part], definition.left) for part, definition in names.items()
    }
    kept = []
    for definition in definitions:
        if definition in names.values():
            continue
        body = substitute_elements(definition.body, elements)
        if definition.tensor in names:
            body = substitute_axes(body, dict(zip(definition.indices, places[definition.tensor], strict=True)))
            definition = names[definition.tensor]
        kept.append(Definition(definition.tensor, definition.indices, body))
    return tuple(kept)


def _plain_axes(body: Expression) -> tuple[Axis, ...]:
    """The axes at which an element is read."""
    assert isinstance(body, Element)
    return tuple(index.axis for index in body.indices if index.axis is not None)


def _with_functions_before(program: Program, steps: _Steps) -> Program:
    """The program with functions of fewer axes computed before, not once for each place of all axes."""
    steps.definitions = []

    def before(node: Expression, axes: frozenset[Axis]) -> Expression:
        if isinstance(node, Call) and node.tensors and node.free < axes:
            return steps.stored(node)
        return rebuild(node, lambda child: before(child, axes))

    recurrent = recurrent_tensors(program.definitions)
    for each in program.definitions:
        if each.tensor in recurrent:
            steps.definitions.append(each)
            continue
        body = rebuild(each.body, lambda node, axes=frozenset(each.indices): before(node, axes))  # type: ignore[misc]
        steps.definitions.append(Definition(each.tensor, each.indices, body))
    return Program(program.declared, tuple(steps.definitions), program.results, program.assumptions)
