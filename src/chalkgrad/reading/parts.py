"""The parts of a document that are read by themselves, each with what its equations and the words around them say."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Literal

from chalkgrad.networks.losses import loss_named
from chalkgrad.page.documents import Document
from chalkgrad.page.statement import Statement as Stated
from chalkgrad.page.statements import statements_in
from chalkgrad.page.syntax import Chain, Dots, Group, Name, Syntax, Text
from chalkgrad.reading.arrows import one_after_the_other
from chalkgrad.reading.bare_gradients import with_whole_gradients
from chalkgrad.reading.bare_names import bare_apart
from chalkgrad.reading.beneath import name_beneath
from chalkgrad.reading.bold_commands import bold_commands
from chalkgrad.reading.called_alike import called_alike
from chalkgrad.reading.capital_samples import small_samples
from chalkgrad.reading.cases_in_words import with_cases_in_words
from chalkgrad.reading.counted_from_zero import note_counted_from_zero
from chalkgrad.reading.derived_by_functions import derived_by_functions
from chalkgrad.reading.dots import filled_in
from chalkgrad.reading.dropped_indices import with_dropped_indices
from chalkgrad.reading.entries_of_capitals import with_entries_of_capitals
from chalkgrad.reading.equation_kinds import facts_of
from chalkgrad.reading.facts import LEADS_ON, Facts, Statement, derived_by_in, note_squares
from chalkgrad.reading.fixed_names import with_fixed_names
from chalkgrad.reading.formulas_below import with_formulas_below
from chalkgrad.reading.formulas_named import name_formulas_defined
from chalkgrad.reading.functions_alone import functions_alone
from chalkgrad.reading.hidden_activations import hidden_activations
from chalkgrad.reading.idle_units import without_idle_units
from chalkgrad.reading.inner_values import with_inner_values
from chalkgrad.reading.layers_of_gradients import with_layers_of_gradients
from chalkgrad.reading.letters_in_use import vocabulary_of
from chalkgrad.reading.long_sums import with_long_sums
from chalkgrad.reading.losses_as_functions import losses_as_functions
from chalkgrad.reading.losses_of_parts import with_losses_of_parts
from chalkgrad.reading.masked_assignments import with_masks
from chalkgrad.reading.mended_brackets import with_brackets
from chalkgrad.reading.numbers import numbers_apart
from chalkgrad.reading.one_sample import with_samples_dropped
from chalkgrad.reading.outcomes import any_functions, is_signature, note_outcomes
from chalkgrad.reading.own_arguments import with_own_arguments
from chalkgrad.reading.own_variables import with_own_variables
from chalkgrad.reading.primed_formulas import with_primed_formulas
from chalkgrad.reading.runs import runs_apart
from chalkgrad.reading.sample_columns import sample_columns
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.sections import sections_of, versions
from chalkgrad.reading.small_changes import with_changes
from chalkgrad.reading.softmax_defined import with_softmax
from chalkgrad.reading.softmax_told import called_softmax
from chalkgrad.reading.sorts import ranks_in
from chalkgrad.reading.spellings import in_one_spelling, respelled
from chalkgrad.reading.steps import claims_of_steps
from chalkgrad.reading.styles import styles_of
from chalkgrad.reading.told_apart import labelled_bases
from chalkgrad.reading.told_by_derivatives import told_by_derivatives, told_in
from chalkgrad.reading.told_conditions import Headed, Passing, is_letter
from chalkgrad.reading.told_derivatives import with_told_derivatives
from chalkgrad.reading.told_in_words import told_in_words
from chalkgrad.reading.unrolling import has_runs_with_times, unrolled
from chalkgrad.reading.usual_layers import usual_layers
from chalkgrad.reading.vocabulary import Vocabulary
from chalkgrad.reading.words import Said, Words, samples_in, symmetric_by, words_of

DOTS = re.compile(r"\\(?:[lcv]?dots)\b|\.\.\.|…")

_SUMMED = re.compile(
    r"\bEinstein|\bsummation\s+convention|\b(?:repeated|twice)\b[^.]{0,40}\bsumm(?:ed|ation)\b|"
    r"\bsumm(?:ed|ation)\s+over\s+repeated\b",
    re.IGNORECASE,
)


def statements_of(stated_: Sequence[Stated]) -> list[Statement]:
    """The equations of a document in order; one that begins with a relation goes on with the one before it."""
    found: list[Statement] = []
    left: Syntax | None = None
    headed, passing = Headed(), Passing()
    for stated in stated_:
        body = stated.body
        if not isinstance(body, Chain) or len(body.sides) < 2:
            left = body if stated.equation.alone and not isinstance(body, Text) else left
            continue
        if headed.takes(stated) or passing.takes(stated):
            continue
        if stated.continues and left is not None:
            body = replace(body, sides=(left, *body.sides[1:]))
        elif stated.continues:
            continue
        if all(is_letter(side) for side in body.sides) or _is_range(body):
            continue  # `i = j`: a condition by itself
        left = body.sides[0]
        conditions = (*stated.conditions, *headed.conditions(stated))
        under = passing.conditions(stated)
        for number, one in enumerate(one_after_the_other(body)):
            lead = LEADS_ON if number else stated.lead
            for part in _with_membership(one):
                for chain in (each for named in _named_on_the_right(part) for each in _by_the_last(named)):
                    chain, mended = with_brackets(chain, displayed=stated.equation.display)
                    found.append(
                        Statement(chain, stated.equation, len(found), conditions, stated.notes, lead, stated.continues,
                                  under=under, mended=mended)
                    )  # fmt: skip
    return found


def _with_membership(chain: Chain) -> list[Chain]:
    r"""An equation that ends with where its quantity lies, `w = (u, b) \in \mathbb R^d`, and that by itself."""
    if chain.relations[-1] != "∈" or len(chain.sides) < 3 or "∈" in chain.relations[:-1]:
        return [chain]
    equation = replace(chain, relations=chain.relations[:-1], sides=chain.sides[:-1])
    return [equation, Chain(("∈",), (chain.sides[0], chain.sides[-1]), chain.span)]


def _named_on_the_right(chain: Chain) -> list[Chain]:
    """The equation, and for each name that it gives on its right, `… =: z`, the definition of that."""
    if "=:" not in chain.relations:
        return [chain]
    made = [
        Chain(("=",), (chain.sides[k + 1], chain.sides[k]), chain.span)
        for k, relation in enumerate(chain.relations) if relation == "=:"
    ]  # fmt: skip
    kept = [k for k, relation in enumerate(chain.relations) if relation != "=:"]
    sides = (chain.sides[0], *(chain.sides[k + 1] for k in kept))
    rest = [replace(chain, relations=tuple(chain.relations[k] for k in kept), sides=sides)] if kept else []
    return [*rest, *made]


def _by_the_last(chain: Chain) -> list[Chain]:
    r"""Names of one letter that are all said to be the same, `w_1 = w_2 = w_t`, each by the last of them: what is
    derived by one of them holds the others fixed.
    """
    names = [side for side in chain.sides if isinstance(side, Name) and side.subscripts]
    alike = len(names) == len(chain.sides) > 2 and len({replace(side, subscripts=()) for side in names}) == 1
    if not alike or set(chain.relations) != {"="}:
        return [chain]
    return [Chain(("=",), (side, chain.sides[-1]), chain.span) for side in chain.sides[:-1]]


def _is_range(chain: Chain) -> bool:
    r"""Whether an equation says from where to where an index runs: `j = 1, \ldots, m`."""
    first, last = chain.sides[0], chain.sides[-1]
    letters = first.contents if isinstance(first, Group) and first.bracket == "" else (first,)
    listed = (
        isinstance(last, Group)
        and last.bracket in ("", r"\{")
        and any(isinstance(each, Dots) for each in last.contents)
    )
    return all(is_letter(each) for each in letters) and listed


def read_parts(document: Document) -> list[Facts]:
    """The equations of each section, with what these need of the others, and what each of them is."""
    return parts_of(statements_in(document), document)


def parts_of(stated: Sequence[Stated], document: Document) -> list[Facts]:
    """The same of what a document states; runs of letters are taken apart as the whole of it uses its letters."""
    stated = with_cases_in_words(stated)
    statements = with_fixed_names(statements_of(stated), document.fixed)
    if not statements:
        return []
    statements = with_told_derivatives(stated, with_masks(statements))
    words = words_of(stated, document.prose)
    signatures = [statement.chain for statement in statements if is_signature(statement.chain)]
    statements = [statement for statement in statements if not is_signature(statement.chain)]
    bold = bold_commands([statement.chain for statement in statements])
    statements = in_one_spelling(respelled(statements, lambda chains: bold))
    if words.losses:
        statements = respelled(statements, lambda chains: called_alike(chains, named=True))
    words = replace(words, kinds=_marked(words.kinds, bold), properties=_marked(words.properties, bold))
    statements = with_formulas_below(with_layers_of_gradients(with_whole_gradients(statements)))
    statements = with_entries_of_capitals(with_softmax(statements, called_softmax(stated, document.prose)))
    styled = styles_of([statement.chain for statement in statements])
    told, changes = with_changes(filled_in([_chain(styled(statement.chain)) for statement in statements]))
    statements = [replace(statement, chain=chain) for statement, chain in zip(statements, told, strict=True)]
    symmetric = symmetric_by([statement.chain for statement in statements])
    properties = [*_marked(words.properties, styled), *symmetric]
    words = replace(words, kinds=_marked(words.kinds, styled), properties=properties)
    if document.loss:
        words = replace(words, losses=(loss_named(document.loss).name,), described_loss=False)
    statements, losses = losses_as_functions(statements, words.losses)
    words = replace(words, losses=losses)
    conditions = [condition for statement in statements for condition in statement.conditions]
    if has_runs_with_times(statements):
        statements = respelled(statements, lambda chains: partial(runs_apart, found=vocabulary_of(chains, conditions)))
    statements, steps = unrolled(statements)
    conditions = [condition for statement in statements for condition in statement.conditions]
    vocabulary = vocabulary_of([statement.chain for statement in statements], conditions)
    apart = respelled(statements, lambda chains: lambda chain: with_long_sums(runs_apart(chain, vocabulary)))
    apart = respelled(apart, lambda chains: functions_alone(chains, vocabulary))
    apart = respelled(apart, lambda chains: lambda chain: with_primed_formulas(chain, vocabulary))
    apart = respelled(apart, derived_by_functions)
    apart = with_own_arguments(with_own_variables(apart, vocabulary), vocabulary)
    apart = with_inner_values(small_samples(apart, vocabulary), vocabulary)
    vocabulary = vocabulary_of([statement.chain for statement in apart], conditions)
    vocabulary.samples_in = samples_in(document.prose)
    vocabulary.columns = sample_columns([statement.chain for statement in apart])
    note_counted_from_zero(vocabulary, [statement.chain for statement in apart])
    vocabulary.moving = changes.moving
    vocabulary.stepped = steps.names
    vocabulary.at_own_steps = steps.at_own_steps if steps.copied else None
    vocabulary.einstein = _SUMMED.search(document.prose) is not None
    vocabulary.labelled |= labelled_bases([statement.chain for statement in apart], vocabulary)
    note_outcomes(vocabulary, [statement.chain for statement in apart], signatures)
    told_besides = [*told_in_words(stated, apart, vocabulary), *hidden_activations(apart, vocabulary, document.prose)]
    if told_besides:
        vocabulary.defined |= {base_of(left) for each in told_besides if isinstance(left := each.chain.sides[0], Name)}
        apart = [*told_besides, *apart]
    apart = bare_apart(numbers_apart(without_idle_units(apart), vocabulary), vocabulary)
    apart = with_losses_of_parts(apart, vocabulary)
    vocabulary.derived_by = derived_by_in([statement.chain for statement in apart], vocabulary)
    vocabulary.ranks = ranks_in([statement.chain for statement in apart], vocabulary)
    vocabulary.told = tuple(told_in(statement.chain for statement in apart))
    parts = [with_samples_dropped(part, vocabulary) for part in sections_of(apart, vocabulary)]
    return [_facts_of(with_dropped_indices(part, vocabulary), vocabulary, words) for part in parts]


def _marked(said: Sequence[Said], styled: Callable[[Syntax], Syntax]) -> list[Said]:
    found = [(styled(each.name), each) for each in said]
    return [each._replace(name=name) for name, each in found if isinstance(name, Name)]


def _chain(syntax: Syntax) -> Chain:
    assert isinstance(syntax, Chain)
    return syntax


def _facts_of(
    passage: Sequence[Statement],
    vocabulary: Vocabulary,
    words: Words,
    new: frozenset[int] = frozenset(),
    tables: Literal["", "given", "dropped"] = "",
) -> Facts:
    vocabulary.remember(False)
    plain = Facts(vocabulary, list(passage))
    note_squares(plain)
    marked, doubtful = versions(plain, passage, new)
    facts = replace(facts_of(marked, vocabulary, words, tables), doubtful=doubtful, passage=tuple(passage))
    name_beneath(facts)
    facts.claims += claims_of_steps(facts)
    for each in any_functions(facts):
        facts.defined.setdefault(each.symbol, []).append(each)
    name_formulas_defined(facts)
    vocabulary.remember(True)
    return facts


def with_new_meanings(facts: Facts, new: frozenset[int]) -> Facts:
    """The equations of a part where those at the places give their names a new meaning."""
    return _facts_of(facts.passage, facts.vocabulary, facts.words, new)


def with_tables(facts: Facts, tables: Literal["given", "dropped"]) -> Facts:
    """The equations of a part where matrices in numbers are what their names stand for, or only examples."""
    return _facts_of(facts.passage, facts.vocabulary, facts.words, tables=tables)


def with_kinds(facts: Facts, kinds: Mapping[tuple[str, int], str]) -> Facts:
    """The equations of a part where names are rather of the kinds that other parts bear out."""
    return _facts_of(facts.passage, facts.vocabulary, replace(facts.words, kinds_elsewhere=kinds))


def with_usual_layers(facts: Facts) -> Facts | None:
    """The equations of a part after the definitions of layers that it takes as known; None where it takes none."""
    told = usual_layers(facts)
    return _facts_of([*told, *facts.passage], facts.vocabulary, facts.words) if told else None


def with_told_by_derivatives(facts: Facts) -> Facts | None:
    """The equations of a part after the definitions by formulas that it derives; None where there are none."""
    told = told_by_derivatives(facts)
    return _facts_of([*told, *facts.passage], facts.vocabulary, facts.words) if told else None
