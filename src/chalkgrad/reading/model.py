"""The network that a document's equations define, as a program in tensors and sums."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chalkgrad.errors import ReadingError
from chalkgrad.language import (
    FUNCTIONS,
    Assumption,
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    Program,
    Role,
    SizeOf,
    Tensor,
    bound_axes,
    tensors_in,
    validate,
)
from chalkgrad.networks.losses import Loss, loss_named
from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import Name
from chalkgrad.reading.conventions import LOSS_NAMES, TARGETS
from chalkgrad.reading.drafting import DefiningEquation, Draft, drafted_matrices, folded
from chalkgrad.reading.families import key_of
from chalkgrad.reading.folding import with_tensors
from chalkgrad.reading.losses import is_softmax, loss_definitions
from chalkgrad.reading.recognition import recognised_spec
from chalkgrad.reading.scope import SAMPLES, Scope

INPUTS = ("x", "X", "u", "a^[0]", "A^[0]", "a^(0)", "A^(0)", "a^(1)", "h^[0]", "h^(0)", "h_0", "a_0")
NO_LOSS = "no loss is named"
_AXIS_NAMES = "ijklmpqrs"


@dataclass(frozen=True)
class SheetModel:
    r"""The network of a document: its program for one sample, ending in the loss, and how the writer calls things.

    `output` and `target` are tensor names in the program; `spec` is the one-line spec, where it is such a network.
    `written` says how the document writes a tensor (`yhat`: `\hat{y}`, `out_hidden`: `out'`, `c`: `c_1`).
    """

    program: Program
    output: str
    target: str
    loss: str
    spec: str | None
    written: Mapping[str, str]
    defined_by: Mapping[str, tuple[WrittenEquation, ...]]


def model_of(
    equations: Sequence[DefiningEquation],
    pre_activations: Mapping[str, Name],
    loss: Loss | None,
    result_name: str = "L",
    losses: Sequence[DefiningEquation] = (),
    *,
    several: bool = False,
) -> tuple[SheetModel, Scope]:
    """The network that the equations define, and the scope in which the document's other equations are read.

    `several` says that the document counts the outputs, so that they are not one number even under a binary loss.

    `pre_activations` has, for a written name such as `h`, the name that the document uses for the value under its
    outer function; `losses` are the equations of losses that follow. Raises `ReadingError` where the equations cannot
    be understood as a network.
    """
    binary = loss is not None and loss.name.startswith("bce") and not several
    single = key_of(equations[-1].left) if binary else ""
    single = "yhat" if single and any(key_of(each.left) == "yhat" for each in equations) else single
    draft = (
        drafted_matrices(equations, single, losses)
        or folded(equations, scalars=False)
        or folded(equations, scalars=True)
    )
    if draft is None:
        raise ReadingError("the equations do not make up a network", expected="h_1 = ReLU(x_1 w_{11} + …)")
    _split_pre_activations(draft, pre_activations)
    return _finished(draft, equations, loss, result_name)


def _split_pre_activations(draft: Draft, pre_activations: Mapping[str, Name]) -> None:
    """Gives the value under each outer function a definition of its own, under the document's name for it."""
    for tensor, (indices, body) in list(draft.bodies.items()):
        if not isinstance(body, Call) or isinstance(body.argument, Element):
            continue
        loose = pre_activations.get(tensor.name)
        written = key_of(loose) if loose else ""
        name = written or f"z_{tensor.name}"
        if "'" in name:
            name = name.replace("'", "") + ("_hidden" if indices else "_inner")
        taken = {other.name for other in draft.scope.tensors.values()}
        while name in taken:
            name += "_inner"
        inner = Tensor(name, tensor.axes)
        draft.bodies[inner] = (indices, body.argument)
        draft.bodies[tensor] = (indices, Call(body.function, inner[indices], body.order))
        draft.scope.tensors[written or name] = inner
        if written:
            function = (
                body.function if body.function == "sigmoid" else FUNCTIONS[body.function].unicode or body.function
            )
            function = "sigma" if function == "sigmoid" else function
            place = f"the {function} of {tensor.name}" if indices else f"the outer {function}"
            draft.scope.guesses[written] = f"{written} is the value under {place}"


def _finished(
    draft: Draft, equations: Sequence[DefiningEquation], loss: Loss | None, result_name: str
) -> tuple[SheetModel, Scope]:
    order = _ordered(draft)
    if not order:
        raise ReadingError("the equations define nothing", expected="h_1 = ReLU(x_1 w_{11} + …)")
    axes = _axis_names(draft, order)
    output, result = _output(draft, order)
    declared = _declared(draft, order)
    final: dict[Tensor, Tensor] = {}
    for tensor in (*declared, *order):
        role = _role(tensor) if tensor in declared else Role.VALUE
        name = tensor.name.translate({ord("^"): None, ord("["): None, ord("]"): None, ord("("): None, ord(")"): None})
        final[tensor] = Tensor(
            name.replace("'", "_prime"), tuple(axes[draft.folding.axis(a)] for a in tensor.axes), role
        )
    definitions = []
    for tensor in order:
        indices, body = draft.bodies[tensor]
        definitions.append(
            Definition(
                final[tensor],
                tuple(axes[draft.folding.axis(axis)] for axis in indices),
                with_tensors(body, final, _every_axis(draft, axes)),
            )
        )
    scope = Scope(
        {key: final[tensor] for key, tensor in draft.scope.tensors.items() if tensor in final},
        {key: final[element.tensor][()] for key, element in draft.scope.elements.items() if element.tensor in final},
        guesses=dict(draft.scope.guesses),
        said=list(draft.scope.said),
        sizes=_sizes(draft, axes),
        rows=draft.scope.rows,
        lying={final[tensor]: lies for tensor, lies in draft.scope.lying.items() if tensor in final},
    )
    inputs = [final[tensor] for tensor in declared if final[tensor].role is Role.INPUT]
    targets = [final[tensor] for tensor in declared if final[tensor].role is Role.TARGET]
    parameters = [final[tensor] for tensor in declared if final[tensor].role is Role.PARAMETER]
    yhat = final[output]
    assumptions: tuple[Assumption, ...] = ()
    if result is None:
        row = loss or _usual_loss(definitions, yhat, scope)
        in_columns = row.term is None and len(yhat.axes) == 2 and yhat.axes[1].size == SAMPLES
        along = tuple(reversed(yhat.axes)) if in_columns else yhat.axes
        target = targets[0] if targets else Tensor(_free_name("y", scope), along, Role.TARGET)
        targets = [target]
        scope.turned |= {target} if in_columns else set()
        scope.tensors.setdefault(target.name, target)
        definitions += loss_definitions(row, definitions, yhat, target, result_name)
        assumptions = row.assumptions(target)
        loss_name = row.name
    else:
        loss_name = "as written"
        target = targets[0] if targets else yhat
        if targets and any(each.tensor is yhat and is_softmax(each.body) for each in definitions):
            assumptions = loss_named("cross_entropy").assumptions(target)
    program = Program((*inputs, *targets, *parameters), tuple(definitions), (definitions[-1].tensor,), assumptions)
    validate(program)
    scope.tensors[result_name] = program.result
    _count_words(program, scope)
    model = SheetModel(
        program,
        yhat.name,
        target.name,
        loss_name,
        recognised_spec(program, yhat, loss_name),
        _written(draft, final),
        _defined_by(equations, scope),
    )
    return model, scope


def _ordered(draft: Draft) -> list[Tensor]:
    """The defined tensors, each after those that it uses."""
    order: list[Tensor] = []
    visiting: set[Tensor] = set()

    def visit(tensor: Tensor) -> None:
        if tensor in order or tensor not in draft.bodies:
            return
        if tensor in visiting or len(visiting) > 400:
            problem = f"'{tensor.name}' is defined by itself: networks that run over steps of time are not read"
            raise ReadingError(problem, expected="each value from values before it")
        visiting.add(tensor)
        for used in tensors_in(draft.bodies[tensor][1]):
            visit(used)
        visiting.discard(tensor)
        order.append(tensor)

    for tensor in list(draft.bodies):
        visit(tensor)
    return order


def _declared(draft: Draft, order: Sequence[Tensor]) -> list[Tensor]:
    used = dict.fromkeys(each for tensor in order for each in tensors_in(draft.bodies[tensor][1]))
    return [tensor for tensor in used if tensor not in draft.bodies]


def _role(tensor: Tensor) -> Role:
    if tensor.name in INPUTS or tensor.name.split("_")[0] in INPUTS[:3]:
        return Role.INPUT
    return Role.TARGET if tensor.name in TARGETS else Role.PARAMETER


def _output(draft: Draft, order: Sequence[Tensor]) -> tuple[Tensor, Tensor | None]:
    """The network's output, and the loss where the document defines it."""
    last = next((tensor for tensor in order if tensor.name == "yhat"), order[-1])
    if order[-1].name in LOSS_NAMES:
        last = order[-1]
    if last.name in LOSS_NAMES and len(order) > 1:
        used = [tensor for tensor in tensors_in(draft.bodies[last][1]) if tensor in draft.bodies]
        if used:
            return used[0], last
    if last.name in LOSS_NAMES:
        return last, last
    return last, None


def _axis_names(draft: Draft, order: Sequence[Tensor]) -> dict[Axis, Axis]:
    """Each axis of the draft (those that were joined are one) under a short name, in order of first use.

    An axis whose size is a letter is called by that letter.
    """
    used: dict[Axis, None] = {}
    for tensor in order:
        indices, body = draft.bodies[tensor]
        inner = sorted(bound_axes(body), key=lambda axis: axis.name)
        along = [axis for each in tensors_in(body) for axis in each.axes]
        used |= dict.fromkeys(draft.folding.axis(axis) for axis in (*inner, *indices, *along))
    names: dict[Axis, Axis] = {}
    taken = set(draft.scope.tensors)
    for axis in used:
        own = str(axis.size) if isinstance(axis.size, str) and len(axis.size) == 1 else ""
        letters = [own, *_AXIS_NAMES, f"i{len(names)}"]
        letter = next(each for each in letters if each and each not in taken)
        taken.add(letter)
        names[axis] = Axis(letter, axis.size)
    return names


def _sizes(draft: Draft, axes: Mapping[Axis, Axis]) -> dict[str, Expression]:
    """The letters of sizes, such as the K of a sum to K, that are the size of one of the axes."""
    known = {axis.size for axis in axes.values()}
    return {
        letter: size
        for letter, size in draft.scope.sizes.items()
        if isinstance(size, SizeOf) and size.size in known and letter not in draft.scope.tensors
    }


def _every_axis(draft: Draft, names: Mapping[Axis, Axis]) -> dict[Axis, Axis]:
    every = (*names, *draft.folding.joined)
    return {axis: names[draft.folding.axis(axis)] for axis in every if draft.folding.axis(axis) in names}


def _free_name(name: str, scope: Scope) -> str:
    return name if name not in scope.tensors else "target"


def _usual_loss(definitions: Sequence[Definition], output: Tensor, scope: Scope) -> Loss:
    """The loss that usually follows the output's function; said as a guess."""
    body = next(definition.body for definition in definitions if definition.tensor is output)
    if is_softmax(body):
        row = loss_named("cross_entropy")
        scope.say(f"{NO_LOSS}, so it is taken to be the {row.title}")
        return row
    row = loss_named("bce" if isinstance(body, Call) and body.function == "sigmoid" else "mse")
    scope.say(f"{NO_LOSS}, so it is taken to be the {row.title}")
    return row


def _count_words(program: Program, scope: Scope) -> None:
    """Says in words what each axis counts: inputs, hidden units, outputs."""
    for tensor in program.inputs:
        for axis in tensor.axes:
            scope.places.setdefault(axis, "inputs" if tensor.role is Role.INPUT else "outputs")
    for definition in program.definitions:
        for axis in definition.tensor.axes:
            scope.places.setdefault(axis, "hidden units")


def _written(draft: Draft, final: Mapping[Tensor, Tensor]) -> dict[str, str]:
    """How the document writes each tensor whose name it does not write as it is."""
    found = {}
    for key, tensor in draft.scope.tensors.items():
        if tensor in final and final[tensor].name != key:
            found[final[tensor].name] = key
        if tensor in final and key.endswith("hat") and len(key) == 4:
            found[final[tensor].name] = rf"\hat{{{key[:-3]}}}"
    for key, element in draft.scope.elements.items():
        if element.tensor in final and final[element.tensor].name != key:
            found[final[element.tensor].name] = key
    return found


def _defined_by(equations: Sequence[DefiningEquation], scope: Scope) -> dict[str, tuple[WrittenEquation, ...]]:
    found: dict[str, tuple[WrittenEquation, ...]] = {}
    for each in equations:
        resolved = scope.resolve(each.left)
        if resolved is not None:
            name = resolved.tensor.name
            found[name] = (*found.get(name, ()), each.equation)
    return found
