"""Which small edit of a person's code makes its gradients right: tried in the sandbox, told with the line."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, TypeAlias

from chalkgrad.checking.code.edits import edits_of, first_line, statement_of
from chalkgrad.checking.code.sandbox import Failure, Program, Sandbox
from chalkgrad.checking.code.source import Function, Source
from chalkgrad.checking.code.spans import SmallEdit, Text
from chalkgrad.checking.code.verdicts import Edit
from chalkgrad.errors import EvaluationError

Outcome: TypeAlias = "dict[str, Any] | Failure"
_SECONDS, _AT_ONCE, _VERIFIED = 12.0, 40, 8


def corrections(
    sandbox: Sandbox,
    source: Source,
    functions: Sequence[Function],
    programs: Sequence[Program],
    right: Callable[[int, Outcome], bool],
) -> tuple[Edit, ...]:
    """The plainest edit of some functions after which all gradients are right; else none.

    `programs` are calls at several points, and `right` says whether all is in the outcome at one of them. The first
    point decides which edits are tried at the others.
    """
    edits = edits_of(source, functions)
    text = Text.of(source)
    enough = max(1.0, sandbox.left - _SECONDS)
    verified = 0
    for start in range(0, len(edits), _AT_ONCE):
        batch = edits[start : start + _AT_ONCE]
        changes = [_statement(source, text, edit, sandbox.loaded or frozenset()) for edit in batch]
        try:
            outcomes = sandbox.with_changes(changes, programs[0])
        except EvaluationError:  # its time is over: the verdicts stand without an edit
            return ()
        for edit, change, outcome in zip(batch, changes, outcomes, strict=True):
            if not right(0, outcome):
                continue
            everywhere = [sandbox.with_changes([change], each)[0] for each in programs[1:]]
            if all(right(number, each) for number, each in enumerate(everywhere, start=1)):
                return (_told(source, edit),)
            verified += 1
        if sandbox.left < enough or verified > _VERIFIED:
            break
    return ()


def _statement(source: Source, text: Text, edit: SmallEdit, needed: AbstractSet[int]) -> tuple[str, str]:
    """The statement of the file that has the edit in it, with the edit, and those after it that read it as they run.

    Of these apart the ones that change what others have defined, such as `f.defvjp(…)`: they run once more at the end.
    """

    def lines(number: int) -> tuple[int, int]:
        statement = source.tree.body[number]
        return text.begins[first_line(statement) - 1], text.begins[statement.end_lineno or statement.lineno]

    number = statement_of(source, edit.line)
    begin, end = lines(number)
    changed = text.data[begin : edit.start] + edit.text.encode() + text.data[edit.end : end]
    later = [each for each in source.following(number) if each in needed]
    pieces = {each: text.data[slice(*lines(each))] for each in later}
    back = b"\n".join(pieces[each] for each in later if isinstance(source.tree.body[each], ast.Expr))
    return b"\n".join((changed, *pieces.values())).decode(), back.decode()


def _told(source: Source, edit: SmallEdit) -> Edit:
    """The edit with the lines that it changes, as they are and as they would be."""
    before, after = source.text.splitlines(), edit.applied(source.text).splitlines()
    same = 0
    while same < min(len(before), len(after)) - edit.line and before[-1 - same] == after[-1 - same]:
        same += 1
    old = before[edit.line - 1 : len(before) - same]
    new = after[edit.line - 1 : len(after) - same]
    first = next((k for k, (one, other) in enumerate(zip(old, new, strict=False)) if one != other), 0)
    place = source.place(edit.line + first)
    join = "\n".join
    return Edit(
        place, join(line.strip() for line in old[first:]), join(line.strip() for line in new[first:]), edit.kind
    )
