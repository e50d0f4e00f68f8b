"""A worksheet, read: the network that its equations define, the functions that it is about, and what it claims."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalkgrad.errors import ChalkgradError, ReadingError
from chalkgrad.networks.losses import loss_named
from chalkgrad.reading.claims import (
    Claim,
    Place,
    derivatives_in,
    evaluated_names,
    loosen,
    outer_function,
    pre_activation_names,
    read_claim,
)
from chalkgrad.reading.documents import WrittenEquation, read_document
from chalkgrad.reading.drafting import DefiningEquation, UnclearDefinitionError
from chalkgrad.reading.families import is_definition, key_of, quantities
from chalkgrad.reading.functions import WrittenFunction, function_of, functions_in, read_functions
from chalkgrad.reading.latex import equations_in
from chalkgrad.reading.matrix_shapes import split_run
from chalkgrad.reading.model import LOSS_NAMES, SheetModel, model_of
from chalkgrad.reading.prose import loss_in_prose
from chalkgrad.reading.scope import Scope
from chalkgrad.reading.syntax import Chain, Derivative, Name, rewritten


@dataclass(frozen=True)
class Unread:
    """An equation that could not be read; the error's line and column are those of the document."""

    equation: WrittenEquation
    error: ReadingError


@dataclass(frozen=True)
class Sheet:
    """What a document says.

    `claims` has one entry for each equation that was read, in the order of the document; `guesses` are sentences, one
    for each name that was used loosely and each sum whose range had to be inferred.
    """

    model: SheetModel | None
    functions: tuple[WrittenFunction, ...]
    claims: tuple[Claim, ...]
    guesses: tuple[str, ...]
    unread: tuple[Unread, ...]
    equations: tuple[WrittenEquation, ...]


def read_sheet(text: str, *, loss: str | None = None, latex: bool | None = None) -> Sheet:
    r"""A Markdown or LaTeX worksheet: its network, its functions, its claims.

    `loss` names the loss; without it the prose decides, and failing that the output's function (said as a guess).
    What cannot be read is in `unread`, with its line and column, and the rest is read all the same.

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
    document = read_document(text, latex=latex)
    chains: list[tuple[WrittenEquation, Chain]] = []
    unread: list[Unread] = []
    for equation in document.equations:
        for found in equations_in(equation.latex):
            if isinstance(found, ReadingError):
                if equation.display:
                    unread.append(_unread(equation, found, text))
            elif isinstance(found, Chain):
                chains.append((equation, found))
    heads = functions_in(chain for _, chain in chains)
    of_functions = [pair for pair in chains if function_of(pair[1], heads) is not None]
    rest = [pair for pair in chains if function_of(pair[1], heads) is None]
    functions, claims, problems = read_functions(of_functions)
    unread += [_unread(equation, problem, text) for equation, problem in problems]
    defining = [pair for pair in rest if is_definition(pair[1]) and pair[0].display]
    claiming = [pair for pair in rest if isinstance(pair[1].sides[0], Derivative)]
    model, scope = None, Scope()
    while defining and model is None:
        try:
            model, scope = _model(defining, claiming, loss, document.prose)
        except UnclearDefinitionError as problem:
            unclear = problem.unclear
            unread.append(_unread(unclear.equation, problem, text))
            before = len(defining)
            defining = [] if _is_used(unclear, defining) else [pair for pair in defining if not _is(unclear, pair)]
            assert len(defining) < before
        except ChalkgradError as problem:
            error = problem if isinstance(problem, ReadingError) else ReadingError(str(problem))
            unread.append(_unread(defining[0][0], error, text))
            defining = []
    all_claims = list(claims)
    if model is not None:
        all_claims += [_definition(equation, chain, scope) for equation, chain in defining]
        loosen(scope, [chain for _, chain in claiming], model.program.result)
    for equation, chain in claiming:
        try:
            claim = read_claim(equation, chain, scope)
        except ReadingError as problem:
            unread.append(_unread(equation, problem, text))
            continue
        all_claims.append(claim)
        unread += [_unread(equation, link.problem, text) for link in claim.links if link.problem is not None]
    order = {id(equation): place for place, equation in enumerate(document.equations)}
    all_claims.sort(key=lambda claim: order[id(claim.equation)])
    return Sheet(model, functions, tuple(all_claims), tuple(scope.said), tuple(unread), document.equations)


def _is(unclear: DefiningEquation, pair: tuple[WrittenEquation, Chain]) -> bool:
    return pair[0] is unclear.equation and pair[1].span == unclear.chain.span


def _is_used(unclear: DefiningEquation, defining: Sequence[tuple[WrittenEquation, Chain]]) -> bool:
    """Whether other definitions stand on the unclear one, so that no network can be read without it."""
    others = [pair[1].sides[1] for pair in defining if not _is(unclear, pair)]
    return any(key_of(name) == key_of(unclear.left) for side in others for name in quantities(side))


def _model(
    defining: Sequence[tuple[WrittenEquation, Chain]],
    claiming: Sequence[tuple[WrittenEquation, Chain]],
    loss: str | None,
    prose: str,
) -> tuple[SheetModel, Scope]:
    equations = []
    for equation, chain in defining:
        spaced = rewritten(chain, split_run)
        if isinstance(spaced, Chain) and isinstance(spaced.sides[0], Name):
            equations.append(DefiningEquation(equation, spaced.sides[0], spaced))
    known = {key_of(name): None for each in equations for side in each.chain.sides[:2] for name in quantities(side)}
    claims = [chain for _, chain in claiming]
    heads = {outer_function(each.chain.sides[1]): key_of(each.left) for each in equations}
    loose = evaluated_names(claims, heads, known) | pre_activation_names(claims, known)
    names = {key: name for key, name in loose.items() if key_of(name) not in LOSS_NAMES}
    row = loss_named(loss) if loss else loss_in_prose(prose)
    numerators = [part.numerator for part in derivatives_in(claims) if isinstance(part.numerator, Name)]
    results = [key_of(name) for name in numerators if key_of(name) in LOSS_NAMES and key_of(name) not in known]
    return model_of(equations, names, row, results[0] if results else "L")


def _definition(equation: WrittenEquation, chain: Chain, scope: Scope) -> Claim:
    left = chain.sides[0]
    assert isinstance(left, Name)
    resolved = scope.resolve(left)
    of = Place(resolved.tensor) if resolved else None
    below = "".join(f"_{part.text}" for part in left.subscripts if hasattr(part, "text"))
    return Claim(equation, "definition", key_of(left) + below, chain, of, relations=chain.relations)


def _unread(equation: WrittenEquation, error: ReadingError, text: str) -> Unread:
    """The error with its place in the document."""
    line = equation.line + error.line - 1
    column = error.column + (equation.column - 1 if error.line == 1 else 0)
    placed = ReadingError(error.problem, line=line, column=column, text=text, expected=error.expected)
    return Unread(equation, placed)
