"""The network that the defining equations of a document make up, its samples and its loss included."""

from __future__ import annotations

from collections.abc import Sequence

from chalkgrad.networks.losses import loss_named
from chalkgrad.page.syntax import Chain, Name, Syntax, mapped
from chalkgrad.reading.claims import (
    derivatives_in,
    evaluated_names,
    outer_function,
    pre_activation_names,
)
from chalkgrad.reading.conventions import LOSS_NAMES, names_of_samples, without_samples
from chalkgrad.reading.drafting import DefiningEquation, are_of_matrices
from chalkgrad.reading.families import key_of, quantities
from chalkgrad.reading.gathering import Written
from chalkgrad.reading.indexing import written_rank
from chalkgrad.reading.losses import is_softmax_written
from chalkgrad.reading.matrix_shapes import batch_side
from chalkgrad.reading.model import NO_LOSS, SheetModel, model_of
from chalkgrad.reading.prose import loss_in_prose
from chalkgrad.reading.runs import split_letters, split_run
from chalkgrad.reading.samples import name_samples, name_targets, over_samples, with_loss
from chalkgrad.reading.scope import Scope


def read_model(
    defining: Sequence[Written], claiming: Sequence[Written], loss: str | None, prose: str
) -> tuple[SheetModel, Scope]:
    """The model, and the scope in which the claims are read."""
    letters = names_of_samples([chain for _, chain in (*defining, *claiming)])
    every = [name for _, chain in (*claiming, *defining) for name in _names(chain)]
    lefts = {name.base for _, chain in defining if isinstance(name := chain.sides[0], Name)}
    alone = {name.base for name in every if len(name.base) == 1} | lefts

    def spread(name: Syntax) -> Syntax:
        if not isinstance(name, Name):
            return name
        split = split_run(name)
        return split if split is not name else split_letters(name, alone, lefts)

    spaced = [(equation, mapped(chain, spread, scripts=False)) for equation, chain in defining]
    equations = []
    for equation, chain in spaced:
        if isinstance(chain, Chain) and isinstance(chain.sides[0], Name):
            equations.append(DefiningEquation(equation, chain.sides[0], chain))
    late = [each for each in equations if key_of(each.left) in LOSS_NAMES]
    matrices = are_of_matrices([each for each in equations if each not in late], late)
    if (not letters and not matrices) or len(late) == len(equations):
        late = []
    equations = [each for each in equations if each not in late]
    of_batch = [each.chain for each in equations]
    above = bool(letters) and not names_of_samples(of_batch) and bool(batch_side(of_batch))
    if above:  # a batch of matrices, single samples of which are told by their number
        letters = frozenset()
    if letters:
        equations = [_of_one_sample(each) for each in equations]
    known = {key_of(name): None for each in equations for side in each.chain.sides[:2] for name in quantities(side)}
    claims = [without_samples(chain) if letters else chain for _, chain in claiming]
    heads = {outer_function(each.chain.sides[1]): key_of(each.left) for each in equations}
    loose = evaluated_names(claims, heads, known) | pre_activation_names(claims, known)
    unnamed = {key: name for key, name in loose.items() if key_of(name) not in LOSS_NAMES}
    classes = any(is_softmax_written(each.chain.sides[1]) for each in equations)
    row = loss_named(loss) if loss else loss_in_prose(prose, one_output=not classes)
    numerators = [part.numerator for part in derivatives_in(claims) if isinstance(part.numerator, Name)]
    results = [key_of(name) for name in numerators if key_of(name) in LOSS_NAMES and key_of(name) not in known]
    result = key_of(late[-1].left) if late and not letters else results[0] if results else "L"
    several = any(len(key_of(name)) > 1 and written_rank(name) == 2 for chain in claims for name in _names(chain))
    model, scope = model_of(equations, unnamed, row, result, () if letters or above else late, several=several)
    if letters:
        name_targets(model, scope, [chain for _, chain in (*claiming, *defining)])
        for each in (each for each in late if names_of_samples([each.left])):
            model = with_loss(model, scope, _of_one_sample(each))
        model, scope = over_samples(model, scope)
        late = [each for each in late if not names_of_samples([each.left])]
    scope.program = model.program
    name_targets(model, scope, [chain for _, chain in (*claiming, *defining)])
    if above:
        name_samples(scope)
    if not letters and model.loss == "as written":
        late = []
    for each in late:
        model = with_loss(model, scope, each)
    scope.program = model.program
    if model.loss == "as written":
        scope.said = [sentence for sentence in scope.said if not sentence.startswith(NO_LOSS)]
    return model, scope


def _names(chain: Chain) -> list[Name]:
    """The names of quantities in an equation, those by which it derives included."""
    return [name for side in chain.sides for name in quantities(side)]


def _of_one_sample(each: DefiningEquation) -> DefiningEquation:
    chain = without_samples(each.chain)
    left = chain.sides[0]
    assert isinstance(left, Name)
    return DefiningEquation(each.equation, left, chain)
