"""Gradients beside which no loss stands: compared with those of the losses that everybody means, if one fits."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from chalkgrad.checking.code.edits import functions_in_reach
from chalkgrad.checking.code.network import check_network
from chalkgrad.checking.code.sandbox import Limits
from chalkgrad.checking.code.source import Source
from chalkgrad.checking.code.verdicts import CodeCheck
from chalkgrad.errors import ChalkgradError, EvaluationError

_ONE_LAYER = ("3-1 sigmoid bce", "3-1 identity mse", "4-3 softmax ce")
_OUTPUTS = ("1 sigmoid bce", "2 softmax ce", "1 identity mse", "2 sigmoid mse")
_HIDDEN = {"tanh": r"tanh", "relu": r"relu|maximum", "sigmoid": r"sigmoid|exp|logistic|expit"}
_MOST = 7


def check_usual(
    source: Source,
    function: str,
    *,
    let: Mapping[str, str] | None = None,
    call: str | None = None,
    layout: str | None = None,
    limits: Limits,
    seed: int,
) -> CodeCheck:
    """Compares the gradients with those of logistic and linear regression, softmax, and networks of one hidden layer.

    What fits none of them is not wrong: nothing says which loss is meant. So only what is right in all gradients is
    told; else `EvaluationError` is raised.
    """
    for spec in _specs(source, function):
        try:
            found = check_network(source, function, spec, let=let, call=call, layout=layout, limits=limits, seed=seed,
                                  presumed=True)  # fmt: skip
        except ChalkgradError:
            continue
        if all(block.verdict in ("right", "right_up_to") for block in found.blocks):
            return replace(
                found, called=f"{found.called}; nothing in the file says which loss is meant: it is this one's"
            )
    raise EvaluationError(f"the gradients of {function} in {source.file} are those of no usual loss")


def _specs(source: Source, function: str) -> Iterator[str]:
    """The networks that the code may be about: with a hidden layer where it names layers, or makes any."""
    text = "\n".join(map(ast.unparse, functions_in_reach(source, function)))
    deep = bool(re.search(r"\b(?:d?[Ww]|weights?_?|theta|grad_?w)2|hidden|layers?\b|for l in", text))
    if not deep:
        yield from _ONE_LAYER
        return
    hidden = [name for name, pattern in _HIDDEN.items() if re.search(pattern, text, re.IGNORECASE)]
    found = [f"3-4-{output.replace(' ', f' {name} ', 1)}" for name in hidden for output in _OUTPUTS]
    yield from found[:_MOST]
