"""The language server: verdicts while one types, what stands under the cursor, edits that mend what is wrong.

It speaks the protocol of editors over standard input and output. The checking is done in two other processes, one for
texts and one for edits, so that no document holds it up.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from chalkgrad.editors.findings import Place
from chalkgrad.editors.positions import Lines, holds
from chalkgrad.editors.worker import Worker
from chalkgrad.version import __version__

PAUSE = 0.25  # in seconds without a key, before a text is checked
LIMIT = 30.0  # in seconds, for one text
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "information": types.DiagnosticSeverity.Information,
}
_ANSWER = "chalkgrad.answer"
_LATEX = frozenset({"latex", "tex"})


@dataclass
class Studied:
    """A version of a text, and what was found in it."""

    version: int | None
    lines: Lines
    found: dict[str, Any]
    fixes: dict[int, dict[str, Any]] = field(default_factory=dict)


class Chalkgrad(LanguageServer):
    """The server; with `hints` it gives no answers away until it is asked for them."""

    def __init__(self, hints: bool = False, pause: float = PAUSE, limit: float = LIMIT) -> None:
        # Whole texts, as incremental changes need lines to be those of the protocol, and Python knows more of them.
        super().__init__("chalkgrad", __version__, text_document_sync_kind=types.TextDocumentSyncKind.Full)
        self.hints, self.pause, self.limit = hints, pause, limit
        self.checking, self.mending = Worker(), Worker()
        self.studied: dict[str, Studied] = {}
        self.pending: dict[str, asyncio.Task[None]] = {}

    def schedule(self, uri: str) -> None:
        """Checks a text after a pause; what was to be checked of it before is not needed any more."""
        self.forget(uri)
        self.pending[uri] = asyncio.create_task(self._check(uri))

    def forget(self, uri: str) -> None:
        """Stops what is being done for a text."""
        task = self.pending.pop(uri, None)
        if task is not None:
            task.cancel()

    async def _check(self, uri: str) -> None:
        await asyncio.sleep(self.pause)
        document = self.workspace.get_text_document(uri)
        lines, version = self._lines(document.source), document.version
        request = {"text": document.source, "latex": self.is_latex(uri), "hints": self.hints}
        try:
            found = await self.checking.ask(request, self.limit)
        except TimeoutError:
            found = {"problem": f"it was not checked within {self.limit:g} seconds"}
        self.studied[uri] = Studied(version, lines, found)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri, list(self._diagnostics(uri, lines, found)), version)
        )

    def _lines(self, text: str) -> Lines:
        return Lines(text, self.workspace.position_encoding or "utf-16")

    def is_latex(self, uri: str) -> bool:
        """Whether a text is LaTeX, by its language or the end of its name."""
        document = self.workspace.get_text_document(uri)
        return document.language_id in _LATEX or PurePosixPath(urlsplit(uri).path).suffix == ".tex"

    def _diagnostics(self, uri: str, lines: Lines, found: dict[str, Any]) -> Sequence[types.Diagnostic]:
        diagnostics = [_diagnostic(uri, lines, each) for each in found.get("findings", ())]
        if found.get("problem"):
            nowhere = types.Range(types.Position(0, 0), types.Position(0, 0))
            diagnostics.append(
                types.Diagnostic(nowhere, found["problem"], types.DiagnosticSeverity.Warning, source="chalkgrad")
            )
        return diagnostics

    def hover(self, uri: str, position: types.Position) -> types.Hover | None:
        """What is said of the name under the cursor, and of the claim that it stands in."""
        study = self.studied.get(uri)
        if study is None:
            return None
        line, column = study.lines.place(position.line, position.character)
        names = [each for each in study.found.get("names", ()) if _holds(each, line, column)]
        claims = [each for each in study.found.get("claims", ()) if _holds(each, line, column)]
        name = min(names, key=lambda each: each["place"][3] - each["place"][1], default=None)
        shown = [each for each in (name, *claims[:1]) if each is not None]
        if not shown:
            return None
        text = "\n\n".join(each["markdown"] for each in shown)
        markup = types.MarkupContent(types.MarkupKind.Markdown, text)
        return types.Hover(markup, _range(study.lines, shown[0]["place"]))

    async def actions(self, uri: str, asked: types.Range) -> list[types.CodeAction]:
        """The edits that mend what is wrong within a range; while hints are given, the offer to tell the answer."""
        study = self.studied.get(uri)
        if study is None:
            return []
        wrong = [
            each
            for each in study.found.get("findings", ())
            if each["severity"] == "error" and _touch(_range(study.lines, each["place"]), asked)
        ]
        if self.hints:
            return [
                types.CodeAction(
                    "Show what is right",
                    types.CodeActionKind.QuickFix,
                    [_diagnostic(uri, study.lines, each)],
                    command=types.Command("Show what is right", _ANSWER, arguments=[uri, each["claim"]]),
                )
                for each in wrong
            ]
        return [
            types.CodeAction(
                fix["title"],
                types.CodeActionKind.QuickFix,
                [_diagnostic(uri, study.lines, each)],
                is_preferred=number == 0,
                edit=_edit(uri, study, fix),
            )
            for each in wrong
            for number, fix in enumerate((await self._mended(uri, study, each["claim"])).get("fixes", ()))
        ]

    async def answer(self, uri: str, claim: int) -> str:
        """What a wrong claim should say."""
        study = self.studied.get(uri)
        found = await self._mended(uri, study, claim) if study is not None else {}
        return found.get("answer") or "No short formula for it is known."

    async def _mended(self, uri: str, study: Studied, claim: int) -> dict[str, Any]:
        if claim not in study.fixes:
            request = {"text": study.lines.text, "latex": self.is_latex(uri), "claim": claim}
            try:
                study.fixes[claim] = await self.mending.ask(request, self.limit)
            except TimeoutError:
                study.fixes[claim] = {}
        return study.fixes[claim]


def _diagnostic(uri: str, lines: Lines, finding: dict[str, Any]) -> types.Diagnostic:
    related = [(place, "this part") for place in finding["parts"]]
    if finding["earlier"] is not None:
        related.append(([finding["earlier"], 1, finding["earlier"], 1], "the earlier slip"))
    return types.Diagnostic(
        _range(lines, finding["place"]),
        finding["message"],
        _SEVERITIES[finding["severity"]],
        code=finding["rule"],
        source="chalkgrad",
        related_information=[
            types.DiagnosticRelatedInformation(types.Location(uri, _range(lines, place)), words)
            for place, words in related
        ],
    )


def _range(lines: Lines, place: Sequence[int]) -> types.Range:
    line, column, end_line, end_column = place
    start, end = lines.position(line, column), lines.position(end_line, end_column)
    return types.Range(types.Position(*start), types.Position(*end))


def _holds(each: dict[str, Any], line: int, column: int) -> bool:
    return holds(Place(*each["place"]), line, column)


def _touch(one: types.Range, other: types.Range) -> bool:
    def before(a: types.Position, b: types.Position) -> bool:
        return (a.line, a.character) <= (b.line, b.character)

    return before(one.start, other.end) and before(other.start, one.end)


def _edit(uri: str, study: Studied, fix: dict[str, Any]) -> types.WorkspaceEdit:
    place = fix["place"]
    where = _range(study.lines, [place["line"], place["column"], place["end_line"], place["end_column"]])
    versioned = types.OptionalVersionedTextDocumentIdentifier(uri, study.version)
    return types.WorkspaceEdit(
        document_changes=[types.TextDocumentEdit(versioned, [types.TextEdit(where, fix["new"])])]
    )


def server(hints: bool = False, pause: float = PAUSE, limit: float = LIMIT) -> Chalkgrad:
    """A server that answers what editors ask for.

    >>> server(hints=True).name
    'chalkgrad'
    """
    made = Chalkgrad(hints, pause, limit)

    @made.feature(types.TEXT_DOCUMENT_DID_OPEN)
    async def opened(told: types.DidOpenTextDocumentParams) -> None:
        made.schedule(told.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    async def changed(told: types.DidChangeTextDocumentParams) -> None:
        made.schedule(told.text_document.uri)

    @made.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    async def closed(told: types.DidCloseTextDocumentParams) -> None:
        uri = told.text_document.uri
        made.forget(uri)
        made.studied.pop(uri, None)
        made.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, []))

    @made.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(asked: types.HoverParams) -> types.Hover | None:
        return made.hover(asked.text_document.uri, asked.position)

    @made.feature(
        types.TEXT_DOCUMENT_CODE_ACTION, types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])
    )
    async def mended(asked: types.CodeActionParams) -> list[types.CodeAction]:
        return await made.actions(asked.text_document.uri, asked.range)

    @made.command(_ANSWER)
    async def answered(uri: str, claim: int) -> None:
        text = await made.answer(uri, claim)
        made.window_show_message(types.ShowMessageParams(types.MessageType.Info, text))

    @made.feature(types.SHUTDOWN)
    async def ended(_: None) -> None:
        await made.checking.end()
        await made.mending.end()

    return made
