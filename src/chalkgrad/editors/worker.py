"""A process that checks texts for the language server: it can be ended when nobody waits for its answer any more.

It reads one JSON object a line, and answers with one: `python -m chalkgrad.editors.worker`.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any

from chalkgrad.errors import ChalkgradError

_LONGEST_LINE = 1 << 26
_PATIENCE = 1.0  # in seconds, for an answer that nobody wants; starting anew takes about as long


class Worker:
    """The process, started when it is first asked, and anew after it was ended."""

    def __init__(self) -> None:
        self._process: asyncio.subprocess.Process | None = None
        self._lock = asyncio.Lock()
        self._asked = self._answered = 0

    async def ask(self, request: dict[str, Any], limit: float) -> dict[str, Any]:
        """The answer to a request; raises `TimeoutError` after `limit` seconds, and ends the process then."""
        async with self._lock:
            process = await self._ready()
            assert process.stdin is not None
            self._asked += 1
            line = json.dumps({**request, "number": self._asked}, ensure_ascii=False)
            try:
                process.stdin.write(line.encode() + b"\n")
                await process.stdin.drain()
                return await asyncio.wait_for(self._answer(process, self._asked), limit)
            except (TimeoutError, ConnectionError):
                await self.end()
                raise TimeoutError from None

    async def _ready(self) -> asyncio.subprocess.Process:
        """The process with nothing left to answer."""
        process = self._process
        if process is not None and process.returncode is None and self._answered < self._asked:
            try:
                await asyncio.wait_for(self._answer(process, self._asked), _PATIENCE)
            except (TimeoutError, ConnectionError):
                await self.end()
        if self._process is None or self._process.returncode is not None:
            self._asked = self._answered = 0
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                "chalkgrad.editors.worker",
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                limit=_LONGEST_LINE,
            )
        return self._process

    async def _answer(self, process: asyncio.subprocess.Process, number: int) -> dict[str, Any]:
        """The answer of that number; those before it nobody waits for."""
        assert process.stdout is not None
        while True:
            line = await process.stdout.readline()
            if not line:
                raise ConnectionResetError
            answer: dict[str, Any] = json.loads(line)
            self._answered = answer.pop("number")
            if self._answered == number:
                return answer

    async def end(self) -> None:
        """Ends the process, and waits until it has gone."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """What a request asks for: `studied`, or with a `claim` the edits that mend it.

    >>> answer({"text": "$x$", "latex": False, "hints": False})["findings"]
    []
    """
    from chalkgrad.editors.studying import fixes_in, studied

    try:
        if "claim" in request:
            return fixes_in(request["text"], request["latex"], request["claim"])
        return studied(request["text"], request["latex"], request["hints"])
    except ChalkgradError as problem:
        return {"problem": str(problem)}
    except Exception as problem:  # one text that breaks the checker must not end the editor's help
        return {"problem": f"this is a mistake of chalkgrad's own ({type(problem).__name__}: {problem})"}


def main() -> None:
    """Answers line by line until there is no more to read; what is printed meanwhile goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    for line in sys.stdin.buffer:
        request = json.loads(line)
        answers.write(json.dumps({**answer(request), "number": request["number"]}, ensure_ascii=False) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
