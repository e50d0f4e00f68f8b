"""Edits that mend slips in the rules of differentiation: of an activation, a power, a logarithm, a sum, a quotient."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from chalkgrad.checking.activation_factors import activation_factors, without
from chalkgrad.checking.edits import Subject, everywhere
from chalkgrad.checking.words import What
from chalkgrad.language import Add, Call, Element, Expression, Multiply, Number, Power, add, multiply, number, power

Edited = Iterator[tuple[Expression, What]]
_RECTIFIERS = frozenset({"relu", "leaky_relu", "relu6"})


def _values_of(function: str, subject: Subject) -> Callable[[Expression], bool]:
    """Whether an expression is a value of the function: a call of it, or a tensor defined as one."""
    tensors = {definition.tensor for definition, body in subject.activations() if body.function == function}

    def is_value(node: Expression) -> bool:
        if isinstance(node, Call):
            return node.function == function and node.order == 0
        return isinstance(node, Element) and node.tensor in tensors

    return is_value


def sigmoid_derivative(expression: Expression, subject: Subject) -> Edited:
    """σ(1 + σ), σ(σ - 1), σ², σ alone and 1 - σ alone become σ(1 - σ)."""
    is_value = _values_of("sigmoid", subject)

    def edit(node: Expression) -> Edited:
        for factor in node.factors if isinstance(node, Multiply) else (node,):
            for value in filter(is_value, (*_inside(factor), factor)):
                rest = without(node, (factor,))
                if factor is add(1, value):
                    yield multiply(rest, 1 - value), (value, "(1 + ", value, ")")
                    yield multiply(rest, value, 1 - value), factor
                elif factor is power(value, 2):
                    yield multiply(rest, value, 1 - value), factor
                elif factor is value:
                    yield multiply(rest, value, 1 - value), (value, " alone")
                elif factor is 1 - value:
                    yield multiply(rest, value, 1 - value), ("(", factor, ") alone")

    return everywhere(expression, edit)


def _inside(factor: Expression) -> Iterator[Expression]:
    """The value in a term of a sum, in a power, or with another sign."""
    for part in factor.terms if isinstance(factor, Add) else (factor,):
        for inner in (part, -part):
            yield inner.base if isinstance(inner, Power) else inner


def tanh_derivative(expression: Expression, subject: Subject) -> Edited:
    """1 - tanh, 1 + tanh², tanh² and (1 - tanh)² become 1 - tanh²."""
    is_value = _values_of("tanh", subject)

    def edit(node: Expression) -> Edited:
        for factor in node.factors if isinstance(node, Multiply) else (node,):
            within = factor.base if isinstance(factor, Power) else factor
            for value in filter(is_value, (*_inside(within), within)):
                slips = (1 - value, 1 + value, 1 + value**2, value**2, (1 - value) ** 2, value**2 - 1)
                if any(factor is slip for slip in slips):
                    yield multiply(without(node, (factor,)), 1 - value**2), factor

    return everywhere(expression, edit)


def relu_derivative(expression: Expression, subject: Subject) -> Edited:
    """A rectifier's value becomes its derivative."""
    return _derived(expression, subject, lambda function: function in _RECTIFIERS)


def value_derivative(expression: Expression, subject: Subject) -> Edited:
    """The value of another activation, or what an activation is applied to, becomes the derivative there."""
    yield from _derived(expression, subject, lambda function: function not in _RECTIFIERS)
    arguments = {body.argument.tensor: body for _, body in subject.layers if isinstance(body.argument, Element)}

    def edit(node: Expression) -> Edited:
        for factor in node.factors if isinstance(node, Multiply) else ():
            if isinstance(factor, Element) and factor.tensor in arguments:
                slope = Call(arguments[factor.tensor].function, factor, 1)
                yield multiply(without(node, (factor,)), slope), factor

    yield from everywhere(expression, edit)


def _derived(expression: Expression, subject: Subject, wanted: Callable[[str], bool]) -> Edited:
    bodies = {definition.tensor: body for definition, body in subject.activations() if wanted(body.function)}

    def edit(node: Expression) -> Edited:
        if isinstance(node, Element) and node.tensor in bodies:
            body = bodies[node.tensor]
            assert isinstance(body.argument, Element)
            yield Call(body.function, Element(body.argument.tensor, node.indices), 1), node

    return everywhere(expression, edit)


def constant_dropped(expression: Expression, subject: Subject) -> Edited:
    """A sum without a term that is a number."""
    return _without_terms(expression, numbers=True)


def term_dropped(expression: Expression, subject: Subject) -> Edited:
    """A sum without a term that is no number."""
    return _without_terms(expression, numbers=False)


def _without_terms(expression: Expression, numbers: bool) -> Edited:
    def edit(node: Expression) -> Edited:
        if isinstance(node, Add):
            for term in node.terms:
                if isinstance(term, Number) is numbers:
                    yield add(*(other for other in node.terms if other is not term)), term

    return everywhere(expression, edit)


def term_negated(expression: Expression, subject: Subject) -> Edited:
    """One term of a sum with the other sign, unless it is a number."""

    def edit(node: Expression) -> Edited:
        if isinstance(node, Add):
            for term in node.terms:
                if isinstance(term, Number):
                    continue
                yield add(*(-other if other is term else other for other in node.terms)), term

    return everywhere(expression, edit)


def exponent_shifted(expression: Expression, subject: Subject) -> Edited:
    """A power with the exponent one lower or one higher."""

    def edit(node: Expression) -> Edited:
        if isinstance(node, Power) and isinstance(node.exponent, Number):
            for step in (-1, 1):
                yield power(node.base, number(str(node.exponent.value + step))), node

    return everywhere(expression, edit)


def logarithm_derived(expression: Expression, subject: Subject) -> Edited:
    """A logarithm becomes one over its argument."""

    def edit(node: Expression) -> Edited:
        if isinstance(node, Call) and node.function == "log" and node.order == 0:
            yield power(node.argument, -1), node

    return everywhere(expression, edit)


def factor_inverted(expression: Expression, subject: Subject) -> Edited:
    """One factor of a product, or a derivative of an activation, or a term, moved across the fraction line."""

    def edit(node: Expression) -> Edited:
        if isinstance(node, Multiply):
            single = [(factor,) for factor in node.factors if not isinstance(factor, Number)]
            for moved in (*single, *(found.factors for found in activation_factors(node))):
                below = (power(factor, -1) for factor in moved)
                yield multiply(without(node, moved), *below), multiply(*moved)
        elif isinstance(node, Add):
            for term in node.terms:
                if isinstance(term, Element):
                    yield add(*(power(term, -1) if other is term else other for other in node.terms)), term

    return everywhere(expression, edit)
