"""A loss that a document names in words, as the definition of the letter that it derives: `binary cross-entropy`
for L.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from chalkgrad.language import (
    Add,
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    Power,
    Role,
    Sum,
    Tensor,
    call,
    multiply,
    size_of,
    walk,
)
from chalkgrad.networks.losses import LOSSES
from chalkgrad.page.syntax import Addition, Name, walk_syntax
from chalkgrad.reading.document_roles import roles_of
from chalkgrad.reading.readings import Reading

_OUTPUTS = ("sigmoid", "softmax")
_OF_PROBABILITIES = frozenset(("bce", "cross_entropy"))
_WORD = re.compile(r"[^\W\d_]{2,}(?:[\W_]+[^\W\d_]+)*")
HALF = "half "  # of a loss, before its name


def title_of(name: str) -> str:
    """What a loss is called in a sentence."""
    half = "half of the " if name.startswith(HALF) else ""
    return half + LOSSES[name.removeprefix(HALF)].title


@dataclass(frozen=True)
class NamedLoss:
    """The definition of a loss that is named, and what of it was guessed."""

    definition: Definition
    name: str
    output: str
    target: str


def named_loss(reading: Reading, name: str) -> NamedLoss | None:
    """The loss called `name` of the document's output and target, or None where it has none to take."""
    if not reading.loss:
        return None
    if reading.loss in reading.definitions:
        return _of_each(reading, name)
    output = output_of(reading)
    if output is None:
        return None
    definition = reading.definitions[output]
    tensor = definition.tensor
    if _is_derived_after(reading, output):
        return None
    if name in _OF_PROBABILITIES and _is_linear(reading, output):
        return None  # the output is made of it by a function that the document does not tell here
    if reading.facts.vocabulary.stepped and any(
        str(use.symbol) == output and use.symbol.base in reading.facts.vocabulary.stepped
        for use, _ in reading.facts.symbols()
    ):
        return None  # the output of one step of several
    target = target_of(reading, output)
    axes = tuple(Axis(f"l{k}", axis.size) for k, axis in enumerate(tensor.axes))
    goal = _goal(reading, target, tensor)
    if goal is None:
        return None
    predicted, wanted = tensor[axes], goal[axes]
    samples = sample_axes(reading, tensor)
    row = LOSSES.get(name.removeprefix(HALF))
    if row is None:
        return None
    if row.term is None:
        if not axes:
            return None
        term: Expression = multiply(-1, wanted, call("log", predicted))
    elif row.logits_of:
        logits = definition.body.argument if isinstance(definition.body, Call) else predicted
        term = row.term(logits if isinstance(logits, Element) else predicted, wanted)
    else:
        term = row.term(predicted, wanted)
    for place, axis in enumerate(axes):
        term = Sum(term, axis)
        if place in samples:
            term = term / size_of(axis)
    if name.startswith(HALF):
        term = term / 2
    loss = Tensor(reading.loss)
    return NamedLoss(Definition(loss, (), term), name, output, target)


def under_another_name(reading: Reading) -> Definition | None:
    r"""The loss as what the document defines with a word below: the J that is derived, where it has a `J_{CE} = …`."""
    symbol = reading.facts.loss
    if symbol is None or reading.loss in reading.definitions:
        return None
    same = [
        reading.definitions[str(other)] for other in reading.facts.defined
        if other.base == symbol.base and other != symbol and str(other) in reading.definitions
        and all(_WORD.fullmatch(text) for text, _ in (*other.labels, *symbol.labels))
    ]  # fmt: skip
    return Definition(Tensor(reading.loss), (), same[0].body) if len(same) == 1 and not same[0].indices else None


def _of_each(reading: Reading, name: str) -> NamedLoss | None:
    r"""The loss of one sample that a written loss adds up, `L = \frac1n \sum_i \ell_i`, where only words say what
    it is.
    """
    row, output = LOSSES.get(name), output_of(reading)
    if row is None or row.term is None or output is None:
        return None
    free = [
        tensor for tensor in reading.definitions[reading.loss].body.tensors
        if tensor.name not in reading.definitions and tensor.axes
    ]  # fmt: skip
    tensor = reading.definitions[output].tensor
    if len(free) != 1 or len(free[0].axes) != len(tensor.axes):
        return None
    if any(isinstance(node, Call) for node in walk(reading.definitions[reading.loss].body)):
        return None
    target = target_of(reading, output)
    goal = _goal(reading, target, tensor)
    if goal is None or goal is free[0]:
        return None
    for mine, theirs in zip(free[0].axes, tensor.axes, strict=True):
        reading.sizes.join(mine.size, theirs.size)
    axes = tuple(Axis(f"l{k}", axis.size) for k, axis in enumerate(tensor.axes))
    return NamedLoss(Definition(free[0], axes, row.term(tensor[axes], goal[axes])), name, output, target)


def _goal(reading: Reading, target: str, output: Tensor) -> Tensor | None:
    """The tensor of the target, which is as large as the output."""
    known = next((inner for side in _sides(reading) for inner in side.tensors if inner.name == target), None)
    if known is None:
        return Tensor(target, output.axes)
    if len(known.axes) != len(output.axes):
        return None
    for mine, theirs in zip(known.axes, output.axes, strict=True):
        reading.sizes.join(mine.size, theirs.size)
    return known


def _sides(reading: Reading) -> Iterator[Expression]:
    for each in reading.definitions.values():
        yield each.body
    for claim in reading.claims:
        for side in (claim.left, *(way for ways in claim.sides for way in ways)):
            if side.value is not None:
                yield side.value.expression


def output_of(reading: Reading) -> str | None:
    """The value at the end of the network: the last that no other definition uses."""
    against = _against_targets(reading)
    if against:
        return max(against, key=lambda name: against[name])
    first = min((claim.statement.place for claim in reading.claims), default=0)
    forward = {
        name: each for name, each in reading.definitions.items()
        if name != reading.loss and not _about_derivatives(each.body)
        and (name not in reading.sources or reading.sources[name].place < first or reading.sources[name].borrowed)
    }  # fmt: skip
    if not forward:
        forward = {
            name: each for name, each in reading.definitions.items()
            if name != reading.loss and not _about_derivatives(each.body)
        }  # fmt: skip
    used = {tensor.name for each in forward.values() for tensor in each.body.tensors}
    further = {str(symbol) for symbol in reading.sorts if any(shift > 0 for _, shift in symbol.labels)}
    ends = [name for name in forward if name not in used and name not in further]
    squashed = [name for name in ends if _is_output(reading.definitions[name].body)]
    for names in (squashed, ends):
        if names:
            return names[-1]
    return None


def _is_linear(reading: Reading, name: str) -> bool:
    """Whether a value is a sum of products, `W h + b`, and so no probability."""
    body = reading.definitions[name].body
    begun = {name}  # two names may be defined as each other
    while isinstance(body, Element) and body.tensor.name in reading.definitions and body.tensor.name not in begun:
        begun.add(body.tensor.name)
        body = reading.definitions[body.tensor.name].body
    return isinstance(body, Add) and not any(isinstance(node, Call | Power) for node in walk(body))


def has_likelihood(reading: Reading) -> bool:
    """Whether a document's output is a probability, or some that sum to one, whose likelihood is known."""
    output = output_of(reading)
    return output is not None and _is_output(reading.definitions[output].body)


def _about_derivatives(body: Expression) -> bool:
    derived = any(isinstance(node, Call) and node.order for node in walk(body))
    return derived or any(tensor.of for tensor in body.tensors)


def _is_output(body: Expression) -> bool:
    return (isinstance(body, Call) and body.function == "sigmoid") or "exp(" in str(body)


def _against_targets(reading: Reading) -> dict[str, int]:
    """The values from which something that nothing defines or derives by is subtracted, and how often."""
    facts, derived = reading.facts, {str(symbol) for symbol in reading.facts.derived_by}
    found: dict[str, int] = {}
    for statement in facts.statements:
        for part in walk_syntax(statement.chain):
            if isinstance(part, Addition) and len(part.terms) == 2 and part.signs[0] != part.signs[1]:
                names = [str(facts.use(term).symbol) for term in part.terms if isinstance(term, Name)]
                for value, target in (names, names[::-1]) if len(names) == 2 else ():
                    free = target in {str(symbol) for symbol in reading.sorts} - derived - set(reading.definitions)
                    given = value in reading.definitions and not reading.definitions[value].body.tensors  # in numbers
                    if value in reading.definitions and not given and free and not _uses(reading, value, target):
                        found[value] = found.get(value, 0) + 1
    return found


def _is_derived_after(reading: Reading, output: str) -> bool:
    """Whether the loss is derived by what the document defines, but the output does not rest on: that comes later."""
    derived = {tensor.wrt for claim in reading.claims for tensor in claim.left.derived if tensor.of == reading.loss}
    derived |= {tensor.wrt for claim in reading.claims for ways in claim.sides for way in ways[:1]
                for tensor in way.derived if tensor.of == reading.loss}  # fmt: skip
    later = {name for name in derived & set(reading.definitions) if not _uses(reading, output, name)}
    return any(_uses(reading, name, output) for name in later)


def _uses(reading: Reading, value: str, target: str) -> bool:
    """Whether a value rests on what would be its target."""
    pending, begun = [value], set()
    while pending:
        name = pending.pop()
        if name == target:
            return True
        if name in begun or name not in reading.definitions:
            continue
        begun.add(name)
        pending += [tensor.name for tensor in reading.definitions[name].body.tensors]
    return False


def target_of(reading: Reading, output: str) -> str:
    """The quantity that stands in a difference with the output and that nothing defines or derives by."""
    facts = reading.facts
    found: dict[str, int] = {}
    for statement in facts.statements:
        for part in walk_syntax(statement.chain):
            if isinstance(part, Addition) and len(part.terms) == 2 and part.signs[0] != part.signs[1]:
                names = [str(facts.use(term).symbol) for term in part.terms if isinstance(term, Name)]
                if len(names) == 2 and output in names:
                    other = names[1 - names.index(output)]
                    known = reading.definitions.get(other)
                    if (known is None or not known.body.tensors) and other not in reading.broken:
                        found[other] = found.get(other, 0) + 1
    if found:
        return max(found, key=lambda name: found[name])
    defined = {tensor.name for each in reading.definitions.values() for tensor in each.body.tensors}
    derived = {str(symbol) for symbol in facts.derived_by}
    spoken = {
        str(use.symbol) for use, statement in facts.symbols() if facts.kinds.get(statement.place) != "declaration"
    }
    free = [str(symbol) for symbol in reading.sorts if str(symbol) not in {*reading.definitions, *defined, *derived}
            and str(symbol) != reading.loss and str(symbol) in spoken
            and not facts.vocabulary.is_row(symbol.base)]  # fmt: skip
    return next((name for name in ("y", "t", "Y") if name in free), free[0] if free else "y")


def sample_axes(reading: Reading, tensor: Tensor) -> set[int]:
    """The axes of an output along which no parameter runs: they count samples."""
    sizes = reading.sizes
    learned = {name for name, role in roles_of(reading).items() if role is Role.PARAMETER}
    along = {
        sizes.find(axis.size)
        for each in reading.definitions.values()
        for inner in each.body.tensors
        if inner.name in learned
        for axis in inner.axes
    }
    if not along:
        return set()
    return {place for place, axis in enumerate(tensor.axes) if sizes.find(axis.size) not in along}
