r"""Functions that a document only speaks of: whether they give a number or a vector, and where they are usually taken.

`f: \mathbb R^n \to \mathbb R`, `\nabla f(\mathbf x)` or `\frac{\partial^2 f}{\partial x_i \partial x_j}` say that f
gives a number; a function in bold gives a vector. Any other is taken place by place, as activations are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from chalkgrad.page.syntax import BigOperator, Chain, Derivative, Group, Name, Product, Syntax, walk_syntax
from chalkgrad.reading.facts import Defined, Facts, Statement
from chalkgrad.reading.scripts import base_of
from chalkgrad.reading.sense import Head
from chalkgrad.reading.styles import is_bold
from chalkgrad.reading.vocabulary import Symbol, Vocabulary, applications, arguments_of

ANY = "any"  # the accent of the function that stands for what a document leaves open
_REALS = frozenset(("R", "Re", "Real", "RR"))


def is_signature(chain: Syntax) -> bool:
    r"""Whether an equation says from where to where a function leads: `f: \mathbb R^n \to \mathbb R`."""
    if not isinstance(chain, Chain) or chain.relations[0] not in ("→", "↦") or not isinstance(chain.sides[0], Product):
        return False
    return ":" in chain.sides[0].operators


def note_outcomes(vocabulary: Vocabulary, chains: Sequence[Chain], signatures: Sequence[Chain]) -> None:
    """Keeps which functions give a number and which give a vector."""
    for chain in signatures:
        _from_signature(vocabulary, chain)
    primed = {base_of(name) for chain in chains for part in walk_syntax(chain) if isinstance(part, Product)
              for name, _ in applications(part) if name.primes}  # fmt: skip
    for chain in chains:
        for name in _derived_whole(chain):
            if base_of(name) in primed and not is_bold(name):
                continue  # of the `g'(z)` of each number a gradient is written element by element
            (vocabulary.vector_valued if is_bold(name) else vocabulary.scalar_valued).add(base_of(name))
        for part in walk_syntax(chain):
            if isinstance(part, Product):
                vocabulary.vector_valued |= {base_of(name) for name, _ in applications(part)
                                             if is_bold(name) and name.base[:1].islower()}  # fmt: skip
    vocabulary.scalar_valued |= {base_of(name) for name in _parts_of_losses(vocabulary, chains)}
    vocabulary.scalar_valued -= vocabulary.vector_valued


def _parts_of_losses(vocabulary: Vocabulary, chains: Sequence[Chain]) -> Iterator[Name]:
    r"""The functions of which something that is derived is the sum, `J(\theta) = \frac1n \sum_i \ell_i(\theta)`."""
    derived = {
        base_of(part.numerator) for chain in chains for part in walk_syntax(chain)
        if isinstance(part, Derivative) and isinstance(part.numerator, Name) and not part.numerator.subscripts
    }  # fmt: skip
    for chain in chains:
        left = chain.sides[0].factors[0] if isinstance(chain.sides[0], Product) else chain.sides[0]
        if not isinstance(left, Name) or base_of(left) not in derived:
            continue
        for part in (part for side in chain.sides[1:] for part in walk_syntax(side)):
            if isinstance(part, BigOperator) and isinstance(part.body, Product) and len(part.body.factors) == 2:
                yield from (name for name, _ in applications(part.body)
                            if vocabulary.row_of(name) is None and base_of(name) not in vocabulary.heads)  # fmt: skip


def _from_signature(vocabulary: Vocabulary, chain: Chain) -> None:
    first = chain.sides[0]
    assert isinstance(first, Product)
    colon = first.operators.index(":")
    names = [factor for factor in first.factors[:colon] if isinstance(factor, Name)]
    result = next((part for part in walk_syntax(chain.sides[-1]) if isinstance(part, Name)), None)
    if len(names) != 1 or result is None or base_of(result) not in _REALS:
        return
    base = base_of(names[0])
    if vocabulary.row_of(names[0]) is not None:
        return
    power = result.superscripts
    if base not in vocabulary.heads:
        vocabulary.functions.add(base)
    domain = [factor for factor in first.factors[colon:] if isinstance(factor, Name)]
    of_numbers = len(domain) == 1 and base_of(domain[0]) in _REALS and not domain[0].superscripts
    if not power and of_numbers:
        return  # any function of one number: `g: \mathbb R \to \mathbb R`
    if not power:
        vocabulary.scalar_valued.add(base)
    elif not any(isinstance(part, Product) for part in power):
        vocabulary.vector_valued.add(base)


def _derived_whole(chain: Syntax) -> Iterator[Name]:
    """The names of which gradients or second derivatives are taken."""
    for part in walk_syntax(chain):
        if isinstance(part, Product):
            for one, other in pairwise(part.factors):
                if isinstance(one, Name) and one.base == r"\nabla" and isinstance(other, Name):
                    yield other
        elif isinstance(part, Derivative) and part.numerator is not None:
            above = part.numerator.factors[0] if isinstance(part.numerator, Product) else part.numerator
            if isinstance(above, Name) and len(part.denominators) > 1 and not above.subscripts:
                yield above


def any_functions(facts: Facts) -> list[Defined]:
    """For each function that gives a number or a vector and that nothing defines, any function of its usual
    arguments.
    """
    usual: dict[str, Counter[tuple[Name, ...]]] = {}
    where: dict[str, tuple[Name, Statement]] = {}
    others: set[str] = set()
    by_own: dict[str, set[tuple[str, ...]]] = defaultdict(set)  # by which arguments of its own a function is derived
    for statement in facts.statements:
        for part in walk_syntax(statement.chain):
            if isinstance(part, Product):
                for name, group in applications(part):
                    _note_call(facts, usual, where, name, group, statement)
                for sign, derived in pairwise(part.factors):
                    if isinstance(sign, Name) and sign.base == r"\nabla" and isinstance(derived, Name):
                        by_own[base_of(derived)] |= {
                            (base_of(each),) for each in sign.subscripts if isinstance(each, Name)
                        }
            elif isinstance(part, Derivative) and isinstance(part.numerator, Name):
                below = {base_of(each) for each in part.denominators if isinstance(each, Name)}
                others |= {f"{base_of(part.numerator)} by {base}" for base in below}
    made = []
    for base, counted in usual.items():
        if base in facts.heads or not counted:
            continue
        if len({tuple(map(base_of, each)) for each in counted} & by_own[base]) > 1:
            continue  # one letter for functions of different things
        arguments = counted.most_common(1)[0][0]
        symbols = tuple(facts.use(each).symbol for each in arguments)
        known = {f"{base} by {symbol.base}" for symbol in symbols}
        if any(each.startswith(f"{base} by ") and each not in known for each in others):
            continue  # it is derived by other things than its arguments: a loss
        name, statement = where[base]
        made.append(_any_function(facts, replace(name, superscripts=(), primes=0), arguments, symbols, statement))
    return made


def _note_call(
    facts: Facts, usual: dict[str, Counter[tuple[Name, ...]]], where: dict[str, tuple[Name, Statement]], name: Name,
    group: Group, statement: Statement,
) -> None:  # fmt: skip
    base, vocabulary = base_of(name), facts.vocabulary
    if base not in vocabulary.scalar_valued | vocabulary.vector_valued or base not in vocabulary.functions:
        return
    use = facts.use(name)
    arguments = [each for each in arguments_of(group) if isinstance(each, Name)]
    plain = [each for each in arguments if not each.superscripts and not facts.use(each).indices and not each.primes]
    if use.symbol in facts.defined or use.indices or use.samples or use.symbol.labels:
        return
    if len(plain) == len(arguments_of(group)):
        usual.setdefault(base, Counter())[tuple(replace(each, span=(0, 0)) for each in plain)] += 1
        where.setdefault(base, (name, statement))


def _any_function(
    facts: Facts, name: Name, arguments: tuple[Name, ...], symbols: tuple[Symbol, ...], statement: Statement
) -> Defined:
    vocabulary, base = facts.vocabulary, base_of(name)
    stand_in = replace(name, accents=(*name.accents, ANY))
    key = base_of(stand_in)
    vocabulary.functions.add(key)
    (vocabulary.scalar_valued if base in vocabulary.scalar_valued else vocabulary.vector_valued).add(key)
    body = Product(("", ""), (stand_in, Group("(", arguments, name.span)), name.span)
    use = facts.use(name)
    facts.heads[base] = Head(use.symbol, symbols, body, statement.equation.latex)
    return Defined(use.symbol, statement, use, body, symbols, made=True)


__all__ = ["ANY", "any_functions", "is_signature", "note_outcomes"]
