r"""Differentials: `dL = G : dW`, `dZ = X\,dW_1 + \mathbf 1 db_1^\top`.

All parameters move along directions, W + t dW; the differential of a value is its derivative by t. A document of this
kind is known by the differential of its loss, which elsewhere (`dW = \frac1m dZ A^T`) never stands alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from chalkgrad.errors import ReadingError
from chalkgrad.language import Definition, Program, Role, Tensor
from chalkgrad.page.documents import WrittenEquation
from chalkgrad.page.syntax import Chain, Name, Product, Syntax, mapped, walk_syntax
from chalkgrad.reading.claims import Claim, Link, Place, derivatives_in
from chalkgrad.reading.conventions import LOSS_NAMES
from chalkgrad.reading.meaning import Part, meaning_of
from chalkgrad.reading.own_names import written_in
from chalkgrad.reading.scope import Scope, core

STEP = "t of the writer"


def joined_differentials(chains: Sequence[Chain]) -> list[Chain]:
    r"""The equations with each `d X` as one name, where the document is about differentials; else as they are.

    >>> from chalkgrad.reading.latex import read_latex
    >>> joined_differentials(read_latex(r"d L = G : d W"))[0].sides[0]
    Name(base='dL', ...)
    """

    def change(part: Syntax) -> Syntax:
        if not isinstance(part, Product):
            return part
        factors: list[Syntax] = []
        operators: list[str] = []
        place = 0
        while place < len(part.factors):
            factor, after = part.factors[place], part.factors[place + 1 : place + 2]
            beside = bool(after) and not part.operators[place + 1]
            operators.append(part.operators[place])
            if isinstance(factor, Name) and factor == Name("d") and beside and isinstance(after[0], Name):
                span = (factor.span[0], after[0].span[1])
                factor = replace(after[0], base="d" + after[0].base.lstrip("\\"), span=span)
                place += 1
            factors.append(factor)
            place += 1
        return factors[0] if len(factors) == 1 else replace(part, operators=tuple(operators), factors=tuple(factors))

    joined = [chain for chain in (mapped(chain, change, scripts=False) for chain in chains) if isinstance(chain, Chain)]
    return joined if about_differentials(joined) else list(chains)


def about_differentials(chains: Iterable[Chain]) -> bool:
    """Whether the differential of a loss stands on the left of an equation: `dL = …`."""
    return any(_is_differential_of_loss(chain.sides[0]) for chain in chains)


def _is_differential_of_loss(left: Syntax) -> bool:
    return isinstance(left, Name) and core(left)[:1] == "d" and core(left)[1:] in LOSS_NAMES and not left.subscripts


def is_differential(chain: Chain) -> bool:
    """Whether an equation says what a differential is: one stands on its left, and some on its right."""
    left = chain.sides[0]
    named = isinstance(left, Name) and len(core(left)) > 1 and core(left)[0] == "d"
    return named and any(_names_differential(part) for side in chain.sides[1:] for part in walk_syntax(side))


def _names_differential(part: Syntax) -> bool:
    return isinstance(part, Name) and len(core(part)) > 1 and core(part)[0] == "d" and core(part) != "diag"


@dataclass
class Differentials:
    """The differentials of a document's values, in which each parameter that it varies, or derives by, moves."""

    scope: Scope
    program: Program
    varied: frozenset[Tensor]

    @classmethod
    def of(cls, scope: Scope, program: Program, chains: Sequence[Chain]) -> Differentials:
        """Those of a document with these equations."""
        names = [part for chain in chains for part in walk_syntax(chain) if isinstance(part, Name)]
        derived = [by for each in derivatives_in(chains) for by in each.denominators if isinstance(by, Name)]
        bare = [inner for name in names if (inner := _inner(name)) is not None]
        resolved = [scope.resolve(name) for name in (*bare, *derived)]
        varied = {each.tensor for each in resolved if each is not None and each.tensor in program.parameters}
        return cls(scope, program, frozenset(varied))

    def claim(self, equation: WrittenEquation, chain: Chain) -> Claim:
        """The claim that an equation about differentials makes. Raises `ReadingError` where its left is not clear."""
        left = chain.sides[0]
        assert isinstance(left, Name)
        bare = _inner(left)
        found = self.scope.use(bare) if bare is not None else None
        if bare is None or found is None or found.indices not in (None, ()):
            raise ReadingError(f"'{core(left)}' is not the differential of a value of the document")
        of = found.tensor
        moving, fixed = self._moving(of, chain)
        program = _moved(self.program, moving)
        scope = self._scope(program)
        step = program.tensor(STEP)
        links = tuple(_link(side, scope, equation) for side in chain.sides[1:])
        if fixed:
            held = " and ".join(sorted(tensor.name for tensor in fixed))
            scope.say(f"in {core(left)} = … {held} {'are' if len(fixed) > 1 else 'is'} held fixed")
        guesses = scope.heard()
        for sentence in guesses:
            self.scope.say(sentence)
        self.scope.heard()
        place = Place(of)
        return Claim(equation, "claim", core(left), chain, place, Place(step), links, guesses, chain.relations,
                     model=program)  # fmt: skip

    def _moving(self, of: Tensor, chain: Chain) -> tuple[frozenset[Tensor], frozenset[Tensor]]:
        """The parameters that move in an equation, and those that are held fixed in it.

        What is said of the loss may be about some of them, from which one reads off their gradients.
        """
        upstream = self._upstream(of) & self.varied
        if of is not self.program.result:
            return upstream, frozenset()
        names = [part for side in chain.sides[1:] for part in walk_syntax(side) if isinstance(part, Name)]
        resolved = [self.scope.resolve(bare) for name in names if (bare := _inner(name)) is not None]
        mentioned = [each.tensor for each in resolved if each is not None]
        moving = frozenset().union(*(self._upstream(tensor) for tensor in mentioned)) & self.varied
        return moving, upstream - moving

    def _upstream(self, tensor: Tensor) -> frozenset[Tensor]:
        """The parameters on which a value depends, or the parameter itself."""
        if tensor in self.program.parameters:
            return frozenset({tensor})
        return frozenset(self.program.needed_for(tensor).parameters)

    def _scope(self, program: Program) -> Scope:
        """The names of the document, and those of the differentials."""
        scope = replace(self.scope, tensors=dict(self.scope.tensors), lying=dict(self.scope.lying), program=program)
        scope.turned, scope.layouts, scope.recent = set(scope.turned), dict(scope.layouts), []
        step = program.tensor(STEP)
        elements = {key: each.tensor for key, each in self.scope.elements.items()}
        for key, tensor in (*self.scope.tensors.items(), *elements.items()):
            name = f"d{tensor.name}"
            if tensor in self.program.parameters:
                differential = Tensor(name, tensor.axes, Role.INPUT)
            elif any(tensor is each.tensor for each in self.program.definitions):
                differential = Tensor(f"{name}_d{STEP}", tensor.axes, Role.ADJOINT, tensor.name, step.name)
            else:
                continue
            scope.tensors[f"d{key}"] = differential
            if tensor in scope.lying:
                scope.lying[differential] = scope.lying[tensor]
            if tensor in scope.layouts:
                scope.layouts[differential] = scope.layouts[tensor]
            if tensor in scope.turned:
                scope.turned.add(differential)
        return scope


def _inner(name: Name) -> Name | None:
    """The W of a dW."""
    if len(name.base) < 2 or name.base[0] != "d" or name.primes:
        return None
    return replace(name, base=name.base[1:], span=(name.span[0] + 1, name.span[1]))


def _moved(program: Program, moving: frozenset[Tensor]) -> Program:
    """The program in which the parameters that move do so along their directions, by one step t."""
    step = Tensor(STEP, (), Role.PARAMETER)
    declared: list[Tensor] = []
    definitions: list[Definition] = []
    for tensor in program.declared:
        if tensor not in moving:
            declared.append(tensor)
            continue
        start = Tensor(f"{tensor.name} at first", tensor.axes, Role.PARAMETER)
        direction = Tensor(f"d{tensor.name}", tensor.axes, Role.INPUT)
        declared += [start, direction]
        body = start[tensor.axes] + step[()] * direction[tensor.axes]
        definitions.append(Definition(tensor, tensor.axes, body))
    return Program((*declared, step), (*definitions, *program.definitions), program.results, program.assumptions)


def _link(side: Syntax, scope: Scope, equation: WrittenEquation) -> Link:
    parts: list[Part] = []
    try:
        value = meaning_of(side, scope, equation.latex, parts=parts)
        expression = written_in(value.expression, scope)
    except ReadingError as problem:
        return Link(side, problem=problem)
    return Link(side, (), expression, value.axes, False, None, tuple(parts))
