"""Checking a function of a person's file against a network, a formula, a document, or its own code."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from chalkgrad.checking.code.expressions import check_expression, expression_of
from chalkgrad.checking.code.formulas import check_formula
from chalkgrad.checking.code.network import check_network
from chalkgrad.checking.code.offered import offered
from chalkgrad.checking.code.own import check_own
from chalkgrad.checking.code.own_loss import check_own_loss
from chalkgrad.checking.code.own_use import check_use
from chalkgrad.checking.code.pairs import loss_pair, pair_of
from chalkgrad.checking.code.sandbox import MEGABYTES, SECONDS, Limits
from chalkgrad.checking.code.source import Source, read_source
from chalkgrad.checking.code.uses import uses_of
from chalkgrad.checking.code.usual_losses import check_usual
from chalkgrad.checking.code.verdicts import CodeBlock, CodeCheck
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
    helpers = offered(source, range(len(source.tree.body)))
    if helpers:
        told.append(f"{' and '.join(helpers)}, which the file does not have, taken for what is usual")
        found = replace(found, blocks=tuple(map(_unsure, found.blocks)), edits=())
    return replace(found, called="; ".join(filter(None, (found.called, *told))))


def _unsure(block: CodeBlock) -> CodeBlock:
    """A block; what is wrong with helpers that were only presumed may be right with the person's own."""
    if block.verdict != "wrong":
        return block
    return CodeBlock(block.name, "undetermined", f"a helper is missing, and with the usual one {block.reason}")


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
    return _against_itself(source, function, let, call, layout, second, limits, seed)


def _against_itself(
    source: Source,
    function: str,
    let: Mapping[str, str] | None,
    call: str | None,
    layout: str | None,
    second: bool,
    limits: Limits,
    seed: int,
) -> CodeCheck:
    """Against the code's own: its forward pass, the loss beside the gradients, the loss where the file calls it.

    The first way in which everything is right is taken, else that in which most is; the first that tells why not, where
    none runs.
    """
    no_pair: ChalkgradError | None = None
    used = partial(check_use, source, function, let=let, call=call, limits=limits, seed=seed)
    try:
        pair_of(source, function)
        own = partial(check_own, source, function, second=second, let=let, limits=limits, seed=seed)
        ways: list[Callable[[], CodeCheck]] = [own, used]
    except EvaluationError as problem:
        no_pair = problem

        def beside() -> CodeCheck:
            pair = loss_pair(source, function)
            return check_own(source, function, pair=pair, let=let, limits=limits, seed=seed)

        own_loss = partial(
            check_own_loss, source, function, let=let, call=call, layout=layout, limits=limits, seed=seed
        )
        apart = any(use.loss is not None for use in uses_of(source, function))
        ways = [used, own_loss, beside] if apart else [own_loss, beside, used]
    best: CodeCheck | None = None
    problems: list[ChalkgradError] = []
    for way in ways:
        try:
            found = way()
        except ChalkgradError as problem:
            problems.append(problem)
            continue
        if best is None or _right(found) > _right(best):
            best = found
        if _right(best) == len(best.blocks) or (way is used and _right(best)):
            break
    if best is not None:
        return best
    if no_pair is not None:
        with contextlib.suppress(ChalkgradError):
            return check_usual(source, function, let=let, call=call, layout=layout, limits=limits, seed=seed)
    if no_pair is not None and any("returned no" in str(each) for each in problems):
        raise no_pair
    raise problems[0]


def _right(found: CodeCheck) -> int:
    """How many gradients are right, or right up to a convention."""
    return sum(block.verdict in ("right", "right_up_to") for block in found.blocks)


def _meant(against: str) -> str:
    """Whether a text is the spec of a network, or a formula."""
    try:
        read_spec(against)
    except ChalkgradError as no_spec:
        if re.match(r"\d+-\d", against) or not re.search(r"[-+*/^()\\\\\[]", against):
            raise no_spec from None
        return "formula"
    return "network"
