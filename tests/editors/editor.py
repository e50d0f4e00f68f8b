"""An editor for the tests: it speaks the protocol to a language server in a process of its own."""

from __future__ import annotations

import json
import queue
import subprocess
import sys
import threading
from types import TracebackType
from typing import Any

PATIENCE = 60.0


class Editor:
    """Starts `chalkgrad lsp`, says hello, and ends it in the end. It counts in UTF-16 unless told otherwise."""

    def __init__(self, *options: str, encodings: tuple[str, ...] = ()) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "chalkgrad", "lsp", *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        self.messages: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.told: list[dict[str, Any]] = []
        self.number = 0
        threading.Thread(target=self._read, daemon=True).start()
        capabilities = {"general": {"positionEncodings": list(encodings)}} if encodings else {}
        started = self.request("initialize", {"processId": None, "rootUri": None, "capabilities": capabilities})
        self.capabilities: dict[str, Any] = started["capabilities"]
        self.notify("initialized", {})

    def __enter__(self) -> Editor:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.request("shutdown", None)
            self.notify("exit", None)
            assert self.process.wait(PATIENCE) == 0
        finally:
            self.process.kill()
            self.process.wait()
            for stream in (self.process.stdin, self.process.stdout):
                assert stream is not None
                stream.close()

    def _read(self) -> None:
        stream = self.process.stdout
        assert stream is not None
        try:
            while header := stream.readline():
                length = 0
                while header.strip():
                    name, _, value = header.decode("ascii").partition(":")
                    length = int(value) if name.lower() == "content-length" else length
                    header = stream.readline()
                self.messages.put(json.loads(stream.read(length)))
        except ValueError:  # the stream was closed
            pass
        self.messages.put(None)

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(f"Content-Length: {len(body)}\r\n\r\n".encode("ascii") + body)
        self.process.stdin.flush()

    def notify(self, method: str, params: Any) -> None:
        self._send({"method": method, "params": params})

    def request(self, method: str, params: Any) -> Any:
        """The result of a request; what the server tells meanwhile is kept."""
        self.number += 1
        self._send({"id": self.number, "method": method, "params": params})
        while True:
            message = self._next()
            if message.get("id") == self.number and "method" not in message:
                assert "error" not in message, message
                return message["result"]
            self.told.append(message)

    def _next(self) -> dict[str, Any]:
        message = self.messages.get(timeout=PATIENCE)
        assert message is not None, "the server has ended"
        return message

    def wait_for(self, method: str) -> dict[str, Any]:
        """What the server tells by itself next."""
        while True:
            for place, message in enumerate(self.told):
                if message.get("method") == method:
                    return self.told.pop(place)["params"]  # type: ignore[no-any-return]
            self.told.append(self._next())

    # --- documents ---

    def open(self, uri: str, text: str, language: str = "markdown") -> dict[str, Any]:
        """Opens a document and waits for what is said of it."""
        document = {"uri": uri, "languageId": language, "version": 1, "text": text}
        self.notify("textDocument/didOpen", {"textDocument": document})
        return self.wait_for("textDocument/publishDiagnostics")

    def change(self, uri: str, text: str, version: int) -> None:
        self.notify(
            "textDocument/didChange",
            {"textDocument": {"uri": uri, "version": version}, "contentChanges": [{"text": text}]},
        )

    def hover(self, uri: str, line: int, character: int) -> str:
        params = {"textDocument": {"uri": uri}, "position": {"line": line, "character": character}}
        found = self.request("textDocument/hover", params)
        return found["contents"]["value"] if found else ""

    def fixes(self, uri: str, span: dict[str, Any]) -> list[dict[str, Any]]:
        context = {"diagnostics": [], "only": ["quickfix"]}
        params = {"textDocument": {"uri": uri}, "range": span, "context": context}
        return self.request("textDocument/codeAction", params) or []


def edited(text: str, edit: dict[str, Any]) -> str:
    """A text after a workspace edit whose positions are counted in UTF-16."""
    (document,) = edit["documentChanges"]
    (change,) = document["edits"]
    return (
        text[: offset(text, change["range"]["start"])]
        + change["newText"]
        + text[offset(text, change["range"]["end"]) :]
    )


def covered(text: str, span: dict[str, Any]) -> str:
    """What a range covers, counted in UTF-16."""
    return text[offset(text, span["start"]) : offset(text, span["end"])]


def offset(text: str, position: dict[str, int]) -> int:
    lines = text.split("\n")
    before = lines[position["line"]].encode("utf-16-le")[: 2 * position["character"]].decode("utf-16-le")
    return sum(len(line) + 1 for line in lines[: position["line"]]) + len(before)
