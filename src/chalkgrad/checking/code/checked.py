"""Checking a function of a person's file against a network, a formula, a document, or its own code."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from chalkgrad.checking.code.expressions import check_expression, expression_of
from chalkgrad.checking.code.formulas import check_formula
from chalkgrad.checking.code.network import check_network
from chalkgrad.checking.code.own import check_own
from chalkgrad.checking.code.own_loss import check_own_loss
from chalkgrad.checking.code.pairs import loss_pair, pair_of
from chalkgrad.checking.code.sandbox import MEGABYTES, SECONDS, Limits
from chalkgrad.checking.code.source import Source, read_source
from chalkgrad.checking.code.verdicts import CodeCheck
from chalkgrad.checking.code.written import written_in
from chalkgrad.errors import ChalkgradError, EvaluationError
from chalkgrad.reading.spec import read_spec


def check_code(
    file: str | Path,
    function: str,
    against: str | None = None,
    *,
    forward: str | None = None,
    let: Mapping[str, str] | None = None,
    call: str | None = None,
    layout: str | None = None,
    second: bool = False,
    seconds: int = SECONDS,
    megabytes: int = MEGABYTES,
    seed: int = 0,
    trust: bool = False,
) -> CodeCheck:
    """Runs a function, method or class of a Python file or notebook, and compares its gradients.

    `against` is the spec of a network, a formula of a few variables, an expression of arrays (`norm2(A*x-b)^2`), or a
    document about one of them, or a section of
    it (`notes.md#Backward pass`); `forward` a
    function of the same file whose gradient it is. With neither, the code's own forward pass counts: the method of the
    class, the function of the same name, what `torch.autograd.Function` or `custom_vjp` computes, or the loss that is
    returned beside the gradients. `second` checks what PyTorch or JAX gets through the backward pass a second time.
    Where the system cannot confine the code, it is only run with `trust`. The other arguments are those of
    `check_network`.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "g.py")
    ...     _ = file.write_text("def f(x, y): return x**2 * y\\ndef grad_f(x, y): return 2 * x * y, x**3\\n")
    ...     checked = check_code(file, "grad_f")
    >>> [(block.name, block.verdict) for block in checked.blocks]
    [('x', 'right'), ('y', 'wrong')]
    """
    source = read_source(file)
    limits = Limits(seconds, megabytes, trust)
    found = _checked(source, function, against, forward, let, call, layout, second, limits, seed)
    presumed = source.presumed(source.needed(function)).items()
    told = [f"{alias} is taken for {module}, which the file does not import" for alias, module in presumed]
    return replace(found, called="; ".join(filter(None, (found.called, *told))))


def _checked(
    source: Source,
    function: str,
    against: str | None,
    forward: str | None,
    let: Mapping[str, str] | None,
    call: str | None,
    layout: str | None,
    second: bool,
    limits: Limits,
    seed: int,
) -> CodeCheck:
    if forward is not None:
        return check_own(source, function, forward=forward, let=let, limits=limits, seed=seed)
    if against is not None:
        written = written_in(against)
        kind, what = (written.kind, written.what) if written is not None else (_meant(against), against)
        expression = expression_of(what) if kind == "formula" else None
        if expression is not None:
            found = check_expression(source, function, what, expression, limits=limits, seed=seed)
        elif kind == "formula":
            found = check_formula(source, function, what, limits=limits, seed=seed)
        else:
            found = check_network(source, function, what, let=let, call=call, layout=layout, limits=limits, seed=seed)
        if written is None:
            return found
        return replace(found, blocks=tuple(written.beside(block, function) for block in found.blocks))
    try:
        pair_of(source, function)
    except EvaluationError as no_pair:
        try:
            return check_own_loss(source, function, let=let, call=call, layout=layout, limits=limits, seed=seed)
        except EvaluationError as problem:
            try:
                pair = loss_pair(source, function)
                return check_own(source, function, pair=pair, let=let, limits=limits, seed=seed)
            except ChalkgradError:
                raise (no_pair if "returned no" in str(problem) else problem) from None
    return check_own(source, function, second=second, let=let, limits=limits, seed=seed)


def _meant(against: str) -> str:
    """Whether a text is the spec of a network, or a formula."""
    try:
        read_spec(against)
    except ChalkgradError as no_spec:
        if re.match(r"\d+-\d", against) or not re.search(r"[-+*/^()\\\\\[]", against):
            raise no_spec from None
        return "formula"
    return "network"
