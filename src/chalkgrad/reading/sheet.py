"""A worksheet, read: the network that its equations define, the functions that it is about, and what it claims."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.language import Definition, Tensor, substitute_axes
from chalkgrad.page.documents import WrittenEquation, read_document
from chalkgrad.page.syntax import Chain, Derivative, Name, Syntax
from chalkgrad.reading.claims import (
    Claim,
    Link,
    Place,
    loosen,
    name_by_role,
    read_claim,
)
from chalkgrad.reading.conventions import LOSS_NAMES
from chalkgrad.reading.differentials import Differentials, about_differentials, is_differential
from chalkgrad.reading.drafting import DefiningEquation, UnclearDefinitionError
from chalkgrad.reading.examples import Example, read_example, set_apart
from chalkgrad.reading.families import is_definition, key_of, quantities
from chalkgrad.reading.fixing import fix_names, fixed_in, setting_in
from chalkgrad.reading.functions import WrittenFunction, function_of, functions_in, read_functions
from chalkgrad.reading.gathering import Written, gathered
from chalkgrad.reading.given_model import writings_of
from chalkgrad.reading.introductions import introduced_or_meant
from chalkgrad.reading.meaning import Part, meaning_of
from chalkgrad.reading.model import SheetModel
from chalkgrad.reading.network import read_model
from chalkgrad.reading.own_names import differentiated, own_definitions, written_in
from chalkgrad.reading.prose import spec_in_prose
from chalkgrad.reading.scope import Scope, written
from chalkgrad.reading.sentences import defined_in_sentences
from chalkgrad.reading.spec import read_spec


@dataclass(frozen=True)
class Unread:
    """An equation that could not be read; the error's line and column are those of the document."""

    equation: WrittenEquation
    error: ReadingError


@dataclass(frozen=True)
class Sheet:
    """What a document says.

    `claims` has one entry for each equation that was read, in the order of the document; `guesses` are sentences, one
    for each name that was used loosely and each sum whose range had to be inferred. `undefined` has the activations of
    which the document does not say what they are, as it writes them, with the rows of the table taken for them.
    `examples` has what it says in numbers.
    """

    model: SheetModel | None
    functions: tuple[WrittenFunction, ...]
    claims: tuple[Claim, ...]
    guesses: tuple[str, ...]
    unread: tuple[Unread, ...]
    equations: tuple[WrittenEquation, ...]
    prose: str = ""
    undefined: Mapping[str, str] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()


def read_sheet(
    text: str,
    *,
    loss: str | None = None,
    latex: bool | None = None,
    let: Mapping[str, str] | None = None,
    model: str | None = None,
    activations: Mapping[str, str] | None = None,
) -> Sheet:
    r"""A Markdown or LaTeX worksheet: its network, its functions, its claims.

    `loss` names the loss; without it the prose decides, and failing that the output's function (said as a guess).
    `let` fixes names: `{"out": "z_2"}` says that the document's out is its z_2; so does a line `let: out=z_2` in a
    block between `---` at its beginning. Raises `UnknownNameError` for a name that is fixed to nothing known.
    `model`, or a line `model: 2-3-1 relu sigmoid bce` in that block, is the spec of the network for a document that
    defines none; it is taken in the notation in which most of the document can be read.
    `activations` says which functions the document's undefined activations shall be; for each of the others some
    smooth function stands in. What cannot be read is in `unread`, with its line and column, and the rest is read all
    the same.

    >>> sheet = read_sheet(r'''
    ... The loss is the mean squared error.
    ... $$\hat y = x_1 w_1 + x_2 w_2 + b$$
    ... $$\frac{\partial L}{\partial w_1} = 2(\hat y - y) x_1$$
    ... ''')
    >>> print(sheet.model.program)
    axis i: 2
    input x[i]
    target y
    parameter w[i]
    parameter b
    yhat = sum(i, x[i]*w[i]) + b
    L = (yhat - y)^2
    result L
    >>> sheet.claims[-1].subject, str(sheet.claims[-1].links[0].expression)
    ('dL/dw[0]', '2*(yhat - y)*x[0]')
    """
    sheet = _read(text, loss, latex, let, activations)
    given = model or setting_in(text, "model")
    said: tuple[str, ...] = ()
    if given is None and sheet.model is None:
        given, said = _from_prose(sheet)
    if given is None:
        return sheet
    spec = read_spec(given, loss)
    if sheet.model is not None:
        ignored = f"the document defines its own network, so the model {given} is not used"
        return replace(sheet, guesses=(*sheet.guesses, ignored))
    sheets = [_read(text, loss or spec.loss, latex, let, activations, equations) for equations in writings_of(spec)]
    best = min((each for each in sheets if each.model is not None), key=_unclear, default=sheet)
    if best.model is None:
        return best
    return replace(best, model=replace(best.model, spec=str(spec)), guesses=(*said, *best.guesses))


def _from_prose(sheet: Sheet) -> tuple[str | None, tuple[str, ...]]:
    """The model that a document without one describes in words, where it claims anything; and what was guessed."""
    found = spec_in_prose(sheet.prose) if sheet.unread else None
    if found is None:
        return None, ()
    spec, said = found
    return spec, (f"the text describes the network {spec}", *said)


def _unclear(sheet: Sheet) -> tuple[int, int]:
    """How much of a sheet could not be read, and how much of the rest was guessed."""
    return len(sheet.unread), len(sheet.guesses)


def _read(
    text: str,
    loss: str | None,
    latex: bool | None,
    let: Mapping[str, str] | None,
    activations: Mapping[str, str] | None,
    given: Sequence[str] = (),
    *,
    sentences: bool = True,
) -> Sheet:
    """The sheet, with the equations of a given model as if they stood in front of it.

    With `sentences` equations inside a sentence define what the others use, unless less could be read with them.
    """
    document = read_document(text, latex=latex)
    found = gathered(document, given, activations, loss)
    chains = found.written
    unread = [_unread(equation, problem, text) for equation, problem in found.problems]
    heads = functions_in(chain for _, chain in chains)
    of_functions = [pair for pair in chains if function_of(pair[1], heads) is not None]
    rest = [pair for pair in chains if function_of(pair[1], heads) is None]
    functions, claims, problems = read_functions(of_functions)
    unread += [_unread(equation, problem, text) for equation, problem in problems]
    moving = [pair for pair in rest if is_differential(pair[1])] if about_differentials(c for _, c in rest) else []
    rest, in_numbers = set_apart([pair for pair in rest if pair not in moving])
    named = _definitions(rest, sentences=sentences)
    own = own_definitions([chain for _, chain in named])
    defining = [pair for place, pair in enumerate(named) if place not in own]
    mine = [pair for place, pair in enumerate(named) if place in own]
    claiming = [pair for pair in rest if isinstance(pair[1].sides[0], Derivative)]
    model, scope = None, Scope()
    while defining and model is None:
        try:
            model, scope = read_model(defining, [*mine, *claiming], loss, document.prose)
        except UnclearDefinitionError as problem:
            unclear = problem.unclear
            unread.append(_unread(unclear.equation, problem, text))
            before = len(defining)
            needed = key_of(unclear.left) in LOSS_NAMES or _is_used(unclear, defining)
            defining = [] if needed else [pair for pair in defining if not _is(unclear, pair)]
            assert len(defining) < before
        except ChalkgradError as problem:
            error = problem if isinstance(problem, ReadingError) else ReadingError(str(problem))
            unread.append(_unread(defining[0][0], error, text))
            defining = []
    all_claims = list(claims)
    if model is not None:
        fix_names(scope, {**fixed_in(text), **(let or {})})
        all_claims += [_definition(equation, chain, scope) for equation, chain in defining]
        loosen(scope, [chain for _, chain in (*claiming, *in_numbers)], model.program.result)
        output = next((each for each in model.program.definitions if each.tensor.name == model.output), None)
        if output is not None:
            name_by_role(scope, [chain for _, chain in (*mine, *claiming)], output)
    places = {id(pair[1]): place for place, pair in enumerate(rest)}
    for equation, chain in sorted([*mine, *claiming], key=lambda pair: places[id(pair[1])]):
        try:
            claim = _own(equation, chain, scope) if isinstance(chain.sides[0], Name) else None
            claim = claim or read_claim(equation, chain, scope)
        except ReadingError as problem:
            if equation.display or isinstance(chain.sides[0], Derivative):
                unread.append(_unread(equation, problem, text))
            continue
        all_claims.append(claim)
        unread += [_unread(equation, link.problem, text) for link in claim.links if link.problem is not None]
    for equation, chain in rest:
        if equation.display and "=" in chain.relations and not isinstance(chain.sides[0], Name | Derivative):
            try:
                all_claims.append(_identity(equation, chain, scope))
            except ReadingError as problem:
                unread.append(_unread(equation, problem, text))
    if model is not None and moving:
        differentials = Differentials.of(scope, model.program, [chain for _, chain in (*moving, *claiming)])
        for equation, chain in moving:
            try:
                all_claims.append(differentials.claim(equation, chain))
            except ReadingError as problem:
                unread.append(_unread(equation, problem, text))
    examples: list[Example] = []
    for equation, chain in in_numbers if model is not None else ():
        try:
            examples.append(read_example(equation, chain, scope))
        except ReadingError as problem:
            unread += [_unread(equation, problem, text)] if equation.display else []
    order = {id(equation): place for place, equation in enumerate(document.equations)}
    all_claims = [claim for claim in all_claims if id(claim.equation) in order]
    all_claims.sort(key=lambda claim: order[id(claim.equation)])
    undefined = found.activations.undefined
    told: dict[tuple[int, int, int], Unread] = {}
    for each in unread:
        told.setdefault((id(each.equation), each.error.line, each.error.column), each)
    said = (*found.said, *scope.said)
    if undefined and model is not None:
        model = replace(model, spec=None)
    equations = document.equations
    spoken = sentences and any(not equation.display for equation, _ in named)
    if spoken and (unread or model is None):
        without = _read(text, loss, latex, let, activations, given, sentences=False)
        if len(without.unread) < len(told) or (model is None and without.model is not None):
            return without
    return Sheet(
        model, functions, tuple(all_claims), said, tuple(told.values()), equations, document.prose, undefined,
        tuple(examples),
    )  # fmt: skip


def _definitions(written: Sequence[Written], *, sentences: bool) -> list[Written]:
    """The equations that define a name.

    Those within a sentence count where no others do, where they define an error or a gradient, and with `sentences`
    where other equations need them.
    """
    every = [pair for pair in written if is_definition(pair[1]) and (pair[0].display or _has_names(pair[1].sides[1]))]
    displayed = [pair for pair in every if pair[0].display]
    if not displayed:
        return every
    needed = {id(chain) for _, chain in defined_in_sentences(written)} if sentences else set()
    own = own_definitions([chain for _, chain in every])
    return [pair for place, pair in enumerate(every) if pair[0].display or place in own or id(pair[1]) in needed]


def _has_names(side: Syntax) -> bool:
    return any(True for _ in quantities(side))


def _is(unclear: DefiningEquation, pair: Written) -> bool:
    return pair[0] is unclear.equation and pair[1].span == unclear.chain.span


def _is_used(unclear: DefiningEquation, defining: Sequence[Written]) -> bool:
    """Whether other definitions stand on the unclear one, so that no network can be read without it."""
    others = [pair[1].sides[1] for pair in defining if not _is(unclear, pair)]
    return any(key_of(name) == key_of(unclear.left) for side in others for name in quantities(side))


def _own(equation: WrittenEquation, chain: Chain, scope: Scope) -> Claim | None:
    """A definition of the writer's own name; where that is a gradient, the claim about it."""
    left = chain.sides[0]
    assert isinstance(left, Name)
    key = written(left)
    spoken = next((side for side in chain.sides[1:] if isinstance(side, Derivative)), None)
    inner = differentiated(left, scope.tensors)
    again = any(key_of(name) == key_of(left) for side in chain.sides[1:] for name in quantities(side))
    if inner is not None and scope.program is not None and spoken is None and not again:
        result = Name(scope.program.result.name, span=left.span)
        spoken = Derivative(result, (inner,), left.span)
    values = [side for side in chain.sides[1:] if not isinstance(side, Derivative)]
    spoken = spoken or scope.stands_for.get(key)
    last = values[-1] if values else chain.sides[-1]
    introduced, problem, refits = introduced_or_meant(left, last, scope, equation, inner)
    own = introduced.definition
    if spoken is None or not values:
        if spoken is not None:
            scope.stands_for[key] = spoken
        link = Link(last, (), own.body, own.indices, False, None, introduced.parts, introduced.used, introduced.written)
        if problem is not None:
            link = Link(last, problem=problem, refits=refits)
        before = [_other_side(side, own, scope, equation) for side in values[:-1]]
        return Claim(equation, "definition", key, chain, links=(*before, link), relations=chain.relations, own=own)
    relations = ("=",) * len(values)
    return replace(read_claim(equation, Chain(relations, (spoken, *values), chain.span), scope), own=own)


def _other_side(side: Syntax, own: Definition, scope: Scope, equation: WrittenEquation) -> Link:
    """Another side of a definition of the writer's, along the same axes."""
    parts: list[Part] = []
    try:
        value = meaning_of(side, scope, equation.latex, parts=parts)
        expression = written_in(value.expression, scope)
    except ReadingError as problem:
        return Link(side, problem=problem)
    along = own.indices[len(own.indices) - len(value.axes) :]
    fitting = [axis.size for axis in along] == [axis.size for axis in value.axes]
    axes = dict(zip(value.axes, along, strict=True)) if fitting else {}
    return Link(side, (), substitute_axes(expression, axes), own.indices, parts=tuple(parts))


def _definition(equation: WrittenEquation, chain: Chain, scope: Scope) -> Claim:
    left = chain.sides[0]
    assert isinstance(left, Name)
    resolved = scope.resolve(left)
    of = Place(resolved.tensor) if resolved else None
    below = "".join(f"_{part.text}" for part in left.subscripts if hasattr(part, "text"))
    own, links = _sides(chain, scope, equation)
    key = key_of(left) + below
    return Claim(equation, "definition", key, chain, of, links=links, relations=chain.relations, own=own)


def _identity(equation: WrittenEquation, chain: Chain, scope: Scope) -> Claim:
    """An equation between formulae, whose sides must be equal. Raises `ReadingError` where one cannot be read."""
    value = meaning_of(chain.sides[0], scope, equation.latex)
    letters = sorted(value.expression.free - set(value.axes), key=lambda axis: axis.name)
    own = Definition(Tensor("the sides"), (*letters, *value.axes), written_in(value.expression, scope))
    links = tuple(_other_side(side, own, scope, equation) for side in chain.sides)
    for problem in (link.problem for link in links if link.problem is not None):
        raise problem
    return Claim(equation, "identity", "sides", chain, links=links, relations=chain.relations, own=own)


def _sides(chain: Chain, scope: Scope, equation: WrittenEquation) -> tuple[Definition | None, tuple[Link, ...]]:
    """The sides of a definition that has several, to be compared; none where one of them cannot be read again."""
    if len(chain.sides) < 3 or set(chain.relations) != {"="}:
        return None, ()
    try:
        value = meaning_of(chain.sides[1], scope, equation.latex)
    except ReadingError:
        return None, ()
    letters = sorted(value.expression.free - set(value.axes), key=lambda axis: axis.name)
    own = Definition(Tensor("the sides"), (*letters, *value.axes), value.expression)
    links = tuple(_other_side(side, own, scope, equation) for side in chain.sides[1:])
    return (None, ()) if any(link.problem is not None for link in links) else (own, links)


def _unread(equation: WrittenEquation, error: ReadingError, text: str) -> Unread:
    """The error with its place in the document."""
    line = equation.line + error.line - 1
    column = error.column + (equation.column - 1 if error.line == 1 else 0)
    placed = ReadingError(error.problem, line=line, column=column, text=text, expected=error.expected)
    return Unread(equation, placed)
