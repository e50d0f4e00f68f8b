r"""Equations with a derivative on the left: what is claimed about which gradient, link by link.

In `\frac{\partial L}{\partial v} = \frac{\partial L}{\partial\hat y}\frac{\partial\hat y}{\partial v} = (\hat y - y) h`
the first link is a chain of factors, the second an expression. Sums are kept as they are written.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

from chalkgrad.calculus import derive
from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.language import Axis, Call, Definition, Element, Expression, Index, Program, Tensor
from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import Chain, Derivative, Group, Name, Product, Span, Syntax, walk_syntax
from chalkgrad.reading.conventions import LOSS_NAMES
from chalkgrad.reading.families import key_of, quantities
from chalkgrad.reading.meaning import Meaning, Part, meaning_of
from chalkgrad.reading.own_names import own_written_in, written_in
from chalkgrad.reading.refitting import Variant, variants
from chalkgrad.reading.scope import Scope, core, index_of
from chalkgrad.reading.shapes import ANY_SIZE, Value

_UNDER_THE_OUTPUT = frozenset({"out", "net", "logit", "logits", "score", "scores", "z", "s", "a", "o", "u"})
_TIMES = frozenset({"", r"\cdot", r"\times", "*", r"\circ", r"\odot"})


@dataclass(frozen=True)
class Place:
    """A tensor, or the part of it at some indices (None: all of it)."""

    tensor: Tensor
    indices: tuple[Index, ...] | None = None

    def __str__(self) -> str:
        return self.tensor.name if not self.indices else str(self.tensor[self.indices])


@dataclass(frozen=True)
class DerivativeFactor:
    """One factor of a chain: the derivative of one thing with respect to another."""

    of: Place
    wrt: Place
    syntax: Syntax

    def __str__(self) -> str:
        return f"d{self.of}/d{self.wrt}"


@dataclass(frozen=True)
class Link:
    """One right-hand side of a claim.

    Either `chain` has its factors, or `expression` has what it says; `parts` has what each part of it says, with its
    place in the equation, and `own` which names of the writer's it uses. `axes` are the expression's free axes that run
    along the axes of what is derived by, in that order; () where it claims one number. `transposed` says that it was
    written with rows and columns exchanged. `problem` says why a link could not be read, `refits` what it may have been
    meant to say. `written` is the expression with the writer's own names standing in it.
    """

    syntax: Syntax
    chain: tuple[DerivativeFactor, ...] = ()
    expression: Expression | None = None
    axes: tuple[Axis, ...] = ()
    transposed: bool = False
    problem: ReadingError | None = None
    parts: tuple[Part, ...] = ()
    own: frozenset[Tensor] = frozenset()
    written: Expression | None = None
    refits: tuple[Refit, ...] = ()


@dataclass(frozen=True)
class Refit:
    """What a side that cannot be read would say after one change, which is `link`.

    `kind` is that of the change, `what` the part that was changed, `tensor` what a changed name stands for then.
    """

    kind: str
    what: str
    span: Span
    link: Link
    tensor: Tensor | None = None


@dataclass(frozen=True)
class Claim:
    """An equation of a document, read: a `definition`, or a `claim` that `of` has certain derivatives by `wrt`; an
    `identity` says of formulae that they are equal.

    `subject` is short plain text: `dL/dv`, `df/dx`, or the name that a definition defines. `guesses` are sentences.
    `own` is what a name of the writer's stands for, where the equation defines one. `model` is the program that the
    claim is about, where that is not the document's.
    """

    equation: WrittenEquation
    kind: Literal["definition", "claim", "identity"]
    subject: str
    syntax: Syntax
    of: Place | None = None
    wrt: Place | None = None
    links: tuple[Link, ...] = ()
    guesses: tuple[str, ...] = ()
    relations: tuple[str, ...] = field(default=())
    own: Definition | None = None
    model: Program | None = None

    @property
    def line(self) -> int:
        """The line where it begins; in maths of several lines that is not the line where these begin."""
        return self.equation.line + self._before.count("\n")

    @property
    def column(self) -> int:
        """The column where that line's maths begins."""
        end = self._before.rfind("\n")
        return self.equation.column if end < 0 else len(self._before) - end

    @property
    def _before(self) -> str:
        return self.equation.latex[: self.syntax.span[0]]


def loosen(scope: Scope, claims: Iterable[Syntax], result: Tensor | None) -> None:
    """Makes known the names that the claims use loosely: a V for all of v, a bare c for c_1, a J for the loss."""
    for name in (name for claim in claims for name in quantities(claim)):
        key = key_of(name)
        if scope.resolve(name) is not None or scope.segments(name) is not None:
            continue
        swapped = key.swapcase()
        lone = [spelled for spelled in scope.elements if spelled.rpartition("_")[0] in (key, swapped)]
        if len(key) == 1 and swapped in scope.tensors:
            scope.tensors[key] = scope.tensors[swapped]
            scope.guesses[key] = _all_of(key, swapped, scope.tensors[swapped])
        elif len(lone) == 1:
            scope.tensors[key] = scope.elements[lone[0]].tensor
            scope.guesses[key] = f"{key} is {_spelled(lone[0])}"
        elif key in LOSS_NAMES and result is not None:
            scope.tensors[key] = result
            scope.guesses[key] = f"{key} is the loss"


def name_by_role(scope: Scope, claims: Iterable[Syntax], output: Definition) -> None:
    """Makes known the names by which is derived and which are only used so: a `net`, a `logit` under the output.

    A value that the document has a name for needs no other.
    """
    body = output.body
    if not isinstance(body, Call) or not isinstance(body.argument, Element):
        return
    if body.argument.tensor.name != f"z_{output.tensor.name}":
        return
    for name in (name for part in derivatives_in(claims) for name in part.denominators if isinstance(name, Name)):
        key = key_of(name)
        if key in _UNDER_THE_OUTPUT and not name.subscripts and scope.resolve(name) is None:
            scope.tensors[key] = body.argument.tensor
            scope.guesses[key] = f"{key} is the value under the function of {output.tensor.name}"


def _spelled(written: str) -> str:
    base, _, below = written.rpartition("_")
    return f"{base}_{below}" if len(below) == 1 else f"{base}_{{{below}}}"


def _all_of(key: str, base: str, tensor: Tensor) -> str:
    sizes = [axis.size for axis in tensor.axes]
    if not sizes:
        return f"{key} is {base}"
    if len(sizes) == 1 and isinstance(sizes[0], int):
        places = [f"{base}_{place}" for place in range(1, sizes[0] + 1)]
        shown = ", ".join(places if len(places) <= 4 else [*places[:2], "…", places[-1]])
        return f"{key} is the vector of {shown}"
    if len(sizes) == 2:
        return f"{key} is the matrix of {base}_{{11}}, …, {base}_{{{sizes[0]}{sizes[1]}}}"
    return f"{key} is all of {base}"


def pre_activation_names(claims: Iterable[Syntax], known: Mapping[str, object]) -> dict[str, Name]:
    r"""For a defined name, the unknown name by which it is derived somewhere: `\frac{\partial\hat y}{\partial out}`."""
    found: dict[str, Name] = {}
    for part in derivatives_in(claims):
        above, below = part.numerator, part.denominators[0]
        if not isinstance(above, Name) or not isinstance(below, Name) or len(part.denominators) != 1:
            continue
        key = key_of(below)
        of = next((each for each in (key_of(above), key_of(above).swapcase()) if each in known), None)
        if of is not None and key not in known and key.swapcase() not in known:
            found.setdefault(of, below)
    return found


def evaluated_names(claims: Iterable[Syntax], heads: Mapping[str, str], known: Mapping[str, object]) -> dict[str, Name]:
    r"""For a defined name, the unknown name at which the derivative of its outer function is taken: `\sigma'(out)`.

    `heads` has the defined name for each outer function.
    """
    found: dict[str, Name] = {}
    for part in (part for claim in claims for part in walk_syntax(claim) if isinstance(part, Product)):
        for function, group in pairwise(part.factors):
            if not isinstance(function, Name) or not function.primes or function.base not in heads:
                continue
            argument = group.contents[0] if isinstance(group, Group) and len(group.contents) == 1 else None
            if (
                isinstance(argument, Name)
                and key_of(argument) not in known
                and key_of(argument).swapcase() not in known
            ):
                found.setdefault(heads[function.base], argument)
    return found


def outer_function(side: Syntax) -> str:
    r"""The function that a side is a call of, such as `\sigma` in `\sigma(h_1v_1 + c)`; "" for anything else."""
    if isinstance(side, Product) and len(side.factors) == 2 and isinstance(side.factors[1], Group):
        function = side.factors[0]
        return function.base if isinstance(function, Name) and not function.primes else ""
    return ""


def derivatives_in(claims: Iterable[Syntax]) -> list[Derivative]:
    """The derivatives in the claims, from left to right."""
    return [part for claim in claims for part in walk_syntax(claim) if isinstance(part, Derivative)]


def read_claim(equation: WrittenEquation, chain: Chain, scope: Scope) -> Claim:
    """The claim that an equation with a derivative on its left makes. Raises `ReadingError` if that side is not clear.

    A right-hand side that cannot be read becomes a link with its problem.
    """
    scope.heard()
    left = chain.sides[0]
    assert isinstance(left, Derivative)
    meaning = Meaning(scope, equation.latex)
    if left.numerator is None or len(left.denominators) not in (1, 2):
        raise meaning.error("this is not a first derivative of something", left, r"\frac{\partial L}{\partial w}")
    letters: dict[str, Axis] = {}
    wrt = _place(left.denominators[0], meaning, letters)
    of = _place(left.numerator, meaning, letters)
    if len(left.denominators) == 2:
        return _second(equation, chain, scope, (of, wrt, _place(left.denominators[1], meaning, letters)), letters)
    links = tuple(_link(side, scope, equation, of, wrt, letters) for side in chain.sides[1:])
    subject = f"d{of}/d{wrt}"
    return Claim(equation, "claim", subject, chain, of, wrt, links, scope.heard(), chain.relations)


def _second(
    equation: WrittenEquation, chain: Chain, scope: Scope, places: tuple[Place, Place, Place], letters: dict[str, Axis]
) -> Claim:
    """The claim about a second derivative of the loss: about the first derivative of the gradient as we derive it."""
    of, wrt, inner = places
    program, left = scope.program, chain.sides[0]
    if program is None or of.tensor is not program.result:
        problem = "only the second derivative of the loss, or of a function, can be judged"
        raise Meaning(scope, equation.latex).error(problem, left)
    try:
        gradient = derive(program, [inner.tensor.name]).program
    except ChalkgradError as problem:
        raise ReadingError(str(problem)) from None
    first = Place(gradient.result, inner.indices)
    links = tuple(_link(side, scope, equation, of, wrt, letters) for side in chain.sides[1:])
    subject = f"d2{of}/d{wrt}2" if wrt == inner else f"d2{of}/d{wrt}d{inner}"
    return Claim(equation, "claim", subject, chain, first, wrt, links, scope.heard(), chain.relations, model=gradient)


def _place(syntax: Syntax, meaning: Meaning, letters: dict[str, Axis]) -> Place:
    """The tensor, or the part of one, that a name stands for; letters among its indices become axes."""
    if isinstance(syntax, Name):
        resolved = meaning.scope.use(syntax)
        if resolved is None:
            meaning.unknown_name(syntax)
            raise meaning.error(f"'{core(syntax)}' is not one quantity", syntax)
        if resolved.indices is None:
            return Place(resolved.tensor)
        for index, axis in zip(resolved.indices, resolved.tensor.axes, strict=True):
            if isinstance(index, Name):
                letters.setdefault(core(index), Axis(core(index), axis.size))
        pairs = zip(resolved.indices, resolved.tensor.axes, strict=True)
        try:
            return Place(resolved.tensor, tuple(index_of(index, letters, axis) for index, axis in pairs))
        except ReadingError as problem:
            raise meaning.error(problem.problem, syntax, problem.expected) from None
    raise meaning.error("a derivative of or by something that is not a name", syntax, "a name")


def _link(
    side: Syntax, scope: Scope, equation: WrittenEquation, of: Place, wrt: Place, letters: Mapping[str, Axis]
) -> Link:
    try:
        return _read_link(side, scope, equation, of, wrt, letters)
    except ReadingError as problem:
        refits = []
        for variant in variants(side, tuple(letters)):
            try:
                link = _read_link(variant.syntax, scope, equation, of, wrt, letters)
            except ReadingError:
                continue
            refits.append(refit_of(variant, link, scope, equation))
        return Link(side, problem=problem, refits=tuple(refits))


def refit_of(variant: Variant, link: Link, scope: Scope, equation: WrittenEquation) -> Refit:
    """The variant, whose link could be read."""
    resolved = scope.resolve(variant.name) if variant.name is not None else None
    what = equation.latex[slice(*variant.span)].strip()
    return Refit(variant.kind, what, variant.span, link, resolved.tensor if resolved is not None else None)


def _read_link(
    side: Syntax, scope: Scope, equation: WrittenEquation, of: Place, wrt: Place, letters: Mapping[str, Axis]
) -> Link:
    factors = _chain_factors(side)
    if len(factors) > 1 or (factors and scope.program is None):
        meaning = Meaning(scope, equation.latex)
        known = dict(letters)
        chain = tuple(_chain_factor(factor, meaning, known) for factor in factors)
        return Link(side, chain)
    parts: list[Part] = []
    value = meaning_of(side, scope, equation.latex, dict(letters), parts)
    expression = written_in(value.expression, scope, of.tensor)
    own = frozenset(value.expression.tensors) & scope.own.keys()
    if expression is not value.expression:
        parts = [(own_written_in(part, scope, of.tensor), span) for part, span in parts]
    axes, transposed = _along(value, wrt, scope)
    return Link(side, (), expression, axes, transposed, None, tuple(parts), own, value.expression)


def _chain_factors(side: Syntax) -> Sequence[Derivative]:
    if isinstance(side, Derivative):
        return (side,)
    if isinstance(side, Product) and _TIMES.issuperset(side.operators):
        factors = [factor for factor in side.factors if isinstance(factor, Derivative)]
        return factors if len(factors) == len(side.factors) else ()
    return ()


def _chain_factor(factor: Derivative, meaning: Meaning, letters: dict[str, Axis]) -> DerivativeFactor:
    if factor.numerator is None or len(factor.denominators) != 1:
        raise meaning.error("this is not a first derivative of something", factor)
    of = _place(factor.numerator, meaning, letters)
    return DerivativeFactor(of, _place(factor.denominators[0], meaning, letters), factor)


def _along(value: Value, wrt: Place, scope: Scope) -> tuple[tuple[Axis, ...], bool]:
    """The axes of the value along those of what is derived by, and whether rows and columns are exchanged."""
    if wrt.indices is not None:
        return tuple(index.axis for index in wrt.indices if index.axis is not None), False
    sizes = [axis.size for axis in wrt.tensor.axes]
    if len(value.axes) == len(sizes) and any(axis.size == ANY_SIZE for axis in value.axes):
        return wrt.tensor.axes, False
    if value.axes:
        if [axis.size for axis in value.axes] == sizes:
            return value.axes, False
        if [axis.size for axis in reversed(value.axes)] == sizes:
            return tuple(reversed(value.axes)), True
        return value.axes, False
    free = sorted(value.expression.free, key=lambda axis: axis.name)
    if free and len(free) == len(sizes) and sorted(map(str, sizes)) == sorted(str(axis.size) for axis in free):
        along = []
        for size in sizes:
            along.append(next(axis for axis in free if axis.size == size and axis not in along))
        letters = " and ".join(axis.name for axis in along)
        scope.say(f"{letters} on the right stands for the places of {wrt.tensor.name}")
        return tuple(along), False
    return tuple(free), False
