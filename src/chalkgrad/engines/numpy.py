"""The NumPy engine: a program as readable NumPy source, and as a function that runs exactly that source."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace as with_changes
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from chalkgrad.engines.names import safe_identifier
from chalkgrad.engines.numpy_expressions import Scope, expression_piece, with_simple_calls_written_out
from chalkgrad.engines.numpy_indexing import Vocabulary
from chalkgrad.engines.numpy_pieces import ATOM, Piece, aligned, transposed
from chalkgrad.engines.numpy_recurrences import loop_lines
from chalkgrad.engines.recurrences import step_of, with_recurrences_apart
from chalkgrad.engines.running_sums import summand, with_running_sums
from chalkgrad.engines.size_text import size_text, sizes_from_shapes
from chalkgrad.engines.whole_matrices import with_matrices_named
from chalkgrad.errors import EvaluationError, ProgramError, ShapeError, UnknownNameError
from chalkgrad.language import FUNCTIONS, Axis, Call, Definition, Element, Expression, Program, Tensor, replace, walk
from chalkgrad.language.evaluate import bind_sizes, by_sizes
from chalkgrad.language.functions import X, derivative_expression
from chalkgrad.language.recurrences import Recurrence, blocks

NumpyFunction: TypeAlias = "Callable[..., dict[str, np.ndarray[Any, np.dtype[np.float64]]]]"
_LONGEST_LINE = 110


def numpy_source(program: Program, function_name: str = "forward", returns: Sequence[str] | None = None) -> str:
    """NumPy source of a module with one function that computes the program, one line for each definition, in order.

    The function takes the declared tensors as arrays, in order, and returns a dictionary from names to arrays: the
    results, or the tensors named in `returns`. Contractions are matrix products or `einsum`; elementwise functions are
    small functions made from their row of the table; gates are `np.where`. Raises `UnknownNameError` for a name that
    the program does not define and `ProgramError` for a size that no declared tensor tells.

    >>> from chalkgrad.language import Axis, Definition, Role, Tensor, summation
    >>> n, i, j = Axis("n", "n"), Axis("i", 2), Axis("j", 3)
    >>> x, W = Tensor("x", (n, i), Role.INPUT), Tensor("W", (i, j), Role.PARAMETER)
    >>> h = Tensor("h", (n, j))
    >>> definition = Definition(h, (n, j), Call("relu", summation(x[n, i] * W[i, j], i)))
    >>> print(numpy_source(Program((x, W), (definition,), (h,))))
    import numpy as np
    <BLANKLINE>
    <BLANKLINE>
    def relu(x):
        return np.where(x > 0, x, 0.0)
    <BLANKLINE>
    <BLANKLINE>
    def forward(x, W):
        \"\"\"Computes h from
    <BLANKLINE>
        x  input      (n, 2)
        W  parameter  (2, 3)
        \"\"\"
        h = relu(x @ W)  # (n, 3)
        return {"h": h}
    <BLANKLINE>
    """
    vocabulary = Vocabulary()
    function = function_source(program, function_name, vocabulary, _named_results(program, returns))
    return module_source([function], vocabulary)


def _named_results(program: Program, returns: Sequence[str] | None) -> dict[str, Tensor]:
    names = [tensor.name for tensor in program.results] if returns is None else returns
    return {name: program.tensor(name) for name in names}


def module_source(functions: Sequence[str], vocabulary: Vocabulary) -> str:
    """Printed functions together with the imports and the helper functions that they use."""
    elementwise: dict[tuple[str, int], str] = {}
    while missing := [key for key in vocabulary.functions if key not in elementwise]:
        for key in missing:
            elementwise[key] = _elementwise_source(*key, vocabulary)
    imports = "\n".join(["import numpy as np", *sorted(vocabulary.imports)])
    return "\n\n\n".join([imports, *sorted(vocabulary.helpers), *reversed(elementwise.values()), *functions]) + "\n"


def _elementwise_source(function: str, order: int, vocabulary: Vocabulary) -> str:
    lines = [f"{left}{right}" for left, right in elementwise_lines(function, order, vocabulary)]
    return f"def {vocabulary.functions[function, order]}(x):\n    " + "\n    ".join(lines)


def elementwise_lines(function: str, order: int, vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """The body of a function of the table, or of a derivative of it, in its stable form.

    What is called twice gets a name. Each line is what stands on the left, `name = ` or `return `, and an expression.
    """
    body = derivative_expression(function, order) if order else FUNCTIONS[function].form
    assert body is not None
    body = with_simple_calls_written_out(body)
    assert isinstance(X, Element)
    given = {X.tensor: "x"}
    scope = Scope(with_changes(vocabulary, given=given))
    lines = []
    while repeated := repeated_call(body):
        name = f"{repeated.function}_{'x' * len(given)}"
        lines.append((f"{name} = ", expression_piece(repeated, scope).text))
        stand_in = Tensor(name)
        body = replace(body, {repeated.identity: stand_in[()]})
        given[stand_in] = name
    return [*lines, ("return ", expression_piece(body, scope).text)]


def repeated_call(body: Expression) -> Call | None:
    """The largest call that occurs more than once."""
    calls = [node for node in walk(body) if isinstance(node, Call)]
    return next((call for call in calls if sum(other is call for other in calls) > 1), None)


def function_source(
    program: Program,
    function_name: str,
    vocabulary: Vocabulary,
    returns: Mapping[str, Tensor] | Tensor,
    purpose: str = "",
) -> str:
    """One function that computes the program; what it uses besides is noted in the vocabulary.

    It returns one array, or a dictionary with the given keys.
    """
    vocabulary.index_arrays.clear()
    vocabulary.sizes.clear()
    vocabulary.windows.clear()
    program = with_recurrences_apart(with_running_sums(program))
    identifier = vocabulary.names.of(("program", function_name), function_name)
    parameters = [vocabulary.tensor(tensor) for tensor in program.declared]
    returned = [returns] if isinstance(returns, Tensor) else list(returns.values())
    body = [f"    {line}" for line in _lines(program, vocabulary)]
    lines = [
        *_docstring(program, purpose or f"Computes {', '.join(map(vocabulary.tensor, returned))}", vocabulary),
        *_sizes_and_index_arrays(program, vocabulary),
        *body,
        f"    return {vocabulary.tensor(returns)}" if isinstance(returns, Tensor) else _dictionary(returns, vocabulary),
    ]
    return "\n".join([_broken(f"def {identifier}(", parameters, "):", ""), *lines])


def _broken(start: str, items: Sequence[str], end: str, indent: str = "    ") -> str:
    """Items between brackets: on one line, or where that is too long on a line of their own."""
    line = indent + start + ", ".join(items) + end
    if len(line) <= _LONGEST_LINE:
        return line
    rows = [indent + "   "]
    for item in items:
        if len(rows[-1]) + len(item) + 2 > _LONGEST_LINE:
            rows.append(indent + "   ")
        rows[-1] += f" {item},"
    return "\n".join([indent + start, *rows, indent + end])


def _dictionary(returns: Mapping[str, Tensor], vocabulary: Vocabulary) -> str:
    entries = [f"{json.dumps(key, ensure_ascii=False)}: {vocabulary.tensor(tensor)}" for key, tensor in returns.items()]
    return _broken("return {", entries, "}")


def _shape(axes: Sequence[Axis]) -> str:
    sizes = [size_text(axis.size, safe_identifier).strip("()") for axis in axes]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"


def _docstring(program: Program, purpose: str, vocabulary: Vocabulary) -> list[str]:
    if not program.declared:
        return [f'    """{purpose}."""']
    names = [vocabulary.tensor(tensor) for tensor in program.declared]
    widest = max(map(len, names))
    rows = [
        f"    {name:<{widest}}  {tensor.role.value:<9}  {_shape(tensor.axes) if tensor.axes else 'number'}"
        for name, tensor in zip(names, program.declared, strict=True)
    ]
    return [f'    """{purpose} from', "", *rows, '    """']


def _sizes_and_index_arrays(program: Program, vocabulary: Vocabulary) -> list[str]:
    arrays = [f"    {name} = np.arange({vocabulary.size(axis.size)})" for axis, name in vocabulary.index_arrays.items()]
    found = sizes_from_shapes(
        list(vocabulary.sizes), program, vocabulary.size, lambda t, place: f"{vocabulary.tensor(t)}.shape[{place}]"
    )
    return [f"    {vocabulary.size(size)} = {text}" for size, text in found] + arrays


def _lines(program: Program, vocabulary: Vocabulary) -> list[str]:
    """The lines that compute the definitions of a program, in order."""
    lines: list[str] = []
    plain: list[Definition] = []

    def flush() -> None:
        named = with_matrices_named(Program(program.declared, tuple(plain), program.results))
        lines.extend(line for each in named.definitions for line in _definition_lines(each, vocabulary))
        plain.clear()

    for block in blocks(program.definitions):
        if isinstance(block, Recurrence):
            flush()
            added = summand(block)
            if added is not None:
                lines.append(_running_sum(block, added, vocabulary))
                continue
            step = step_of(block)
            inner = partial(_lines, step.program, vocabulary)
            lines += loop_lines(step, vocabulary, inner, "np.zeros({})".format, "np.stack({}, axis={})".format)
        else:
            plain.append(block)
    flush()
    return lines


def _running_sum(recurrence: Recurrence, added: Element, vocabulary: Vocabulary) -> str:
    (definition,), place = recurrence.definitions, recurrence.places[recurrence.tensors[0]]
    piece = transposed(expression_piece(added, Scope(vocabulary, definition.indices)), definition.indices)
    text = f"np.cumsum({piece.text}, axis={place})"
    if recurrence.backwards:
        text = f"np.flip(np.cumsum(np.flip({piece.text}, {place}), axis={place}), {place})"
    return f"{vocabulary.tensor(definition.tensor)} = {text}  # {_shape(definition.indices)}"


def _definition_lines(definition: Definition, vocabulary: Vocabulary) -> list[str]:
    """The line that computes a tensor, after lines for the sliding windows that it is the first to use."""
    indices, known = definition.indices, len(vocabulary.windows)
    body = with_simple_calls_written_out(definition.body)
    piece = expression_piece(body, Scope(vocabulary, indices))
    if set(piece.axes) != set(indices):
        shape = ", ".join(vocabulary.size(axis.size) for axis in indices)
        filled = aligned(piece, indices).text
        piece = Piece(f"np.full(({shape}{',' if len(indices) == 1 else ''}), {filled}, dtype=float)", ATOM, indices)
    lines = [f"{name} = {source}" for source, name in list(vocabulary.windows.items())[known:]]
    piece = transposed(piece, indices)
    left = f"{vocabulary.tensor(definition.tensor)} = "
    comment = f"  # {_shape(indices)}" if indices else ""
    if len(left + piece.text) + 4 > _LONGEST_LINE and " ".join(piece.terms) == piece.text:
        return [*lines, f"{left}(", *(f"    {term}" for term in piece.terms), f"){comment}"]
    return [*lines, left + piece.text + comment]


def compile_numpy(program: Program, returns: Sequence[str] | None = None) -> NumpyFunction:
    """The program as a function of keyword arguments by tensor name, which runs the source of `numpy_source`.

    It takes numbers, nested lists or arrays and gives float64 arrays by name: the results, or what `returns` names.
    Infinite and undefined values are passed on without warnings. Raises `ShapeError` for a value that does not fit,
    `EvaluationError` for one that is missing, and `UnknownNameError` for one too many.

    >>> from chalkgrad.language import Definition, Role
    >>> x, y = Tensor("x", (), Role.INPUT), Tensor("y")
    >>> square = compile_numpy(Program((x,), (Definition(y, (), x[()] ** 2),), (y,)))
    >>> square(x=3)
    {'y': array(9.)}
    """
    vocabulary = Vocabulary()
    function = function_source(program, "forward", vocabulary, _named_results(program, returns))
    source = module_source([function], vocabulary)
    namespace: dict[str, Any] = {}
    try:
        # The source is printed from the expression tree above; no name or number in it is text that was read.
        exec(compile(source, "<numpy engine>", "exec"), namespace)
    except (SyntaxError, RecursionError, MemoryError) as error:
        problem = f"Python cannot compile an equation this deeply nested; name a part of it: {error}"
        raise ProgramError(problem) from None
    computed = namespace[vocabulary.names.of(("program", "forward"), "forward")]
    known = [tensor.name for tensor in program.declared]

    def run(**values: Any) -> dict[str, np.ndarray[Any, np.dtype[np.float64]]]:
        for name in values:
            if name not in known:
                raise UnknownNameError("input or parameter", name, sorted(known))
        sizes: dict[str, int] = {}
        arguments = []
        for tensor in program.declared:
            if tensor.name not in values:
                raise EvaluationError(f"no value was given for '{tensor.name}'")
            arguments.append(_float_array(values[tensor.name], tensor))
        shapes = {tensor: array.shape for tensor, array in zip(program.declared, arguments, strict=True)}
        for tensor in by_sizes(shapes):
            bind_sizes(tensor, shapes[tensor], sizes)
        with np.errstate(all="ignore"):
            try:
                results = computed(*arguments)
            except ZeroDivisionError:
                raise EvaluationError("division by zero in a number that depends on sizes alone") from None
            except np.linalg.LinAlgError:
                raise EvaluationError("a matrix is singular, or not positive definite") from None
        return {name: np.asarray(value, dtype=np.float64) for name, value in results.items()}

    return run


def _float_array(value: Any, tensor: Tensor) -> np.ndarray[Any, np.dtype[np.float64]]:
    try:
        return np.asarray(value, dtype=np.float64)
    except (ValueError, TypeError) as error:
        raise ShapeError(f"the value given for '{tensor.name}' is not an array of numbers: {error}") from None
