"""The networks of a document: for each quantity that its definitions end in, the program that computes it.

A loss ends a network; where a document names its loss in words, that follows the output. A value that no loss takes up
is computed and derived as it is: nothing is set after it that the document does not have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from functools import cached_property

from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Call, Definition, Program, Role, Tensor, validate
from chalkgrad.networks.losses import Loss, loss_named
from chalkgrad.page.documents import WrittenEquation
from chalkgrad.reading.assembling import assembled, ordered, ordered_all
from chalkgrad.reading.assumptions import assumptions_of
from chalkgrad.reading.given_numbers import Given, gathered, numbers_in
from chalkgrad.reading.hidden_samples import Lifting, has_hidden_samples, with_counts
from chalkgrad.reading.losses import is_softmax, loss_definitions
from chalkgrad.reading.named_losses import HALF, output_of, target_of
from chalkgrad.reading.own_spelling import Spelling, Spellings
from chalkgrad.reading.pre_activations import split_pre_activations
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.recognition import recognised_spec, written_loss
from chalkgrad.reading.roles import base, free_in, has_goal, roles_in
from chalkgrad.reading.sense import MANY
from chalkgrad.reading.sizes import Resizing, Size
from chalkgrad.reading.written_out import folded_together

LOSS_LETTERS = frozenset(["L", "J", "C", "E", "ell", "l", "Loss", "loss", "cost", "Cost", "mathcalL"])
COUNTS = frozenset(["m", "n", "N", "M", "B"])
NO_LOSS = "no loss is named"
AS_WRITTEN = "as written"
STATED = "size "
_MOST_ENDS = 12


@dataclass(frozen=True)
class WrittenNetwork:
    r"""A network of a document: its program, and how the writer calls things.

    `output`, `target` and `result` are names in the program; the target is "" where there is none. `loss` is the row of
    the table of losses, "as written" for one that the document defines, "" for none; `spec` is the one-line spec, where
    it is such a network. `written` says how the document letters each tensor (`W1`: `W^[1]`), `defined_by` which
    equations define it; `derived_by` are the free quantities by which the document derives, `sample_index` and
    `sample_count` its letters for a sample and for their number. `given` are the numbers of the document, by place.
    """

    program: Program
    output: str
    target: str
    loss: str
    spec: str | None
    written: Mapping[str, str]
    defined_by: Mapping[str, tuple[WrittenEquation, ...]]
    derived_by: tuple[str, ...] = ()
    section: str = ""
    said: tuple[str, ...] = ()
    sample_index: str = ""
    sample_count: str = ""
    given: Mapping[str, Given] = field(default_factory=dict)

    @property
    def result(self) -> str:
        """What the program ends in: the loss, or the value that is computed."""
        return self.program.result.name

    @property
    def equations(self) -> frozenset[WrittenEquation]:
        """The equations that it is made of."""
        return frozenset(each for group in self.defined_by.values() for each in group)


@dataclass
class _Draft:
    """What is known of a network before it is put together: the names are those of the reading."""

    reading: Reading
    definitions: dict[str, Definition]
    result: str
    is_loss: bool = False
    named: Loss | None = None
    target: str = ""
    said: list[str] = field(default_factory=list)


def networks_in(
    readings: Sequence[Reading], loss: Loss | None = None, functions: Set[str] = frozenset()
) -> tuple[WrittenNetwork, ...]:
    """The networks of the parts of a document, each once, in the order of the document.

    `loss` is the one that the user asks for: it follows an output where none is written. `functions` are the names in
    the readings of what is told as a function.
    """
    numbers = numbers_in([reading.facts for reading in readings])
    found: list[tuple[WrittenNetwork, int]] = []
    for reading in readings:
        for draft in _drafts(reading, loss):
            if draft.result in functions or not free_in(draft.definitions):
                continue
            try:
                found.append((_assembled(draft, _derived_by(readings, draft), numbers), len(reading.claims)))
            except ChalkgradError:
                continue
    return tuple(_each_once(found))


def _derived_by(readings: Sequence[Reading], draft: _Draft) -> set[str]:
    """What the parts of the document derive by that use the draft's definitions."""
    places = {name: source.place for name, source in draft.reading.sources.items() if name in draft.definitions}
    return {
        str(symbol)
        for reading in readings
        if reading is draft.reading
        or any(name in reading.sources and reading.sources[name].place == at for name, at in places.items())
        for symbol in reading.facts.derived_by
    }


def _each_once(networks: Sequence[tuple[WrittenNetwork, int]]) -> Iterator[WrittenNetwork]:
    """Those that are no part of another one; of two that are the same, the one about which more is claimed."""
    kept: list[WrittenNetwork] = []
    for network, _ in sorted(
        networks, key=lambda each: (-len(each[0].program.definitions), not each[0].loss, -each[1])
    ):
        if not any(_covers(other, network) for other in kept):
            kept.append(network)
    yield from (network for network, _ in networks if any(network is each for each in kept))


def _covers(other: WrittenNetwork, network: WrittenNetwork) -> bool:
    return network.defined_by.keys() <= other.defined_by.keys() and network.equations <= other.equations


# --- what the definitions of a part end in ---


def _drafts(reading: Reading, given_loss: Loss | None) -> Iterator[_Draft]:
    """What the definitions of a part of a document end in, each with what it rests on."""
    forward = _forward(reading)
    if not forward:
        return
    if reading.loss in forward and not reading.named_as:
        yield _Draft(reading, ordered(forward, reading.loss), reading.loss, is_loss=True)
        return
    forward = {name: each for name, each in forward.items() if name != reading.loss}
    written = [name for name in _ends(forward) if base(name) in LOSS_LETTERS and not forward[name].tensor.axes]
    if written and not reading.loss:
        for name in written:
            yield _Draft(reading, ordered(forward, name), name, is_loss=True)
        return
    output = output_of(replace(reading, definitions=forward)) if forward else None
    forward = _without(forward, output) if output is not None and reading.loss else forward
    for name in _ends(forward)[:_MOST_ENDS]:
        draft = _Draft(reading, ordered(forward, name), name)
        if name == output:
            _name_loss(draft, given_loss)
        yield draft


def _forward(reading: Reading) -> dict[str, Definition]:
    """The definitions of values, without those of gradients under names of their own, their sizes settled."""
    own = {str(symbol) for symbol, group in reading.facts.defined.items() if any(each.own for each in group)}
    resizing = _Counted(reading.sizes, {})
    found = {}
    for name, definition in reading.definitions.items():
        tensors = definition.body.tensors
        about = any(tensor.role is Role.ADJOINT for tensor in tensors) or any(tensor.name in own for tensor in tensors)
        if name not in own and not about:
            found[name] = resizing.definition(definition)
    return found


class _Counted(Resizing):
    """Sizes as the document states them: a number, or its letter for them."""

    @cached_property
    def stated(self) -> Mapping[Size, Size]:
        found: dict[Size, Size] = {}
        for size in {*self.sizes.parent, *self.sizes.parent.values()}:
            if isinstance(size, str) and size.startswith(STATED):
                text = size.removeprefix(STATED)
                found.setdefault(self.sizes.find(size), int(text) if text.isdigit() else size)
                if text.isdigit():
                    found[self.sizes.find(size)] = int(text)
        return found

    def size(self, size: Size) -> Size:
        root = self.sizes.find(size)
        return root if isinstance(root, int) else self.stated.get(root, root)


def _ends(definitions: Mapping[str, Definition]) -> list[str]:
    """What no other definition uses."""
    used = {tensor.name for each in definitions.values() for tensor in each.body.tensors}
    return [name for name in definitions if name not in used]


def _without(definitions: Mapping[str, Definition], output: str) -> dict[str, Definition]:
    """The definitions without those that rest on the output: steps of a derivation under letters of their own."""
    after = {output}
    for name, each in ordered_all(definitions).items():
        if any(tensor.name in after for tensor in each.body.tensors):
            after.add(name)
    return {name: each for name, each in definitions.items() if name == output or name not in after}


def _name_loss(draft: _Draft, given_loss: Loss | None) -> None:
    """Sets the loss after an output that the document, its text or the user names, or that usually follows."""
    reading = draft.reading
    body = draft.definitions[draft.result].body
    softmax, sigmoid = is_softmax(body), isinstance(body, Call) and body.function == "sigmoid"
    spoken = [reading.named_as.removeprefix(HALF)] if reading.named_as else list(reading.facts.words.losses[:1])
    row = given_loss or next(map(loss_named, spoken), None)
    if row is None and _is_prediction(draft, softmax or sigmoid):
        row = loss_named("cross_entropy" if softmax else "bce" if sigmoid else "mse")
        draft.said.append(f"{NO_LOSS}, so it is taken to be the {row.title}")
    if row is not None and row.name == "cross_entropy" and not draft.definitions[draft.result].tensor.axes:
        row = loss_named("bce")
    if row is not None:
        draft.named, draft.target = row, target_of(reading, draft.result)


def _is_prediction(draft: _Draft, squashed: bool) -> bool:
    """Whether a value is set against a target: `ŷ`, or a squashed sum of inputs with weights."""
    return draft.result.split("_")[0].endswith("hat") or (squashed and bool(draft.reading.loss))


# --- putting it together ---


def _assembled(draft: _Draft, derived_by: Set[str], numbers: Mapping[str, Given]) -> WrittenNetwork:
    reading = draft.reading
    folded = folded_together(draft.definitions)
    definitions = dict(folded.definitions)
    result = draft.result if draft.result in definitions else list(definitions)[-1]
    members = folded.gathered.items()
    derived_by = {*derived_by, *(name for name, each in members if not derived_by.isdisjoint(each))}
    definitions = ordered(split_pre_activations(definitions, reading), result)
    is_loss = draft.is_loss and (base(result) in LOSS_LETTERS or has_goal(definitions, result, derived_by))
    set_against = is_loss or draft.named is not None
    roles = roles_in(definitions, result, derived_by, is_loss=set_against, target=draft.target)
    definitions, roles = _with_samples(definitions, roles, result)
    spellings = Spellings.of(reading.facts).table((*roles, *definitions))
    words = {name: _hidden(spelling.word, definitions[name]) if name in definitions else spelling.word
             for name, spelling in spellings.items()}  # fmt: skip
    spellings = {name: replace(spelling, word=words[name]) for name, spelling in spellings.items()}
    aimed = draft.named is not None
    made = assembled(definitions, roles, words, aimed=aimed)
    program = made.program
    loss, target = AS_WRITTEN if is_loss else "", draft.target
    if draft.named is not None:
        loss = draft.named.name
        program, target = _with_loss(program, draft, words)
    output = _output(program)
    if is_loss:
        target = next((tensor.name for tensor in program.declared if tensor.role is Role.TARGET), "")
        program = replace(program, assumptions=assumptions_of(program))
    validate(program)
    tensor = program.tensor(output)
    return WrittenNetwork(
        program, output, target, loss, _spec(program, tensor, loss, target),
        _lettered(spellings), _defined_by(draft, words, folded.gathered),
        tuple(words[name] for name in roles if name in derived_by and name in words),
        _section(draft), tuple(draft.said), made.sample_index, made.sample_count,
        {words[name]: each for name, each in gathered(numbers, folded.gathered).items() if name in words},
    )  # fmt: skip


def _spec(program: Program, output: Tensor, loss: str, target: str) -> str | None:
    known = written_loss(program, output, target) if loss == AS_WRITTEN else loss
    return recognised_spec(program, output, known) if known else None


def _with_samples(
    definitions: Mapping[str, Definition], roles: Mapping[str, Role], result: str
) -> tuple[dict[str, Definition], dict[str, Role]]:
    """The definitions with an axis for samples that have no letter, and the size for the letter of their number."""
    bodies = [each.body for each in definitions.values()]
    tensors = {tensor.name: tensor for body in bodies for tensor in body.tensors if tensor.name in roles}
    given = {name: Tensor(name, tensor.axes, roles[name]) for name, tensor in tensors.items()}
    program = Program(tuple(given.values()), _with_roles(definitions, given), (definitions[result].tensor,))
    names = frozenset(given)
    program, _ = with_counts(program, [], MANY, (names & COUNTS) or names)
    if has_hidden_samples(each.body for each in program.definitions):
        program = Lifting(program, MANY).lifted_program()
    kept = {tensor.name: roles[tensor.name] for tensor in program.declared}
    return {each.tensor.name: each for each in program.definitions}, kept


def _with_roles(definitions: Mapping[str, Definition], given: Mapping[str, Tensor]) -> tuple[Definition, ...]:
    from chalkgrad.reading.folding import with_tensors

    changes = {}
    for definition in definitions.values():
        for tensor in definition.body.tensors:
            if tensor.name in given:
                changes[tensor] = given[tensor.name]
    return tuple(
        Definition(each.tensor, each.indices, with_tensors(each.body, changes, {})) for each in definitions.values()
    )


def _with_loss(program: Program, draft: _Draft, words: Mapping[str, str]) -> tuple[Program, str]:
    """The program with the named loss after its output."""
    assert draft.named is not None
    output = program.result
    taken = {tensor.name for tensor in program.declared} | {each.tensor.name for each in program.definitions}
    wanted = words.get(draft.target, draft.target) or "y"
    known = next((tensor for tensor in program.declared if tensor.name == wanted), None)
    name = wanted if known is None and wanted not in taken else next(n for n in ("y", "t", "target") if n not in taken)
    target = Tensor(name, output.axes, Role.TARGET)
    letter = draft.reading.loss or "L"
    result = letter if letter.isidentifier() and letter not in taken else next(
        n for n in ("L", "loss", "cost", "objective") if n not in taken)  # fmt: skip
    more = loss_definitions(draft.named, program.definitions, output, target, result)
    inputs = [tensor for tensor in program.declared if tensor.role is Role.INPUT]
    others = [tensor for tensor in program.declared if tensor.role is not Role.INPUT]
    used = next(t for each in more for t in each.body.tensors if t.role is Role.TARGET)
    definitions = (*program.definitions, *more)
    assumptions = draft.named.assumptions(used)
    return Program((*inputs, used, *others), definitions, (definitions[-1].tensor,), assumptions), name


def _output(program: Program) -> str:
    """The last value that rests on no target."""
    rests = {tensor for tensor in program.declared if tensor.role is Role.TARGET}
    found = program.result.name
    free: list[str] = []
    for definition in program.definitions:
        if any(tensor in rests for tensor in definition.body.tensors):
            rests.add(definition.tensor)
        else:
            free.append(definition.tensor.name)
    return free[-1] if free else found


def _hidden(word: str, definition: Definition) -> str:
    """The word for a value with a prime: the out' of hidden units is out_hidden."""
    stem = word.removesuffix("_prime")
    return word if stem == word else stem + ("_hidden" if definition.indices else "_inner")


def _lettered(spellings: Mapping[str, Spelling]) -> dict[str, str]:
    return {spelling.word: spelling.lettered for spelling in spellings.values() if spelling.lettered}


def _defined_by(
    draft: _Draft, words: Mapping[str, str], gathered: Mapping[str, Sequence[str]]
) -> dict[str, tuple[WrittenEquation, ...]]:
    """Which equations define each quantity."""
    of_member = {member: name for name, members in gathered.items() for member in members}
    found: dict[str, dict[WrittenEquation, None]] = {}
    for symbol, group in draft.reading.facts.defined.items():
        if str(symbol) in draft.definitions:
            name = of_member.get(str(symbol), str(symbol))
            equations = found.setdefault(words.get(name, name), {})
            equations.update(dict.fromkeys(each.statement.equation for each in group))
    return {name: tuple(equations) for name, equations in found.items()}


def _section(draft: _Draft) -> str:
    source = draft.reading.sources.get(draft.result)
    return source.equation.section if source is not None else ""
