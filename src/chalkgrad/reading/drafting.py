"""The written definitions of a document as definitions of whole tensors, under provisional axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from chalkgrad.errors import ReadingError
from chalkgrad.language import ONE, Axis, Expression, SizeOf, Tensor, substitute_elements
from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import Chain, Name
from chalkgrad.reading.families import families, key_of, places_written, quantities
from chalkgrad.reading.folding import Folding, with_tensors
from chalkgrad.reading.indexing import LetterIndices
from chalkgrad.reading.matrix_shapes import MatrixShapes, is_matrix_writing
from chalkgrad.reading.meaning import meaning_of
from chalkgrad.reading.scope import COUNTS, SAMPLES, Scope, core, index_of, written
from chalkgrad.reading.shapes import Value


@dataclass(frozen=True)
class DefiningEquation:
    """An equation with a name on its left: where it stands, and its two sides as syntax."""

    equation: WrittenEquation
    left: Name
    chain: Chain


class UnclearDefinitionError(ReadingError):
    """A definition that cannot be read, with the equation that it stands in."""

    def __init__(self, each: DefiningEquation, error: ReadingError) -> None:
        place = {"line": error.line, "column": error.column, "text": each.equation.latex}
        super().__init__(error.problem, expected=error.expected, **place)  # type: ignore[arg-type]
        self.unclear = each


@dataclass
class Draft:
    """Definitions while they are being made: for each tensor its index axes and its body."""

    scope: Scope
    bodies: dict[Tensor, tuple[tuple[Axis, ...], Expression]] = field(default_factory=dict)
    folding: Folding = field(default_factory=Folding)


def folded(equations: Sequence[DefiningEquation], *, scalars: bool) -> Draft | None:
    """The equations as definitions of whole tensors; None where places of a tensor do not follow one rule.

    With `scalars` every written place (`h_1`) is a scalar of its own. Raises `ReadingError`.
    """
    names = _names_of(equations)
    found, lone = ({}, {}) if scalars else families(names)
    letters = LetterIndices([each.chain for each in equations], found)
    scope = Scope(sizes=dict(letters.size_letters))
    scope.tensors |= {key: family.tensor for key, family in found.items()} | letters.tensors
    for name in names:
        key, places = key_of(name), places_written(name)
        if key in found or key in letters.tensors or (key in scope.sizes and not name.subscripts):
            continue
        full = f"{key}_{','.join(places)}" if places else key
        if name.subscripts and not places:
            raise ReadingError(f"the indices of '{full}' are not clear", expected="places or letters: x_1, w_{ij}")
        if places:
            scope.elements.setdefault(full, Tensor(lone.get(full, full))[()])
        else:
            scope.tensors.setdefault(full, Tensor(full))
    draft = Draft(scope)
    by_tensor: dict[Tensor, dict[int, Expression]] = {}
    for place, each in enumerate(equations):
        along = {letter: draft.folding.join(axes) for letter, axes in letters.axes_of(place, found).items() if axes}
        resolved = scope.resolve(each.left)
        if resolved is None:
            raise UnclearDefinitionError(each, ReadingError(f"'{key_of(each.left)}' is not clear on the left side"))
        inside = {letter: Axis(letter, axis.size) for letter, axis in along.items() if letter in _letters(each.left)}
        body = _right_side(each, scope, inside).expression
        body = with_tensors(body, {}, {Axis(letter, axis.size): axis for letter, axis in along.items()})
        body = draft.folding.fold_sums(body)
        indices = resolved.indices or ()
        if indices and all(isinstance(index, Name) for index in indices):
            left = tuple(along[core(index)] for index in indices if isinstance(index, Name))
            draft.bodies[resolved.tensor] = (left, body)
            continue
        pairs = zip(indices, resolved.tensor.axes, strict=False)
        at = [index_of(part, {}, axis).offset for part, axis in pairs]
        if len(at) > 1:
            return None
        by_tensor.setdefault(resolved.tensor, {})[at[0] if at else 0] = body
    return draft if all(_generalised(draft, tensor, bodies) for tensor, bodies in by_tensor.items()) else None


def are_of_matrices(equations: Sequence[DefiningEquation], losses: Sequence[DefiningEquation]) -> bool:
    """Whether the equations, by themselves or with those of the losses, are written in whole matrices and vectors."""
    defined = {written(each.left) for each in (*equations, *losses)}
    names = [_names_of(each) for each in (equations, (*equations, *losses))]
    return any(is_matrix_writing(each, defined) for each in names)


def _names_of(equations: Sequence[DefiningEquation]) -> list[Name]:
    return [name for each in equations for side in each.chain.sides[:2] for name in quantities(side)]


def drafted_matrices(
    equations: Sequence[DefiningEquation], single: str, losses: Sequence[DefiningEquation] = ()
) -> Draft | None:
    r"""The equations as definitions of whole vectors and matrices, `z = W x + b`; None where they are none.

    `single` is the name of a value that is known to be one number, or ""; `losses` are what the network ends in.
    """
    every = (*equations, *losses)
    if not are_of_matrices(equations, losses):
        return None
    shapes = MatrixShapes([each.chain for each in equations], single, [each.chain for each in losses])
    tensors = shapes.tensors()
    counts = [letter for letter in COUNTS if shapes.batch and letter in tensors and letter not in shapes.defined]
    tensors = {key: tensor for key, tensor in tensors.items() if key not in counts}
    sizes: dict[str, Expression] = {letter: SizeOf(SAMPLES) for letter in counts}
    scope = Scope(tensors, sizes=sizes, lying=shapes.lying(tensors), rows=shapes.rows)
    draft = Draft(scope)
    for each in every if shapes.ends else equations:
        resolved = scope.resolve(each.left)
        if resolved is None or resolved.indices not in (None, ()):
            raise UnclearDefinitionError(each, ReadingError(f"'{key_of(each.left)}' is not clear on the left side"))
        value = _right_side(each, scope)
        ones = {tensor: (tensor.axes, ONE) for key, tensor in tensors.items() if key == "1"}
        value = replace(value, expression=substitute_elements(value.expression, ones))
        if len(value.axes) != len(resolved.tensor.axes):
            raise UnclearDefinitionError(each, ReadingError("the two sides have different shapes"))
        draft.bodies[resolved.tensor] = (value.axes, value.expression)
    return draft


def _letters(name: Name) -> set[str]:
    """The letters among the indices of a name."""
    return {letter for part in name.subscripts if isinstance(part, Name) for letter in (core(part), *part.base)}


def _right_side(each: DefiningEquation, scope: Scope, axes: dict[str, Axis] | None = None) -> Value:
    try:
        return meaning_of(each.chain.sides[1], scope, each.equation.latex, axes)
    except ReadingError as problem:
        raise UnclearDefinitionError(each, problem) from None


def _generalised(draft: Draft, tensor: Tensor, bodies: dict[int, Expression]) -> bool:
    """Gives the tensor the one rule that its places follow, if there is one."""
    if not tensor.axes:
        draft.bodies[tensor] = ((), bodies[0])
        return True
    if len(bodies) != tensor.axes[0].size:
        return False
    general = draft.folding.generalised([bodies[place] for place in range(len(bodies))], tensor.axes[0])
    if general is not None:
        draft.bodies[tensor] = ((general[1],), general[0])
    return general is not None
