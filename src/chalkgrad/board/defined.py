"""Whether a formula has a value at a point, and where in it what is not defined: the logarithm of a negative number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from chalkgrad.errors import EvaluationError
from chalkgrad.language import Program, evaluate

_LARGEST = 20_000  # numbers that are looked through one by one


def check_defined(source: Program, given: Mapping[str, Any], value: NDArray[np.float64]) -> None:
    """Raises `EvaluationError` where a value of the result is not defined, with the part of the formula and its places.

    An infinite value that is only too large is none such.

    >>> from chalkgrad.reading.plain import read_expression
    >>> from chalkgrad.language import Definition, Tensor
    >>> log, L = read_expression("log(x)"), Tensor("L")
    >>> source = Program(log.tensors, (Definition(L, (), log),), (L,))
    >>> check_defined(source, {"x": -1.0}, np.array(np.nan))
    Traceback (most recent call last):
    chalkgrad.errors.EvaluationError: in L = log(x): log(-1) is not defined; log needs positive numbers
    """
    if np.isfinite(value).all():
        return
    if sum(np.size(each) for each in given.values()) <= _LARGEST:
        evaluate(source, {tensor.name: given[tensor.name] for tensor in source.declared})
    elif np.isnan(value).any():
        raise EvaluationError(f"{source.result.name} is not defined at these values")
