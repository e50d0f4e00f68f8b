"""A derivation as a person writes it: the chain of factors, each factor worked out, put together, simplified."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise

from chalkgrad.calculus import Derivation, Factor
from chalkgrad.calculus.stable_forms import stable_steps
from chalkgrad.errors import UnknownNameError
from chalkgrad.language import (
    ONE,
    Axis,
    Definition,
    Element,
    Expression,
    Role,
    Sum,
    as_index,
    substitute_axes,
    tensors_in,
    walk,
)
from chalkgrad.notation import Notation, notation_named
from chalkgrad.writing.boxes import (
    EQUALS,
    SIGMA_SUM,
    TIMES,
    Aligned,
    BigOperator,
    Box,
    Equation,
    digits,
    row,
    separated,
)
from chalkgrad.writing.equations import FORMS, OUTPUTS, equations
from chalkgrad.writing.index_form import PRODUCT, ExpressionWriter
from chalkgrad.writing.latex import latex, prose
from chalkgrad.writing.mathml import mathml
from chalkgrad.writing.names import Names, names_for
from chalkgrad.writing.scalar_form import terms, written_out
from chalkgrad.writing.unicode import unicode_text

LONGEST_CHAIN = 10  # with more links than this, a gradient is written in terms of the one above it
LARGEST_CLOSED_FORM = 80  # a closed form of more nodes than this is not written


@dataclass(frozen=True)
class Line:
    """One step on the page: the rule that was used, a sentence that says so, and what is written down."""

    rule: str
    sentence: str
    box: Box


def derivation_lines(
    derivation: Derivation, wrt: Sequence[str] | None = None, notation: Notation | str = "plain", form: str = "index"
) -> dict[str, list[Line]]:
    """The lines of each gradient, by the name of the tensor that it is for.

    Where there is exactly one way from the loss down to the tensor, its factors are written out; where there are
    several, each derivative on the way is worked out once, from the loss downwards. Raises `UnknownNameError`.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.language import Program, Tensor, call
    >>> w, o, loss = Tensor("w", (), Role.PARAMETER), Tensor("o"), Tensor("L")
    >>> both = (Definition(o, (), call("sin", w[()])), Definition(loss, (), o[()] ** 2))
    >>> for line in derivation_lines(derive(Program((w,), both, (loss,))))["w"]:
    ...     print(line.rule, unicode_text(line.box), sep=": ")
    chain rule: ∂L/∂w = ∂L/∂o · ∂o/∂w
    factors: ∂L/∂o = 2o
    ∂o/∂w = cos(w)
    substitute: ∂L/∂w = 2o · cos(w)
    result: ∂L/∂w = 2o cos(w)
    """
    if form not in FORMS:
        raise UnknownNameError("form", form, FORMS)
    chosen = notation_named(notation) if isinstance(notation, str) else notation
    page = _Page(derivation, _names(derivation, chosen), form, set())
    return {name: page.gradient(name) for name in (wrt if wrt is not None else tuple(derivation.gradients))}


def stable_lines(
    derivation: Derivation, wrt: str, notation: Notation | str = "plain", form: str = "index"
) -> list[Line]:
    """What the result and the gradient by a name are computed as, where numbers want another form, and why.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.language import Call, Program, Tensor
    >>> x, loss = Tensor("x", (), Role.PARAMETER), Tensor("L")
    >>> body = Call("log", 1 + Call("exp", x[()]))
    >>> for line in stable_lines(derive(Program((x,), (Definition(loss, (), body),), (loss,))), "x"):
    ...     print(line.sentence, unicode_text(line.box))
    Computed as (logarithm of one plus an exponential, as the exponential overflows for large a): L = softplus(x)
    """
    chosen = notation_named(notation) if isinstance(notation, str) else notation
    names, lines = _names(derivation, chosen), []
    for definition in (*derivation.source.definitions, derivation.definition(wrt)):
        for step in stable_steps(definition):
            written = equations(Definition(definition.tensor, definition.indices, step.after), names, form)
            box = written[0] if len(written) == 1 else Aligned(tuple(written))
            lines.append(Line(step.rule, f"Computed as ({step.rule}):", box))
    return lines


def write_derivation(
    derivation: Derivation,
    wrt: Sequence[str] | None = None,
    notation: Notation | str = "plain",
    form: str = "index",
    to: str = "unicode",
) -> str:
    """The derivation, each sentence followed by its equations: LaTeX paragraphs, HTML with MathML, or lines of text.

    The text is Unicode also for `to="text"`. Raises `UnknownNameError`.

    >>> from chalkgrad.calculus import derive
    >>> from chalkgrad.language import Program, Tensor
    >>> w, loss = Tensor("w", (), Role.PARAMETER), Tensor("L")
    >>> print(write_derivation(derive(Program((w,), (Definition(loss, (), w[()] ** 3),), (loss,)))))
    And so:
      ∂L/∂w = 3w²
    """
    if to not in OUTPUTS:
        raise UnknownNameError("output", to, OUTPUTS)
    gradients = derivation_lines(derivation, wrt, notation, form)
    lines = [line for written in gradients.values() for line in written]
    return "\n".join(line_text(line, to) for line in lines)


def line_text(line: Line, to: str) -> str:
    """One line in an output: its sentence, then what is written down."""
    match to:
        case "latex":
            return f"{prose(line.sentence)}\n\\[\n{latex(line.box)}\n\\]"
        case "mathml":
            return f"<p>{escape(line.sentence)}</p>\n{mathml(line.box)}"
    written = unicode_text(line.box).replace("\n", "\n  ")
    return f"{line.sentence}\n  {written}"


@dataclass(frozen=True)
class _Page:
    """What is being written, how, and which derivatives stand on the page already."""

    derivation: Derivation
    names: Names
    form: str
    shown: set[str]

    def gradient(self, wrt: str) -> list[Line]:
        definition = self.derivation.definition(wrt)
        links = self._links(wrt) if self.form != "matrix" else []
        if len(links) < 2:
            return [self._worked_out(name, wrt, place == 0) for place, name in enumerate(self._needed(wrt))]
        left = self.names.element(_settled_element(definition.left))
        return [
            Line("chain rule", "By the chain rule:", Equation(left, self._chain(links, definition))),
            Line("factors", "Each factor:", self._factors(links)),
            Line("substitute", "Put together:", Equation(left, self._put_together(links, definition))),
            *self._result(wrt, definition),
        ]

    def _links(self, wrt: str) -> list[Factor]:
        """The factors from the result down to `wrt`, if there is one way and their indices meet."""
        path = self.derivation.chain(wrt)
        if not 2 <= len(path) <= LONGEST_CHAIN:
            return []
        links = [self.derivation.factors[pair] for pair in pairwise(path)]
        meet = all(above.wrt is below.of for above, below in pairwise(links))
        ends = not links[0].of.indices and links[-1].wrt.indices == self.derivation.definition(wrt).left.indices
        return links if meet and ends else []

    def _over(self, body: Box, links: list[Factor], definition: Definition) -> Box:
        """The body summed over the indices between the result and the gradient's own."""
        between = dict.fromkeys(index.axis for link in links for index in link.wrt.indices)
        summed = [axis for axis in between if axis is not None and axis not in definition.indices and axis.size != 1]
        for axis in reversed(summed):
            below = row(self.names.axis(axis), EQUALS, digits(str(self.names.notation.first_index)))
            body = BigOperator(SIGMA_SUM, body, below, self.names.size(axis.size))
        return body

    def _link(self, link: Factor) -> Box:
        of, wrt = (self.names.element(_settled_element(element)) for element in (link.of, link.wrt))
        return self.names.derivative(of, wrt)

    def _chain(self, links: list[Factor], definition: Definition) -> Box:
        return self._over(separated([self._link(link) for link in links], TIMES), links, definition)

    def _factors(self, links: list[Factor]) -> Box:
        lines = []
        for link in links:
            raw, value = (self._box(expression) for expression in (link.raw, link.value))
            lines.append(Equation(self._link(link), raw if raw == value else row(raw, EQUALS, value)))
        return Aligned(tuple(lines))

    def _put_together(self, links: list[Factor], definition: Definition) -> Box:
        values = [link.value for link in links if link.value is not ONE] or [ONE]
        boxes = [self._box(value, PRODUCT if len(values) > 1 else 0) for value in values]
        return self._over(separated(boxes, TIMES), links, definition)

    def _result(self, wrt: str, definition: Definition) -> list[Line]:
        """The closed form, and the gradient in terms of a derivative that has been worked out already."""
        lines = []
        closed = self.derivation.closed_form(wrt)
        if sum(1 for _ in walk(closed)) <= LARGEST_CLOSED_FORM:
            whole = Definition(definition.tensor, definition.indices, closed)
            lines.append(Line("result", "Simplified:", self._equations(whole)))
        indirect = any(tensor.role is Role.ADJOINT for tensor in tensors_in(definition.body))
        if indirect and (self.form != "scalar" or not lines):
            sentence = "In terms of the derivative one step above:" if lines else "Simplified:"
            lines.append(Line("in terms of adjoints", sentence, self._equations(definition)))
        return lines

    def _needed(self, wrt: str) -> list[str]:
        """The tensors whose derivatives the gradient is made of, from the result downwards, ending with its own."""
        by_tensor = {definition.tensor: name for name, definition in self.derivation.adjoints.items()}
        wanted, pending = {wrt}, [wrt]
        while pending:
            bodies = [self.derivation.definition(pending[-1]).body]
            if self.form != "matrix":
                bodies += [step.after for step in self.derivation.steps_for(pending[-1])]
            pending.pop()
            for tensor in (tensor for body in bodies for tensor in tensors_in(body)):
                if tensor in by_tensor and by_tensor[tensor] not in wanted | self.shown:
                    wanted.add(by_tensor[tensor])
                    pending.append(by_tensor[tensor])
        self.shown.update(wanted)
        return [name for name in self.derivation.adjoints if name in wanted and name != self.derivation.of]

    def _worked_out(self, name: str, wrt: str, first: bool) -> Line:
        """One derivative on the way to that by `wrt`, step under step, each with its rule."""
        definition = self.derivation.definition(name)
        steps = self.derivation.steps_for(name)
        sentence = "And so:" if name == wrt else "From the result downwards:" if first else "Then:"
        rule = steps[-1].rule if steps else "no dependence"
        if self.form == "matrix" or len(steps) < 2:
            return Line(rule, sentence, self._equations(definition))
        left: Box | None = self.names.element(_settled_element(definition.left))
        lines = []
        for step in steps:
            lines.append(Equation(left, self._box(step.after), remark=step.rule))
            left = None
        return Line(rule, sentence, Aligned(tuple(lines)))

    def _equations(self, definition: Definition) -> Box:
        lines = equations(definition, self.names, self.form)
        return lines[0] if len(lines) == 1 else Aligned(tuple(lines))

    def _box(self, expression: Expression, at_least: int = 0) -> Box:
        settled = _settled(expression)
        if self.form == "scalar":
            return ExpressionWriter(self.names, terms).wrapped(written_out(settled), at_least)
        writer = ExpressionWriter(self.names)
        return writer.wrapped(settled, at_least + isinstance(settled, Sum) if at_least else 0)


def _names(derivation: Derivation, notation: Notation) -> Names:
    names = names_for(notation, derivation.program)
    adjoints = tuple(definition.tensor for definition in derivation.adjoints.values())
    return replace(names, tensors=tuple(dict.fromkeys((*names.tensors, *adjoints))))


def _settled(expression: Expression) -> Expression:
    """The expression with its free axes of size 1 at their only place."""
    return substitute_axes(expression, {axis: 0 for axis in expression.free if axis.size == 1})


def _settled_element(element: Element) -> Element:
    single: dict[Axis, int] = {axis: 0 for axis in element.free if axis.size == 1}
    indices = (
        index if index.axis is None else as_index(single.get(index.axis, index.axis)) for index in element.indices
    )
    return Element(element.tensor, tuple(indices))
