"""What operations of PyTorch's graphs are given: values, parameters, numbers and tensors worked out before."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from math import inf
from typing import Any

from chalkgrad.models.building import Builder, Operand, Parameter
from chalkgrad.models.values import Value

Operation = Callable[[Builder, str, Sequence[Any], Mapping[str, Any]], Any]
NEVER = -1e30  # for the scores of what is masked: its exponential is 0 in every precision


def constant(made: Builder, each: Any) -> Operand:
    """A value, a parameter or a number; a tensor that the graph has worked out is a parameter that stays as it is."""
    import torch

    if not isinstance(each, torch.Tensor):
        return each if isinstance(each, Value | Parameter) else float(each)
    numbers = each.double()
    if numbers.numel() and bool((numbers == numbers.flatten()[0]).all()) and not numbers.isinf().any():
        return float(numbers.flatten()[0])
    return made.parameter("constant", numbers.masked_fill(numbers == -inf, NEVER).numpy(), fixed=True)


def argument(given: Sequence[Any], options: Mapping[str, Any], place: int, name: str, usual: Any) -> Any:
    """An argument that was given by its place, by its name, or not."""
    return given[place] if len(given) > place else options.get(name, usual)
