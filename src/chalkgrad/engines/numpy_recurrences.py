"""Recurrences as loops over whole arrays: the rows of each tensor in a list, which begins with zeros."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chalkgrad.engines.numpy_indexing import Vocabulary
from chalkgrad.engines.recurrences import Step
from chalkgrad.language import Axis

Zeros = Callable[[str], str]
Stacked = Callable[[str, int], str]


def loop_lines(
    step: Step, vocabulary: Vocabulary, statements: Callable[[], Sequence[str]], zeros: Zeros, stacked: Stacked
) -> list[str]:
    """The lines of a loop; `statements` gives those for one place once its rows have names.

    `zeros` is an array of zeros of a shape, and `stacked` one of the rows of a list along an axis.
    """
    recurrence = step.recurrence
    variable = vocabulary.names.of(("along", recurrence.axis), recurrence.axis.name)
    lists = {tensor: vocabulary.names.of(("rows", tensor), f"rows_of_{tensor.name}") for tensor in recurrence.tensors}
    for stand_in, row in step.rows.items():
        if row.tensor in lists:
            vocabulary.given[stand_in] = f"{lists[row.tensor]}[{-abs(row.shift)}]"
        else:
            vocabulary.given[stand_in] = f"{vocabulary.tensor(row.tensor)}[{':, ' * row.place}{variable}]"
    for row_now, tensor in step.made.items():
        vocabulary.given[row_now] = vocabulary.names.of(("row", tensor), f"{tensor.name}_{variable}")
    several = f" * {recurrence.reach}" if recurrence.reach > 1 else ""
    lines = [
        f"{lists[tensor]} = [{zeros(_shape(row_now.axes, vocabulary))}]{several}"
        for row_now, tensor in step.made.items()
    ]
    places = f"range({vocabulary.size(recurrence.axis.size)})"
    lines.append(f"for {variable} in {f'reversed({places})' if recurrence.backwards else places}:")
    lines += [f"    {line}" for line in statements()]
    lines += [f"    {lists[tensor]}.append({vocabulary.tensor(row_now)})" for row_now, tensor in step.made.items()]
    for tensor in recurrence.tensors:
        first = recurrence.reach
        kept = f"{lists[tensor]}[{f':{first - 1}:-1' if recurrence.backwards else f'{first}:'}]"
        lines.append(f"{vocabulary.tensor(tensor)} = {stacked(kept, recurrence.places[tensor])}")
    return lines


def _shape(axes: Sequence[Axis], vocabulary: Vocabulary) -> str:
    sizes = [vocabulary.size(axis.size) for axis in axes]
    return f"({', '.join(sizes)}{',' if len(sizes) == 1 else ''})"
