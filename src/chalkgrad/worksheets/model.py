"""The sheet for those who mark: three lines about the model, and its numbers; nothing of the solution."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import product
from math import isclose, prod

from chalkgrad.checking import check_text
from chalkgrad.errors import ChalkgradError
from chalkgrad.language import Array, Program, Role, Tensor, evaluate
from chalkgrad.worksheets.worksheet import Worksheet


def model_sheet(sheet: Worksheet) -> str:
    """The front matter against which submissions are marked: the model, the rate, and the numbers that are given.

    The numbers stand under the names that the model has where a sheet says `model: …`, which a rubric uses, too.

    >>> from chalkgrad.worksheets import make_worksheet
    >>> print(*model_sheet(make_worksheet(["1-1 sigmoid bce"], seed=1)).split("\\n")[:3], sep="\\n")
    ---
    model: 1-1 sigmoid bce
    rate: 0.5
    """
    head = f"---\nmodel: {sheet.spec}\n"
    program = check_text(f"{head}---\n").program
    if program is None:
        raise ChalkgradError(f"the model {sheet.spec} cannot be written out")
    parameters, *samples = _named(sheet, program)
    numbers = f"parameters: {json.dumps(parameters)}\nsamples: {json.dumps(samples)}\n"
    return f"{head}rate: {sheet.batch.rate:g}\n{numbers}---\n\n# {sheet.title}\n"


def _named(sheet: Worksheet, program: Program) -> Iterator[dict[str, object]]:
    """The parameters under the names of the program, then each sample; in the layout that gives the same losses."""
    theirs = _by_role(sheet.program, sheet.batch.given, sheet.batch.samples)
    names = {role: [t.name for t in program.declared if (t.role is Role.PARAMETER) is role] for role in (True, False)}
    found = [dict(zip(names[number == 0], arrays, strict=True)) for number, arrays in enumerate(theirs)]
    square = [name for name, array in found[0].items() if len(array.shape) == 2]
    for turned in product((False, True), repeat=len(square)):
        flips = {name for name, turn in zip(square, turned, strict=True) if turn}
        given = {name: _laid(array, name in flips, program.tensor(name)) for name, array in found[0].items()}
        inputs = [
            {name: _laid(array, False, program.tensor(name)) for name, array in each.items()} for each in found[1:]
        ]
        if all(_has(program, {**given, **one}, sheet, k) for k, one in enumerate(inputs)):
            yield from ({name: array.nested() for name, array in each.items()} for each in (given, *inputs))
            return
    raise ChalkgradError(f"the numbers of {sheet.title} do not fit {sheet.spec} as it is written out")


def _by_role(
    program: Program, given: Mapping[str, Array], samples: tuple[Mapping[str, Array], ...]
) -> Iterator[list[Array]]:
    yield [given[tensor.name] for tensor in program.parameters]
    others = [tensor.name for tensor in program.declared if tensor.role is not Role.PARAMETER]
    for sample in samples:
        yield [sample[name] for name in others]


def _laid(array: Array, turn: bool, tensor: Tensor) -> Array:
    """An array in the layout of a tensor: a matrix perhaps transposed, one of a single row or entry without it."""
    if turn:
        rows = list(zip(*array.nested(), strict=True))
        array = Array(array.shape[::-1], [entry for row in rows for entry in row])
    shape = tuple(size for size in tensor.shape if isinstance(size, int))
    fits = len(shape) == len(tensor.shape) and prod(shape) == len(array.numbers)
    return Array(shape, array.numbers) if fits else array


def _has(program: Program, values: Mapping[str, Array], sheet: Worksheet, sample: int) -> bool:
    """Whether a sample has its loss."""
    loss = float(sheet.batch.samples[sample][sheet.program.result.name].numbers[0])
    try:
        return isclose(float(evaluate(program, values)[program.result.name].numbers[0]), loss, rel_tol=1e-9)
    except (ChalkgradError, ArithmeticError):
        return False
