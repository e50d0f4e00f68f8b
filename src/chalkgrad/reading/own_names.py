r"""Names that the writer introduces on the way back through the network: `dZ^{[2]} = A^{[2]} - Y`, `\delta_j = …`.

A later line is read with the writer's own definitions written in, so that it is judged by what it says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from chalkgrad.calculus import derive
from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.language import Axis, Definition, Element, Expression, Program, Role, Tensor, substitute_elements, walk
from chalkgrad.page.limits import LARGEST_WRITTEN_IN
from chalkgrad.page.syntax import Chain, Derivative, Name, Syntax, walk_syntax
from chalkgrad.reading.conventions import ERRORS, LOSS_NAMES, TARGETS, sample_letter
from chalkgrad.reading.families import key_of, quantities
from chalkgrad.reading.meaning import Part, meaning_of
from chalkgrad.reading.scope import Layout, Scope, core, superscript_parts, text_of
from chalkgrad.reading.shapes import Value

_MOST_STEPS = 20


def own_definitions(chains: Sequence[Chain]) -> set[int]:
    """Which of the definitions are no part of the network: those of gradients, and of errors that no loss uses.

    >>> from chalkgrad.reading.latex import read_latex
    >>> sorted(own_definitions(read_latex(r"z = w x, y = \\sigma(z), \\delta = y - t, g = \\delta x")))
    [2, 3]
    """
    lefts = {place: chain.sides[0] for place, chain in enumerate(chains) if isinstance(chain.sides[0], Name)}
    keys = {key_of(left) for left in lefts.values()}
    everything = keys | {key_of(name) for chain in chains for side in chain.sides[1:2] for name in quantities(side)}
    used = {place: _used(chain.sides[1], keys) for place, chain in enumerate(chains)}
    own: set[int] = set()
    own_keys: set[str] = set()
    for place, left in lefts.items():
        chain, key = chains[place], key_of(left)
        needed = any(key in names and other not in own for other, names in used.items() if other != place)
        error = (
            used[place] & (set(TARGETS) - keys) and core(left) not in LOSS_NAMES and not _feeds_loss(key, lefts, used)
        )
        if (
            core(left) in ERRORS
            or differentiated(left, everything) is not None
            or any(_about_derivatives(side) for side in chain.sides[1:])
            or used[place] & own_keys
            or (error and not needed)
            or (error and place > 1)
        ):
            own.add(place)
            own_keys.add(key)
    return own


def _used(side: Syntax, keys: set[str]) -> set[str]:
    """The names in a side, and those among the keys that stand in a run of letters, as q does in `qz`."""
    found = {key_of(name) for name in quantities(side)}
    return found | {letter for run in found - keys if run.isalpha() for letter in run if letter in keys}


def _feeds_loss(key: str, lefts: Mapping[int, Name], used: Mapping[int, set[str]]) -> bool:
    """Whether a loss that the document writes down uses the name."""
    return any(key in used[place] for place, left in lefts.items() if core(left) in LOSS_NAMES)


def _about_derivatives(side: Syntax) -> bool:
    return any(
        isinstance(part, Derivative) or (isinstance(part, Name) and part.primes and _is_function(part))
        for part in walk_syntax(side)
    )


def _is_function(name: Name) -> bool:
    return Scope().function(replace(name, primes=0, superscripts=())) is not None


def differentiated(name: Name, keys: set[str] | Mapping[str, object]) -> Name | None:
    """The Z of a name dZ, if Z is one of the keys."""
    if len(name.base) < 2 or name.base[0] != "d" or not name.base[1:].isalpha() or name.primes or name.accents:
        return None
    inner = replace(name, base=name.base[1:], span=(name.span[0] + 1, name.span[1]))
    below = f"{key_of(inner)}_{','.join(map(text_of, inner.subscripts))}" if inner.subscripts else key_of(inner)
    return inner if key_of(inner) in keys or below in keys else None


@dataclass(frozen=True)
class Introduced:
    """A name of the writer's with what it stands for.

    `written` is that with other such names standing in it, `parts` what each part of that says, `used` those names;
    `value` has its rows and columns, `samples` says how many of its axes are written as samples, above.
    """

    definition: Definition
    parts: tuple[Part, ...]
    used: frozenset[Tensor]
    written: Expression
    value: Value
    samples: int
    key: str
    letters: str


def introduce(left: Name, side: Syntax, scope: Scope, text: str) -> Introduced:
    """Makes a name of the writer's known. Raises `ReadingError` where it is not clear what it stands for."""
    introduced = stands_for(left, side, scope, text)
    make_known(introduced, scope)
    return introduced


def stands_for(left: Name, side: Syntax, scope: Scope, text: str) -> Introduced:
    """What such a name stands for. Raises `ReadingError` where that is not clear."""
    written_parts: list[Part] = []
    value = meaning_of(side, scope, text, parts=written_parts)
    expression = written_in(value.expression, scope)
    parts = tuple((own_written_in(part, scope), span) for part, span in written_parts)
    used = frozenset(value.expression.tensors) & scope.own.keys()
    free = {axis.name: axis for axis in expression.free if axis not in value.axes}
    samples = [free[core(inner)] for inner in _samples(left) if core(inner) in free]
    letters = [_letters(part) for part in left.subscripts]
    below = [free[letter] for run in letters for letter in run if letter in free]
    axes = (*samples, *below, *value.axes)
    if len(set(axes)) != len(axes) or not expression.free <= set(axes):
        raise ReadingError(f"the indices of '{core(left)}' are not clear")
    key = key_of(left)
    if left.subscripts and not below:
        key += "_" + ",".join(map(text_of, left.subscripts))
    tensor = Tensor(f"{key} of the writer", axes)
    while tensor in scope.own:  # a name that is given a new value
        tensor = Tensor(f"{tensor.name}, again", axes)
    definition = Definition(tensor, axes, expression)
    lettered = ",".join(map(text_of, left.subscripts)) if below else ""
    return Introduced(definition, parts, used, value.expression, value, len(samples), key, lettered)


def make_known(introduced: Introduced, scope: Scope) -> None:
    """From here on the name stands for that."""
    tensor, axes, key, value = (
        introduced.definition.tensor,
        introduced.definition.indices,
        introduced.key,
        introduced.value,
    )
    scope.own[tensor] = (axes, introduced.definition.body)
    first = introduced.samples
    scope.layouts[tensor] = Layout(tuple(range(first, len(axes))), 0 if first else None)
    if not value.loose and len(value.axes) == 1:
        scope.lying[tensor] = value.row is None
    if introduced.letters:
        scope.lettered[f"{key}_{introduced.letters}"] = tensor
        if key in scope.tensors and scope.tensors[key] in scope.own:
            return
    scope.tensors[key] = tensor


def _samples(left: Name) -> list[Name]:
    return [Name(letter) for part in superscript_parts(left) if (letter := sample_letter(part))]


def _letters(part: Syntax) -> str:
    return part.base if isinstance(part, Name) and part.base.isalpha() else ""


def written_in(expression: Expression, scope: Scope, of: Tensor | None = None) -> Expression:
    """The expression with the writer's own names, and derivatives named in it, replaced by what they stand for.

    With `of`, values of the model on which that does not depend are written in too.
    """
    program = scope.program
    needed = program.needed_for(of) if program is not None and of is not None else None
    for _ in range(_MOST_STEPS):
        bodies = {tensor: scope.own[tensor] for tensor in expression.tensors if tensor in scope.own}
        for tensor in expression.tensors:
            if program is None:
                continue
            if tensor.role is Role.ADJOINT:
                bodies[tensor] = _true_derivative(tensor, program)
            elif needed is not None and tensor not in _tensors(needed) and tensor in _tensors(program):
                definition = program.definition(tensor.name)
                bodies[tensor] = (definition.indices, definition.body)
        if not bodies:
            break
        used = [node.tensor for node in walk(expression) if isinstance(node, Element) and node.tensor in bodies]
        if sum(bodies[tensor][1].cost for tensor in used) + expression.cost > LARGEST_WRITTEN_IN:
            raise ReadingError("what the names stand for adds up to too long a formula")
        expression = substitute_elements(expression, bodies)
    return expression


def own_written_in(part: Expression, scope: Scope, of: Tensor | None = None) -> Expression:
    """The same for a part in which the writer's own names stand; any other part is left as it is."""
    return part if scope.own.keys().isdisjoint(part.tensors) else written_in(part, scope, of)


def _tensors(program: Program) -> set[Tensor]:
    return {definition.tensor for definition in program.definitions}


def _true_derivative(tensor: Tensor, program: Program) -> tuple[tuple[Axis, ...], Expression]:
    try:
        derivation = derive(program, [tensor.wrt], tensor.of)
        return derivation.definition(tensor.wrt).indices, derivation.closed_form(tensor.wrt)
    except ChalkgradError as problem:
        raise ReadingError(str(problem)) from None
