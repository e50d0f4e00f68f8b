"""Ordered programs as source over whole arrays, for any library in `dialects`."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from chalkgrad.engines.emitted.choices import Gather, Scatter, choice_of
from chalkgrad.engines.emitted.dialects import NUMPY, Dialect, Translation
from chalkgrad.engines.emitted.in_place import Assignment, in_place, without_products
from chalkgrad.engines.emitted.ordered import Ordered, ordered
from chalkgrad.engines.emitted.solving import Solve, Solving, solving
from chalkgrad.engines.emitted.wanted import TITLES, Wanted
from chalkgrad.engines.emitted.windows import product_with_windows, with_windows_named
from chalkgrad.engines.names import safe_identifier
from chalkgrad.engines.numpy import elementwise_lines
from chalkgrad.engines.numpy_expressions import Scope, expression_piece, with_simple_calls_written_out
from chalkgrad.engines.numpy_indexing import Vocabulary
from chalkgrad.engines.numpy_pieces import ATOM, Piece, aligned, transposed
from chalkgrad.engines.numpy_recurrences import loop_lines
from chalkgrad.engines.recurrences import step_of
from chalkgrad.engines.running_sums import summand
from chalkgrad.engines.size_text import size_text, sizes_from_shapes
from chalkgrad.language import (
    Axis,
    Definition,
    Element,
    Expression,
    MatrixFunction,
    Max,
    Program,
    Role,
    Tensor,
    substitute_elements,
    walk,
)
from chalkgrad.language.recurrences import Recurrence, blocks, recurrent_tensors

LONGEST_LINE = 110
_RESERVED = ("torch", "jax", "jnp", "math", "dtype", "device", "lu_factor", "lu_solve", "lu_determinant", "pad", "ctx",
             "self", "given", "erf_in_double", "places", "scattered")  # fmt: skip
_FOLDED = 24  # a part that is used once is written in place while what uses it has at most so many nodes


class ArraySource:
    """The body of one function and everything that it uses from outside."""

    def __init__(self, wanted: Wanted, dialect: Dialect, fixed: Sequence[str] = ()) -> None:
        self.dialect = dialect
        self.vocabulary = Vocabulary()
        for name in (*_RESERVED, *fixed):
            self.vocabulary.names.of(("reserved", name), name)
        for function, name in dialect.stable.items():
            self.vocabulary.functions[function, 0] = name
        steps, self.windows = wanted.steps, dict[Tensor, tuple[Axis, ...]]()
        if dialect is NUMPY:
            steps, self.windows = with_windows_named(steps)
        self.program = folded(steps, self.windows)
        self.solving = solving(self.program)
        self.factored: set[Tensor] = set()
        self.arguments = [self.vocabulary.tensor(tensor) for tensor in self.program.declared]
        self.translation = Translation(dialect, self.vocabulary.sizes.values())
        assignments = self._statements(self.program)
        if dialect is NUMPY:
            assignments = self._without_spare_arrays(assignments, {tensor for _, tensor in wanted.results})
        statements = _lines(assignments)
        self.functions = self._elementwise()
        indices = self._indices()
        self.body = [*self._sizes(), *self._types(), *indices, *statements]

    def _without_spare_arrays(self, assignments: list[Assignment], results: Collection[Tensor]) -> list[Assignment]:
        tensors = (*self.program.declared, *(each.tensor for each in self.program.definitions))
        shapes = {self.name(tensor): tensor.shape for tensor in tensors if tensor not in self.windows}
        shorter = [
            replace(each, source=without_products(each.source, shapes)) if each.name else each for each in assignments
        ]
        whole = self.vocabulary.sizes.values()
        return in_place(shorter, self.arguments, [self.name(tensor) for tensor in results], whole)

    def name(self, tensor: Tensor) -> str:
        """The identifier of a tensor."""
        return self.vocabulary.tensor(tensor)

    @property
    def imports(self) -> list[str]:
        """The imports of the module."""
        own = [each for each in self.translation.imports if not each.startswith("import ")]
        plain = [each for each in self.translation.imports if each.startswith("import ")]
        blocks = [plain, [*self.dialect.imports, *sorted(own)]]
        return [line for block in blocks for line in (*block, "") if block]

    @property
    def helpers(self) -> list[str]:
        """The functions that stand beside it."""
        return [*(self.dialect.helpers[name] for name in self.translation.helpers), *self.functions]

    def _statements(self, program: Program) -> list[Assignment]:
        """What computes the definitions of a program, in order."""
        lines: list[Assignment] = []
        for block in blocks(program.definitions):
            lines += self._recurrence(block) if isinstance(block, Recurrence) else self._statement(block)
        return lines

    def _recurrence(self, recurrence: Recurrence) -> list[Assignment]:
        """A running sum, or a loop whose body is an ordered program of its own."""
        added = summand(recurrence)
        if added is not None:
            (definition,), place = recurrence.definitions, recurrence.places[recurrence.tensors[0]]
            piece = transposed(expression_piece(added, Scope(self.vocabulary, definition.indices)), definition.indices)
            text = f"np.cumsum({piece.text}, {place})"
            if recurrence.backwards:
                text = f"np.flip(np.cumsum(np.flip({piece.text}, ({place},)), {place}), ({place},))"
            comment = f"  # {shape_text(definition.indices)}"
            return [Assignment(self.name(definition.tensor), self.translation.of(text), comment=comment)]
        step, outer = step_of(recurrence), (self.program, self.solving, self.windows)
        taken = {tensor.name for tensor in (*outer[0].declared, *(each.tensor for each in outer[0].definitions))}
        self.program = folded(ordered(step.program, taken))
        self.solving, self.windows = solving(self.program), {}
        module = self.dialect.module

        def zeros(shape: str) -> str:
            self.translation.typed = True
            return f"{module}.zeros({shape}, {self.dialect.typed})"

        def stacked(rows: str, place: int) -> str:
            return f"{module}.stack({rows}, {place})"

        def inner() -> list[str]:
            return _lines(self._statements(self.program))

        lines = loop_lines(step, self.vocabulary, inner, zeros, stacked)
        self.program, self.solving, self.windows = outer
        return [Assignment("", line) for line in lines]

    def _statement(self, definition: Definition) -> list[Assignment]:
        """What computes a tensor, after lines for the windows that it is the first to use."""
        if self.solving.left_out(definition.tensor):
            return []
        known = len(self.vocabulary.windows)
        solve = self.solving.solves.get(definition.tensor)
        inverse = definition.tensor if definition.tensor in self.solving.factored else None
        first = self._factored(solve.inverse if solve else inverse or same_matrix(definition.body, self.solving))
        piece = self._solved(solve) if solve else self._piece(definition)
        windows = list(self.vocabulary.windows.items())[known:]
        lines = [Assignment(name, self.translation.of(source)) for source, name in windows]
        text = self.translation.of(transposed(piece, definition.indices).text)
        if definition.tensor in self.windows:
            text = f"np.ascontiguousarray({text})"
        comment = f"  # {shape_text(definition.indices)}" if definition.indices else ""
        shape = () if definition.tensor in self.windows else definition.tensor.shape
        return [*first, *lines, Assignment(self.name(definition.tensor), text, shape, comment)]

    def _piece(self, definition: Definition) -> Piece:
        indices = definition.indices
        found = self._from_factors(definition)
        if found is not None:
            return found
        choice = choice_of(definition)
        if choice is not None:
            return self._chosen(choice, indices)
        product = product_with_windows(definition, self.windows, self.vocabulary)
        if product is not None:
            return product
        order = self.windows.get(definition.tensor, indices)
        piece = expression_piece(with_simple_calls_written_out(definition.body), Scope(self.vocabulary, order))
        if set(piece.axes) == set(indices) and definition.body.tensors:
            return piece
        shape = ", ".join(self.vocabulary.size(axis.size) for axis in indices)
        filled = aligned(piece, indices).text
        return Piece(f"np.full(({shape}{',' if len(indices) == 1 else ''}), {filled})", ATOM, indices)

    def _chosen(self, choice: Gather | Scatter, order: tuple[Axis, ...]) -> Piece:
        """What labels choose: the values at the places that they tell, or sums of the values there."""
        labels = expression_piece(choice.labels, Scope(self.vocabulary, (*order, *getattr(choice, "over", ()))))
        if isinstance(choice, Scatter):
            others = tuple(axis for axis in order if axis is not choice.axis)
            whole = (*choice.over, *others)
            values = transposed(expression_piece(choice.values, Scope(self.vocabulary, whole)), whole)
            places = transposed(labels, choice.over)
            size = self.vocabulary.size(choice.axis.size)
            return Piece(f"scattered({values.text}, places({places.text}), {size})", ATOM, (choice.axis, *others))
        indices = []
        for axis in choice.values.plain_axes:
            assert axis is not None
            if axis is choice.axis:
                places = Piece(f"places({labels.text})", ATOM, labels.axes)
                indices.append(aligned(places, order).text)
            else:
                indices.append(aligned(Piece(self.vocabulary.index_array(axis), ATOM, (axis,)), order).text)
        return Piece(f"at({self.name(choice.values.tensor)}, {', '.join(indices)})", ATOM, order)

    def _matrix(self, node: MatrixFunction, several: tuple[Axis, ...] = ()) -> Piece:
        inner = Scope(self.vocabulary, several).inside(node.rows, node.columns)
        return transposed(expression_piece(node.body, inner), (*several, node.rows, node.columns))

    def _factored(self, inverse: Tensor | None) -> list[Assignment]:
        """The factors of a matrix with which several equations are solved, before the first that needs them."""
        if inverse not in self.solving.factored - self.factored:
            return []
        self.factored.add(inverse)
        matrix = self._matrix(self.solving.matrices[inverse])
        text = self.translation.of(f"lu_factor({matrix.text})")
        return [Assignment(self._factors(inverse), text, comment="  # the matrix is factored once")]

    def _factors(self, inverse: Tensor) -> str:
        matrix = self.solving.matrices[inverse].body
        wanted = f"factors_{matrix.tensor.name}" if isinstance(matrix, Element) else "factors"
        return self.vocabulary.names.of(("factors", inverse), wanted)

    def _solved(self, solve: Solve) -> Piece:
        if solve.matrices:
            return self._solved_for_each(solve)
        order = (solve.equation, *solve.columns)
        right = expression_piece(solve.right, Scope(self.vocabulary, order))
        right = transposed(right, order)
        axes = (solve.unknown, *solve.columns)
        if solve.inverse in self.solving.factored:
            trans = ", trans=1" if solve.transposed else ""
            return Piece(f"lu_solve({self._factors(solve.inverse)}, {right.text}{trans})", ATOM, axes)
        matrix = self._matrix(self.solving.matrices[solve.inverse])
        text = f"{matrix.wrapped(ATOM)}.T" if solve.transposed else matrix.text
        return Piece(f"np.linalg.solve({text}, {right.text})", ATOM, axes)

    def _solved_for_each(self, solve: Solve) -> Piece:
        """The solutions for many matrices at once, whose right-hand sides are columns also where there is one each."""
        node = self.solving.matrices[solve.inverse]
        order = (*solve.matrices, solve.equation, *solve.columns)
        right = aligned(expression_piece(solve.right, Scope(self.vocabulary, order)), order).wrapped(ATOM)
        own = self.program.definition(solve.inverse.name).indices[:-2]
        matrix = self._matrix(node, own).wrapped(ATOM)
        matrix = f"{matrix}.swapaxes(-1, -2)" if solve.transposed else matrix
        axes = (*solve.matrices, solve.unknown, *solve.columns)
        if solve.columns:
            return Piece(f"np.linalg.solve({matrix}, {right})", ATOM, axes)
        return Piece(f"np.linalg.solve({matrix}, {right}[..., None])[..., 0]", ATOM, axes)

    def _from_factors(self, definition: Definition) -> Piece | None:
        """The inverse, the determinant or log |det| of a matrix that has been factored."""
        if definition.tensor in self.solving.factored:
            node = self.solving.matrices[definition.tensor]
            size, factors = self.vocabulary.size(node.rows.size), self._factors(definition.tensor)
            return Piece(f"lu_solve({factors}, np.eye({size}))", ATOM, definition.indices)
        inverse = same_matrix(definition.body, self.solving)
        if inverse is None:
            return None
        if isinstance(definition.body, MatrixFunction) and definition.body.function == "determinant":
            return Piece(f"lu_determinant({self._factors(inverse)})")
        diagonal = f"{self._factors(inverse)}[0].diagonal()"
        return Piece(f"np.log(np.abs({diagonal})).sum()")

    def _sizes(self) -> list[str]:
        known = self.vocabulary
        found = sizes_from_shapes(
            list(known.sizes), self.program, known.size, lambda t, place: f"{self.name(t)}.shape[{place}]"
        )
        return [f"{known.size(size)} = {text}" for size, text in found]

    def _types(self) -> list[str]:
        if not self.translation.typed:
            return []
        if self.dialect.result_type:
            return [f"dtype = {self.dialect.result_type.format(', '.join(self.arguments))}"]
        return [f"dtype, device = {self.arguments[0]}.dtype, {self.arguments[0]}.device"]

    def _indices(self) -> list[str]:
        return [
            f"{name} = {self.translation.of(f'np.arange({self.vocabulary.size(axis.size)})')}"
            for axis, name in self.vocabulary.index_arrays.items()
        ]

    def _elementwise(self) -> list[str]:
        """Source of the functions of the table that are used and that the dialect has no stable form of."""
        written: dict[tuple[str, int], str] = {}
        ready = {(function, 0) for function in self.dialect.stable}
        while missing := [key for key in self.vocabulary.functions if key not in written and key not in ready]:
            for key in missing:
                lines = elementwise_lines(*key, self.vocabulary)
                typed, self.translation.typed = self.translation.typed, False
                body = [f"{left}{self.translation.of(right)}" for left, right in lines]
                own, self.translation.typed = self.translation.typed, typed
                kind = ["dtype, device = x.dtype, x.device" if "device" in self.dialect.typed else "dtype = x.dtype"]
                name = self.vocabulary.functions[key]
                written[key] = "\n    ".join([f"def {name}(x):", *(kind if own else []), *body])
        return list(reversed(written.values()))


def same_matrix(node: Expression, solving: Solving) -> Tensor | None:
    """The inverse of the matrix whose determinant, or its logarithm, this is, where that matrix is factored."""
    if not isinstance(node, MatrixFunction) or node.function not in ("log_determinant", "determinant") or node.free:
        return None
    for inverse in solving.factored:
        other = solving.matrices[inverse].body
        if isinstance(other, Element) and isinstance(node.body, Element) and other.tensor is node.body.tensor:
            return inverse
    return None


def folded(steps: Ordered, windows: Collection[Tensor] = ()) -> Program:
    """The ordered program with parts that are used once written in place, where that stays short.

    What is solved, and products with windows, stay under their names.
    """
    solved = solving(steps.program)
    apart = {*solved.solves, *solved.matrices, *steps.program.results}
    apart |= {each.tensor for each in steps.program.definitions if any(one in windows for one in each.body.tensors)}
    choices = {each.tensor: found for each in steps.program.definitions if (found := choice_of(each)) is not None}
    apart |= {*choices, *(part.tensor for found in choices.values() for part in (found.values, found.labels))}
    program = steps.program
    recurrent = recurrent_tensors(program.definitions)
    apart |= {tensor for each in program.definitions if each.tensor in recurrent for tensor in each.body.tensors}
    for part in [each.tensor for each in program.definitions if each.tensor in steps.parts - apart]:
        program = _written_in(program, part)
    return program


def _written_in(program: Program, part: Tensor) -> Program:
    """The program with a part written into the one definition that uses it, if that is so and stays short."""
    definition = program.definition(part.name)
    users = [each for each in program.definitions if part in each.body.tensors]
    if len(users) != 1 or isinstance(definition.body, Max | MatrixFunction):
        return program
    (user,) = users
    if isinstance(user.body, MatrixFunction):
        return program
    places = [node for node in walk(user.body) if isinstance(node, Element) and node.tensor is part]
    axes = places[0].plain_axes
    body = substitute_elements(user.body, {part: (definition.indices, definition.body)})
    if len(places) > 1 or None in axes or len(set(axes)) < len(axes) or body.cost > _FOLDED:
        return program
    new = Definition(user.tensor, user.indices, body)
    kept = tuple(new if each is user else each for each in program.definitions if each is not definition)
    return Program(program.declared, kept, program.results, program.assumptions)


def shape_text(axes: Sequence[Axis]) -> str:
    """The shape along some axes as a comment says it."""
    sizes = [size_text(axis.size, safe_identifier).strip("()") for axis in axes]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def docstring(
    wanted: Wanted, names: Mapping[Tensor, str], declared: Sequence[Tensor], gives: Sequence[str]
) -> list[str]:
    """What a function computes: its equations, what goes in, what it gives."""
    widest = max((len(names[tensor]) for tensor in declared), default=0)
    shapes = {tensor: shape_text(tensor.axes) if tensor.axes else "number" for tensor in declared}
    rows = [f"    {names[each]:<{widest}}  {_role(wanted, each):<9}  {shapes[each]}" for each in declared]
    equations = [f"    {line}" for equation in wanted.equations for line in equation.splitlines()]
    return [f'"""{wanted.title}.', "", *equations, "", "Takes", *rows, "", *gives, '"""']


def _role(wanted: Wanted, tensor: Tensor) -> str:
    if tensor in wanted.directions.values():
        return "direction"
    return "parameter" if tensor.role is Role.PARAMETER else tensor.role.value


def _lines(assignments: Sequence[Assignment]) -> list[str]:
    """The statements as lines that are not too long."""
    return [line for each in assignments for line in _broken(each.line, each.comment)]


def _broken(line: str, comment: str) -> list[str]:
    """A statement, the comment above it where both are too long for one line."""
    if len(line) + len(comment) <= LONGEST_LINE or not comment:
        return [line + comment]
    return [comment.strip(), line]


def returned(wanted: Wanted, name: Mapping[Tensor, str]) -> str:
    """What the function returns: each part that was asked for, gradients by name where there are several."""
    parts = []
    for given in wanted.returns.values():
        if isinstance(given, Tensor):
            parts.append(name[given])
        elif len(given) == 1:
            parts.append(name[next(iter(given.values()))])
        else:
            parts.append("{" + ", ".join(f'"{key}": {name[tensor]}' for key, tensor in given.items()) + "}")
    return ", ".join(parts)


def gives(wanted: Wanted) -> list[str]:
    """A sentence about what is returned."""
    words = {**TITLES, "hvp": "the product with the Hessian"}
    several = any(not isinstance(given, Tensor) and len(given) > 1 for given in wanted.returns.values())
    by_name = ", those by several names as dictionaries" if several else ""
    return [f"Gives {' and '.join(words[part] for part in wanted.returns)}{by_name}."]
