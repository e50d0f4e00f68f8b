r"""Activations under the writer's own names: `g^{[1]}(z) = \max(0, z)`, or a `\phi` of which nothing is said.

Of the latter only what holds for every smooth function is true, so that a function of the table stands in for it that
nobody means by a letter: Mish is neither monotone nor related to its derivative by a short formula.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import MappingProxyType

from chalkgrad.errors import ReadingError
from chalkgrad.language import Call, Element, Role, Tensor
from chalkgrad.page.syntax import Chain, Group, Name, Product, Syntax, walk_syntax
from chalkgrad.reading.meaning import meaning_of
from chalkgrad.reading.scope import Scope, core, is_label, superscript_parts, text_of

STAND_INS = ("mish", "silu", "gelu_tanh", "gelu")
_LETTERS = frozenset(("f", "g", "h", r"\phi", r"\varphi", r"\psi", r"\rho", r"\Phi", r"\Psi", "act", "activation"))


@dataclass(frozen=True)
class Activations:
    r"""The writer's names of activations (with their layers) and their rows.

    `undefined` has those that are not explained, as they are written (`\phi`), with the rows taken for them.
    """

    rows: Mapping[str, str] = field(default_factory=dict)
    undefined: Mapping[str, str] = field(default_factory=dict)

    def known(self, name: Name) -> Name:
        """The name of the row, if the name is one of these; any other name as it is."""
        bare = replace(name, primes=0)
        row = self.rows.get(labelled(bare), self.rows.get(core(bare)) if name.superscripts else None)
        if row is None or name.subscripts:
            return name
        above = tuple(part for part in superscript_parts(name) if not is_label(part))
        return Name(row, (), above, name.primes, (), "", name.span)


def labelled(name: Name) -> str:
    """The name with its layer: `g[1]`."""
    return core(name) + "".join(text_of(part) for part in superscript_parts(name) if is_label(part))


def activations_in(chains: Sequence[Syntax], taken: Mapping[str, str] = MappingProxyType({})) -> Activations:
    """The activations that the equations explain, and those that they only use; `taken` is what some of these shall be.

    >>> from chalkgrad.reading.latex import read_latex
    >>> activations_in(read_latex(r"g(z) = \\max(0, z), h = g(w x), y = \\phi(v h)")).rows
    {'g': 'relu', 'phi': 'mish'}
    """
    rows = _explained(chains)
    undefined: dict[str, str] = {}
    for name, spelled in _only_applied(chains).items():
        if name not in rows:
            rows[name] = taken.get(spelled) or STAND_INS[len(undefined) % len(STAND_INS)]
            undefined[spelled] = rows[name]
    return Activations(rows, undefined)


def _explained(chains: Iterable[Syntax]) -> dict[str, str]:
    found: dict[str, str] = {}
    for chain in chains:
        if not isinstance(chain, Chain) or len(chain.sides) < 2 or not isinstance(chain.sides[0], Product):
            continue
        factors = chain.sides[0].factors
        if len(factors) != 2 or not isinstance(factors[0], Name) or not isinstance(factors[1], Group):
            continue
        name, arguments = factors[0], factors[1].contents
        if len(arguments) != 1 or not isinstance(arguments[0], Name) or name.subscripts or name.primes:
            continue
        if Scope().function(replace(name, superscripts=())) is not None:
            continue
        variable = Tensor(core(arguments[0]), (), Role.INPUT)
        try:
            body = meaning_of(chain.sides[1], Scope({variable.name: variable})).expression
        except ReadingError:
            continue
        if isinstance(body, Call) and isinstance(body.argument, Element) and not body.order:
            found[labelled(name)] = body.function
    return found


def _only_applied(chains: Iterable[Syntax]) -> dict[str, str]:
    """The names that never stand without an argument, and that make a value of the document what it is."""
    used: dict[str, str] = {}
    alone: set[str] = set()
    for chain in chains:
        if not isinstance(chain, Chain):
            continue
        defines = isinstance(chain.sides[0], Name)
        applied = set()
        for part in walk_syntax(chain):
            if isinstance(part, Product):
                for place, (name, group) in enumerate(pairwise(part.factors)):
                    beside = not part.operators[place + 1]
                    if isinstance(name, Name) and beside and isinstance(group, Group) and _is_argument(group):
                        applied.add(id(name))
                        if defines and _may_be(name):
                            used.setdefault(labelled(name), _spelled(name))
        alone |= {core(part) for part in walk_syntax(chain) if isinstance(part, Name) and id(part) not in applied}
    return {name: spelled for name, spelled in used.items() if name.partition("[")[0].partition("(")[0] not in alone}


def _is_argument(group: Group) -> bool:
    return group.bracket in ("(", "[") and len(group.contents) == 1 and not isinstance(group.contents[0], Chain)


def _may_be(name: Name) -> bool:
    plain = not (name.subscripts or name.primes or name.accents)
    return plain and name.base in _LETTERS and all(is_label(part) for part in superscript_parts(name))


def _spelled(name: Name) -> str:
    above = "".join(text_of(part) for part in superscript_parts(name) if is_label(part))
    return name.base + (f"^{{{above}}}" if above else "")
