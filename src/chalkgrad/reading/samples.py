r"""A document about a batch: its network over the samples `x^{(i)}`, its target's names, and its own loss."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chalkgrad.errors import ReadingError
from chalkgrad.language import Definition, Program, Role, SizeOf, Tensor, summation, validate
from chalkgrad.networks.batches import batched
from chalkgrad.networks.losses import loss_named
from chalkgrad.page.syntax import Syntax
from chalkgrad.reading.conventions import LOSS_NAMES, TARGETS, sample_letter, without_samples
from chalkgrad.reading.drafting import DefiningEquation
from chalkgrad.reading.families import key_of, quantities
from chalkgrad.reading.meaning import meaning_of
from chalkgrad.reading.model import SheetModel
from chalkgrad.reading.own_names import written_in
from chalkgrad.reading.scope import COUNTS, SAMPLES, Layout, Scope, core


def over_samples(model: SheetModel, scope: Scope) -> tuple[SheetModel, Scope]:
    """The model of one sample as that of a batch, whose samples are named above: `x^{(i)}`."""
    program = batched(model.program)
    if model.program.assumptions:
        program = replace(program, assumptions=loss_named(model.loss).assumptions(program.tensor(model.target)))
    changed = {}
    for before in (*model.program.declared, *(definition.tensor for definition in model.program.definitions)):
        after = program.tensor(before.name)
        if before is not after:
            changed[before] = after
            places = range(1, len(after.axes))
            scope.layouts[after] = Layout(tuple(places), 0)
            if before in scope.lying:
                scope.lying[after] = scope.lying[before]
    scope.tensors = {key: changed.get(tensor, tensor) for key, tensor in scope.tensors.items()}
    for key, element in list(scope.elements.items()):
        if element.tensor in changed:
            scope.tensors[key] = changed[element.tensor]
            del scope.elements[key]
    own = program.definitions[-2].tensor
    scope.layouts[own] = Layout((), 0)
    scope.namesakes[program.result.name] = (own,)
    for name in LOSS_NAMES:
        if name not in scope.tensors:
            scope.tensors[name] = program.result
            scope.namesakes[name] = (own,)
    return replace(model, program=program, spec=None), scope


def name_targets(model: SheetModel, scope: Scope, chains: Iterable[Syntax]) -> None:
    """Makes the other names of the target known, and the letters of the number of samples."""
    target = model.program.tensor(model.target)
    used = {key_of(name) for chain in chains for name in quantities(chain)}
    for name in TARGETS:
        if name in used and name not in scope.tensors:
            scope.tensors[name] = target
    samples = next((axis for tensor in model.program.declared for axis in tensor.axes if axis.size == SAMPLES), None)
    if samples is None:
        return
    for letter in COUNTS:
        if letter not in scope.tensors:
            scope.sizes.setdefault(letter, SizeOf(SAMPLES))
    output = model.program.tensor(model.output)
    if output in scope.lying and len(target.axes) == 1:
        scope.lying[target] = scope.lying[output]


def name_samples(scope: Scope) -> None:
    """Makes single samples of a batch's matrices known, `a^{(i)}` of A."""
    for key, tensor in list(scope.tensors.items()):
        at = [place for place, axis in enumerate(tensor.axes) if axis.size == SAMPLES]
        if len(at) != 1 or tensor in scope.own:
            continue
        scope.layouts[tensor] = Layout(tuple(place for place in range(len(tensor.axes)) if place not in at), at[0])
        scope.tensors.setdefault(key[0].lower() + key[1:], tensor)


def with_loss(model: SheetModel, scope: Scope, written: DefiningEquation) -> SheetModel:
    """The model with the loss that an equation of the document writes out. Raises `ReadingError`."""
    program, key = model.program, key_of(written.left)
    sampled = {core(name) for name in quantities(written.chain.sides[1]) if any(map(sample_letter, name.superscripts))}
    samples = next((axis for tensor in program.declared for axis in tensor.axes if axis.size == SAMPLES), None)
    for name in quantities(without_samples(written.chain).sides[1]):
        other = core(name)
        known = scope.resolve(name) or scope.segments(name) or key_of(name) in scope.sizes or other in LOSS_NAMES
        if not known and not (name.subscripts or name.superscripts) and (len(other) == 1 or name.base[0] == "\\"):
            along = (samples,) if samples is not None and other in sampled else ()
            scope.tensors[other] = Tensor(other, along, Role.PARAMETER)
            if along:
                scope.layouts[scope.tensors[other]] = Layout((), 0)
            program = replace(program, declared=(*program.declared, scope.tensors[other]))
    value = meaning_of(written.chain.sides[1], scope, written.equation.latex)
    body = written_in(value.expression, scope)
    output = program.tensor(model.output)
    if body.free and body.free <= set(output.axes) - {samples}:
        for axis in sorted(body.free, key=lambda axis: axis.name):
            body = summation(body, axis)
        scope.say("the loss is added up over the outputs")
    if body.free:
        letters = ", ".join(sorted(axis.name for axis in body.free))
        raise ReadingError(f"the loss '{key}' is not one number: {letters} is neither summed nor fixed")
    result = Tensor(key)
    kept = tuple(each for each in program.definitions if each.tensor is not program.result)
    changed = Program(program.declared, (*kept, Definition(result, (), body)), (result,), program.assumptions)
    validate(changed)
    scope.tensors[key] = result
    return replace(model, program=changed, loss="as written")
