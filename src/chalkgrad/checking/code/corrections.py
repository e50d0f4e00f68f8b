"""Which small edit of a person's code makes its gradients right: tried in the sandbox, told with the line."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from chalkgrad.checking.code.edits import SmallEdit, edits_of, functions_in_reach, statement_of
from chalkgrad.checking.code.sandbox import Failure, Program, Sandbox
from chalkgrad.checking.code.source import Source
from chalkgrad.checking.code.verdicts import Edit

Outcome: TypeAlias = "dict[str, Any] | Failure"
_SECONDS, _AT_ONCE, _VERIFIED = 8.0, 40, 8


def corrections(
    sandbox: Sandbox,
    source: Source,
    name: str,
    programs: Sequence[Program],
    right: Callable[[int, Outcome], int],
    goal: int,
) -> tuple[Edit, ...]:
    """The plainest edit after which all gradients are right; else none.

    `programs` are calls at several points, and `right` says how many gradients are right in the outcome at one of them;
    there may be `goal`. The first point decides which edits are tried at the others.
    """
    edits = edits_of(source, functions_in_reach(source, name))
    deadline = time.monotonic() + _SECONDS
    verified = 0
    for start in range(0, len(edits), _AT_ONCE):
        batch = edits[start : start + _AT_ONCE]
        for edit, outcome in zip(batch, _tried(sandbox, source, batch, programs[0]), strict=True):
            if right(0, outcome) < goal:
                continue
            everywhere = [_tried(sandbox, source, [edit], each)[0] for each in programs[1:]]
            if all(right(number, each) >= goal for number, each in enumerate(everywhere, start=1)):
                return (_told(source, edit),)
            verified += 1
        if time.monotonic() > deadline or verified > _VERIFIED:
            break
    return ()


def _tried(sandbox: Sandbox, source: Source, edits: Sequence[SmallEdit], program: Program) -> list[Outcome]:
    changes = [(edit.applied(source.text), statement_of(source, edit.line)) for edit in edits]
    return sandbox.with_changes(changes, program)


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
