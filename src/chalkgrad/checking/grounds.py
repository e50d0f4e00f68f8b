"""The grounds on which the claims of a reading stand: what each quantity rests on, and worlds of values."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from chalkgrad.calculus import derive
from chalkgrad.checking.worlds import UndefinedError, World, program_of
from chalkgrad.errors import ProgramError
from chalkgrad.language import (
    Axis,
    Call,
    Definition,
    Element,
    Expression,
    Power,
    Program,
    Role,
    SizeOf,
    Sum,
    Tensor,
    add,
    as_index,
    multiply,
    number,
    walk,
)
from chalkgrad.reading.hidden_samples import Lifting, has_hidden_samples, with_counts
from chalkgrad.reading.joined_vectors import joined_in
from chalkgrad.reading.layout import Value
from chalkgrad.reading.readings import Reading
from chalkgrad.reading.scripts import MEANINGS
from chalkgrad.reading.sense import MANY
from chalkgrad.reading.sizes import Resizing

MADE = "'s "  # in the names of what stands for a function that nobody defined


@dataclass
class Grounds:
    """What the names of a reading rest on."""

    reading: Reading
    roles: dict[str, Role] = field(default_factory=dict)
    resizing: Resizing = field(init=False)
    definitions: dict[str, Definition] = field(init=False)
    _worlds: dict[tuple[object, ...], World] = field(default_factory=dict)

    def _reaches_itself(self, definitions: Mapping[str, Definition], name: str) -> bool:
        return any(self._reaches(definitions, tensor.name, name) for tensor in definitions[name].body.tensors)

    def reached(self, definitions: Mapping[str, Definition], name: str) -> set[str]:
        """What a quantity rests on under the definitions, itself included."""
        found: set[str] = set()
        pending = [name]
        while pending:
            each = pending.pop()
            if each not in found:
                found.add(each)
                if each in definitions:
                    pending += [tensor.name for tensor in definitions[each].body.tensors]
        return found

    def rests_on(self, expression: Expression, whole: Collection[str] = ()) -> set[str]:
        """The quantities that nothing defines on which an expression rests, other than through those in `whole`."""
        found: set[str] = set()
        pending, begun = [tensor.name for tensor in expression.tensors], set()
        while pending:
            name = pending.pop()
            if name in begun:
                continue
            begun.add(name)
            if name in self.definitions and name not in whole:
                pending += [tensor.name for tensor in self.definitions[name].body.tensors]
            else:
                found.add(name)
        return found

    @property
    def _least(self) -> dict[str, int]:
        """How many places of a size there have to be, as they are spoken of by their numbers."""
        known = {str(size): count for size, count in self.reading.sizes.least.items()}
        return {**known, **{size: max(count, known.get(size, 1)) for size, count in self.resizing.least.items()}}

    def world(
        self, expressions: Sequence[Expression], left: Value, *, own: bool = False
    ) -> tuple[World, set[str], Sequence[Expression]]:
        """The world of some expressions, and which functions in it were made up.

        With `own` what nothing defines may be any function of that by which the left side derives. Raises
        `UndefinedError` where something has no meaning, definitions that go round in a circle too.
        """
        try:
            return self._world(expressions, left, own=own)
        except ProgramError as problem:
            raise UndefinedError(f"its definitions go round in a circle: {problem}") from None

    def _world(
        self, expressions: Sequence[Expression], left: Value, *, own: bool
    ) -> tuple[World, set[str], Sequence[Expression]]:
        adjoints = [tensor for each in expressions for tensor in each.tensors if tensor.role is Role.ADJOINT]
        definitions = dict(self.definitions)
        made: set[str] = set()
        tensors = self._tensors(expressions)
        named = list(dict.fromkeys(tensor for each in expressions for tensor in each.tensors))
        for tensor in self._all_adjoints(named):
            tensors.setdefault(tensor.of, Tensor(tensor.of, self._axes(tensor, above=True), self._role(tensor.of)))
            tensors.setdefault(tensor.wrt, Tensor(tensor.wrt, self._axes(tensor, above=False), self._role(tensor.wrt)))
        for tensor in adjoints:
            self._second(tensor, definitions, tensors)
        every = [tensor for tensor in self._all_adjoints(named) if tensor.of not in definitions or not
                 tensor.of.startswith("∂")]  # fmt: skip
        claimed = expressions[0].tensors[0] if expressions[0].tensors else None
        guessed = False
        for of in dict.fromkeys(tensor.of for tensor in every):
            by = dict.fromkeys(tensor.wrt for tensor in every if tensor.of == of)
            # a loss of another section is meant only if it is of all that is named
            every_one = self._is_of_elsewhere(of)
            reached = [self._reaches(definitions, of, name) for name in by]
            known = of in definitions and (all(reached) if every_one else any(reached))
            if not known and not every_one and of in definitions and self._restated(definitions, of, list(by)):
                for each in definitions.values():
                    for tensor in each.body.tensors:
                        if tensor.role is not Role.ADJOINT:
                            tensors.setdefault(tensor.name, tensor)
                continue
            if known:
                continue
            # what it is made of depends on that, although nothing says how
            if of.startswith("(") and of in definitions:
                for name in sorted(self.reached(definitions, of)):
                    if name not in definitions and name not in by and name in tensors and MADE not in name:
                        definitions[name] = any_function(tensors[name], [tensors[each] for each in by])
                        tensors |= {tensor.name: tensor for tensor in definitions[name].body.tensors
                                    if tensor.name not in tensors}  # fmt: skip
                        made.add(name)
                continue
            by = dict.fromkeys(tensor.wrt for tensor in every if tensor.of == of)
            others = [name for name in by if claimed is None or (claimed.of, claimed.wrt) != (of, name)]
            if not others and not own and not tensors[of].axes:
                raise UndefinedError(f"nothing says what {of} is")
            # what a vector comes to along a chain is asked of its ends only, as for a loss
            chained = bool(others) and claimed is not None and claimed.of == of
            guessed = guessed or chained
            at_ends = chained if tensors[of].axes else bool(others)
            known_by = self._ends_of(of, others, definitions) if at_ends else list(by)
            definitions[of] = any_function(tensors[of], [tensors[name] for name in known_by])
            if not at_ends or any(of in names for names in self._derived_by.values()):
                made.add(of)  # no loss, but something on the way
            for tensor in definitions[of].body.tensors:
                tensors.setdefault(tensor.name, tensor)
        self._check_connected(adjoints, definitions)
        made |= self._hold_joined(expressions, {tensor.wrt for tensor in adjoints}, definitions, tensors)
        by_these = frozenset(tensor.wrt for tensor in adjoints)
        if guessed and claimed is not None and not self._reaches(definitions, claimed.of, claimed.wrt):
            raise UndefinedError(f"nothing says how {claimed.of} depends on {claimed.wrt}")
        cut = (by_these - set(self.reading.broken_names)) | (
            self._harmless(definitions, by_these) if by_these else by_these
        )
        program = program_of(expressions, definitions, self.reading.broken, tensors, cut)
        program, expressions = with_counts(program, expressions, self.resizing.size(MANY), self._counts)
        bodies = [each.body for each in program.definitions]
        if has_hidden_samples((*expressions, *bodies)):
            lifting = Lifting(program, self.resizing.size(MANY))
            expressions = [lifting.of(each) for each in expressions]
            program = lifting.lifted_program()
        program = self._with_assumptions(program)
        key = (program.declared, program.definitions)
        extra = {node.size for each in expressions for node in walk(each) if isinstance(node, SizeOf)}
        extra |= {axis.size for each in expressions for node in walk(each) if isinstance(node, Sum)
                  for axis in (node.axis,) if isinstance(axis.size, str)}  # fmt: skip
        extra |= {axis.size for each in expressions for axis in each.free if isinstance(axis.size, str)}
        world = self._worlds.get(key)
        if world is None or not extra <= world.sizes.keys():
            said = self._properties
            kinds = {name: said[plain] for tensor in program.declared for name in (tensor.name,)
                     if (plain := MEANINGS.sub("", name)) in said}  # fmt: skip
            self._worlds[key] = self._shared_world(program, tuple(sorted(extra)), kinds)
        return self._worlds[key], made, expressions

    @cached_property
    def _properties(self) -> dict[str, str]:
        """What the words say of matrices: those of the section itself, else what was said first."""
        facts = self.reading.facts
        own = {statement.equation.section for statement in facts.statements if not statement.borrowed}
        found: dict[str, str] = {}
        for each in sorted(facts.words.properties, key=lambda each: each.section not in own):
            found.setdefault(str(facts.use(each.name).symbol), each.word)
        return found

    def _shared_world(self, program: Program, extra: tuple[str, ...], kinds: dict[str, str]) -> World:
        """The world of a program, the same one under whatever loss or reading of the part it is asked for."""
        least = self._least
        parts = (program.declared, program.definitions, program.results, program.assumptions)
        key = (World, *parts, extra, tuple(sorted(least.items())), tuple(sorted(kinds.items())))
        found = self.reading.facts.searched.get(key)
        if found is None:
            found = self.reading.facts.searched[key] = World(program, least=least, extra=extra, kinds=kinds)
        assert isinstance(found, World)
        return found

    def _hold_joined(
        self, expressions: Sequence[Expression], by: set[str], definitions: dict[str, Definition],
        tensors: dict[str, Tensor],
    ) -> set[str]:  # fmt: skip
        """Takes as given what is joined to one vector, `[h_{t-1}; x_t]`, where it rests on what is derived by: what of
        it stands where is not told. Raises `UndefinedError` for a derivative by a part of such a vector.
        """
        held = set()
        for name in sorted(joined_in(expressions, definitions)):
            if name in by:
                raise UndefinedError(f"it is not told where {name} stands in what it is joined to")
            if by & self.reached(definitions, name):
                tensors[name] = definitions.pop(name).tensor
                held.add(name)
        return held

    def _check_connected(self, adjoints: Sequence[Tensor], definitions: Mapping[str, Definition]) -> None:
        """Raises `UndefinedError` for a derivative by something that stands in no definition, as it may stand behind
        any."""
        used = {tensor.name for each in self.definitions.values() for tensor in each.body.tensors} | set(
            self.definitions
        )
        for tensor in adjoints:
            if tensor.of in self.definitions and tensor.wrt not in used and tensor.of != tensor.wrt:
                if not self._reaches(definitions, tensor.of, tensor.wrt):
                    raise UndefinedError(f"nothing says how {tensor.of} depends on {tensor.wrt}")

    def _ends_of(self, of: str, named: Sequence[str], definitions: Mapping[str, Definition]) -> list[str]:
        """What a loss that nothing defines is a function of: where what a claim names leads to, among all it is
        derived by.
        """
        every = dict.fromkeys((*self._derived_by.get(of, ()), *named))
        found: dict[str, None] = {}
        for name in named:
            after = [each for each in every if each != name and self._reaches(definitions, each, name)]
            ends = [
                each
                for each in after
                if not any(other != each and self._reaches(definitions, other, each) for other in after)
            ]
            found.update(dict.fromkeys(ends or [name]))
        return list(found)

    @cached_property
    def _derived_by(self) -> dict[str, list[str]]:
        """By what each quantity is derived anywhere in the claims."""
        found: dict[str, dict[str, None]] = {}
        for tensor in self._named_derivatives:
            found.setdefault(tensor.of, {})[tensor.wrt] = None
        return {of: list(names) for of, names in found.items()}

    def unconnected(self, left: Expression, sides: Sequence[Expression]) -> str:
        r"""Something that a document derives by, and on which what it derives does not rest as far as is told.

        So where the cost is worked out of `\sigma(W a + b)`, and `\partial C / \partial a^L` speaks of an `a^L` that
        nothing ties to it: a claim that differs then says nothing.
        """
        if not isinstance(left, Element) or left.tensor.role is not Role.ADJOINT:
            return ""
        of = left.tensor.of
        if of not in self.definitions:
            return ""
        tensors = [tensor for side in (left, *sides) for tensor in side.tensors]
        named = {tensor.wrt for tensor in self._all_adjoints(tensors) if tensor.of == of}
        named |= {tensor.name for tensor in tensors} & set(self._derived_by.get(of, ()))
        apart = {name for name in named if not self._reaches(self.definitions, of, name)}
        return min(apart, default="") if apart < named else ""  # of all of them it may be any function

    def _is_of_elsewhere(self, name: str) -> bool:
        source = self.reading.sources.get(name)
        return source is not None and source.borrowed and name == self.reading.loss

    def _harmless(self, definitions: Mapping[str, Definition], by: frozenset[str]) -> frozenset[str]:
        """What could not be read, and cannot depend on anything else that is derived by: it may be any number."""
        found = set()
        for name, mentioned in self.reading.broken_names.items():
            pending, begun = list(mentioned), {name}
            while pending:
                each = pending.pop()
                if each in begun:
                    continue
                begun.add(each)
                if each in definitions:
                    for tensor in definitions[each].body.tensors:
                        pending += [tensor.of, tensor.wrt] if tensor.role is Role.ADJOINT else [tensor.name]
                pending += self.reading.broken_names.get(each, ())
            others = by - {name}
            if not others or ("?" not in begun and not begun & others):
                found.add(name)
        return frozenset(found)

    def _second(self, tensor: Tensor, definitions: dict[str, Definition], tensors: dict[str, Tensor]) -> None:
        """The first derivative of which a second one is taken, written out as a formula."""
        inner = next((each for each in self._named_derivatives if each.name == tensor.of), None)
        if inner is None or tensor.of in definitions:
            return
        first = self.resizing.tensor(inner)
        self._second(first, definitions, tensors)
        if first.of not in definitions:
            raise UndefinedError(f"nothing says what {first.of} is")
        program = program_of(
            [tensors[first.wrt][tuple(map(as_index, tensors[first.wrt].axes))], definitions[first.of].body]
            if first.wrt in tensors else [definitions[first.of].body],
            definitions, self.reading.broken, tensors,
        )  # fmt: skip
        program = self._with_assumptions(
            Program(program.declared, (*program.definitions, definitions[first.of]), (definitions[first.of].tensor,))
        )
        known = (*program.declared, *(each.tensor for each in program.definitions))
        if all(first.wrt != tensor.name for tensor in known):
            raise UndefinedError(f"nothing says what {first.of} has to do with {first.wrt}")
        derived = derive(program, [first.wrt], first.of)
        definition = derived.definition(first.wrt)
        made = Tensor(first.name, first.axes)
        definitions[first.name] = Definition(made, definition.indices, derived.closed_form(first.wrt))
        tensors[first.name] = made

    @cached_property
    def _named_derivatives(self) -> list[Tensor]:
        found: dict[str, Tensor] = {}
        for claim in self.reading.claims:
            for side in (claim.left, *claim.other_lefts, *(way for ways in claim.sides for way in ways)):
                for tensor in side.derived:
                    found[tensor.name] = tensor
        return list(found.values())

    def _restated(self, definitions: dict[str, Definition], of: str, by: Sequence[str]) -> bool:
        """Takes another definition that the document gives, where with that one depends on the other."""
        for name, others in self.reading.restated.items():
            if name != of and not self._reaches(definitions, of, name):
                continue
            for other in others:
                tried = {**definitions, name: self.resizing.definition(other)}
                if any(self._reaches(tried, of, each) for each in by):
                    definitions[name] = tried[name]
                    return True
        return False

    def _reaches(self, definitions: Mapping[str, Definition], of: str, by: str) -> bool:
        """Whether what is derived depends on that by which."""
        pending, begun = [of], set()
        while pending:
            name = pending.pop()
            if name == by:
                return True
            if name in begun or name not in definitions:
                continue
            begun.add(name)
            for tensor in definitions[name].body.tensors:
                pending += [tensor.of, tensor.wrt] if tensor.role is Role.ADJOINT else [tensor.name]
        return False

    @cached_property
    def _counts(self) -> frozenset[str]:
        """The letter that counts the samples, where nothing says what it is: that of the definitions, or the usual
        one.
        """
        found: dict[str, int] = {}
        for bodies, weight in ((self.reading.definitions.values(), 100), (self.reading.claims, 1)):
            for each in bodies:
                sides = [each.body] if isinstance(each, Definition) else [
                    way.value.expression for ways in each.sides for way in ways[:1] if way.value is not None
                ]  # fmt: skip
                for side in sides:
                    for node in walk(side):
                        if isinstance(node, Power) and node.exponent == number(-1) and isinstance(node.base, Element):
                            if not node.base.indices and node.base.tensor.name not in self.reading.definitions:
                                found[node.base.tensor.name] = found.get(node.base.tensor.name, 0) + weight
        most = max(found.values(), default=0)
        return frozenset(name for name, count in found.items() if count == most)

    def _all_adjoints(self, adjoints: Sequence[Tensor]) -> Iterator[Tensor]:
        """Those that are named, and those in the definitions of what is named."""
        seen: set[str] = set()
        begun: set[str] = set()
        pending = list(adjoints)
        while pending:
            tensor = pending.pop()
            if tensor.name in seen:
                continue
            seen.add(tensor.name)
            if tensor.role is Role.ADJOINT:
                yield tensor
                names = [tensor.of, tensor.wrt]
            else:
                names = [tensor.name]
            for name in names:
                definition = self.definitions.get(name)
                if definition is not None and name not in begun:
                    begun.add(name)
                    pending.extend(definition.body.tensors)

    def _axes(self, tensor: Tensor, *, above: bool) -> tuple[Axis, ...]:
        """The axes of what is derived, or of that by which."""
        known = self.definitions.get(tensor.of if above else tensor.wrt)
        if known is not None:
            return known.tensor.axes
        other = self.definitions.get(tensor.wrt if above else tensor.of)
        if other is not None:
            count = len(other.tensor.axes)
            return tensor.axes[: len(tensor.axes) - count] if above else tensor.axes[count:]
        named = [axis for axis in tensor.axes if axis.name.rpartition(":")[0] == (tensor.of if above else tensor.wrt)]
        return tuple(named)

    def _role(self, name: str) -> Role:
        return self.roles.get(name, Role.VALUE)

    def _tensors(self, expressions: Sequence[Expression]) -> dict[str, Tensor]:
        found: dict[str, Tensor] = {}
        for expression in (*expressions, *(each.body for each in self.definitions.values())):
            for tensor in expression.tensors:
                if tensor.role is not Role.ADJOINT:
                    found.setdefault(tensor.name, tensor)
        for each in self.definitions.values():
            found.setdefault(each.tensor.name, each.tensor)
        return found

    def _with_assumptions(self, program: Program) -> Program:
        from chalkgrad.reading.assumptions import assumptions_of

        if not self.reading.facts.words.sums_to_one:
            return program
        found = assumptions_of(program, self.definitions.values())
        return Program(program.declared, program.definitions, program.results, found) if found else program


def any_function(of: Tensor, by: Sequence[Tensor]) -> Definition:
    """Some smooth function of some quantities, all of its entries of all of theirs; a number of a linear kind."""
    out = tuple(Axis(f"o{k}", axis.size) for k, axis in enumerate(of.axes))
    terms: list[Expression] = []
    for place, tensor in enumerate(by):
        axes = tuple(Axis(f"b{place}{k}", axis.size) for k, axis in enumerate(tensor.axes))
        weights = Tensor(
            f"{of.name} by {tensor.name}", tuple(Axis(f"w{k}", a.size) for k, a in enumerate((*out, *axes)))
        )
        term = multiply(weights[tuple(map(as_index, (*out, *axes)))], tensor[tuple(map(as_index, axes))])
        for axis in axes:
            term = Sum(term, axis)
        terms.append(term)
    total = add(*terms) if terms else number(0)
    body = add(total, Call("mish", total)) if of.axes else add(total, multiply(total, total))
    return Definition(of, out, body)
