"""Processes for the work, each of which can be ended: a job that takes too long costs its process, and nobody else."""

from __future__ import annotations

import asyncio
import json
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from chalkgrad.web.worker import DONE, REFUSED

_LONGEST_LINE = 1 << 16


@dataclass(frozen=True)
class Outcome:
    """What came of a job: `kind` is done, refused (the text cannot be read), broken, late, or busy."""

    kind: str
    content: bytes

    @property
    def is_done(self) -> bool:
        """Whether the content is what was asked for."""
        return self.kind == DONE


LATE = Outcome("late", b"this took too long and was stopped; a shorter text may help")
BUSY = Outcome("busy", b"too many others are waiting; try again in a moment")
BROKEN = Outcome("broken", b"the process that worked on this ended")


@dataclass
class Pool:
    """`count` processes that take jobs in turn; each job has `seconds`, and at most `waiting` jobs stand in the queue.

    What was asked and answered lately is kept, so that going back and forth costs nothing.
    """

    count: int
    seconds: float
    waiting: int = 100
    kept: int = 256
    _idle: asyncio.LifoQueue[_Worker] = field(init=False)
    _in_queue: int = 0
    _begun: set[asyncio.Task[Any] | None] = field(default_factory=set)
    _answers: dict[bytes, Outcome] = field(default_factory=dict)
    _workers: list[_Worker] = field(default_factory=list)

    async def start(self) -> None:
        """Readies the processes; each starts when it is first needed."""
        self._idle = asyncio.LifoQueue()
        for _ in range(self.count):
            worker = _Worker()
            self._workers.append(worker)
            self._idle.put_nowait(worker)

    async def warm(self, job: str, arguments: Mapping[str, Any]) -> None:
        """Has every process do a job, so that the first people who ask do not wait for imports."""
        await asyncio.gather(*(self.run(job, {**arguments}, fresh=True) for _ in range(self.count)))

    async def stop(self) -> None:
        """Ends all processes."""
        for worker in self._workers:
            await worker.end()

    def begun(self, task: asyncio.Task[Any]) -> bool:
        """Whether a process works on what the task asked for."""
        return task in self._begun

    async def run(self, job: str, arguments: Mapping[str, Any], *, fresh: bool = False) -> Outcome:
        """The outcome of a job; `fresh`, also where the answer is known."""
        asked = json.dumps({"job": job, "arguments": arguments}, sort_keys=True).encode() + b"\n"
        if asked in self._answers and not fresh:
            self._answers[asked] = answer = self._answers.pop(asked)
            return answer
        if self._in_queue >= self.waiting:
            return BUSY
        self._in_queue += 1
        try:
            worker = await self._idle.get()
        finally:
            self._in_queue -= 1
        task = asyncio.current_task()
        self._begun.add(task)
        try:
            outcome = await worker.ask(asked, self.seconds)
        finally:
            self._begun.discard(task)
            self._idle.put_nowait(worker)
        if outcome.kind in (DONE, REFUSED):
            self._answers[asked] = outcome
            if len(self._answers) > self.kept:
                del self._answers[next(iter(self._answers))]
        return outcome


class _Worker:
    """One process, started when it is first asked, and anew after it was ended."""

    def __init__(self) -> None:
        self.process: Process | None = None

    async def ask(self, line: bytes, seconds: float) -> Outcome:
        """The outcome of one job; a job that is late, or nobody waits for any more, ends the process."""
        try:
            return await asyncio.wait_for(self._ask(line), seconds)
        except TimeoutError:
            await self.end()
            return LATE
        except (OSError, EOFError, ValueError):
            await self.end()
            return BROKEN
        except asyncio.CancelledError:
            await self.end()
            raise

    async def _ask(self, line: bytes) -> Outcome:
        if self.process is None or self.process.returncode is not None:
            command = [sys.executable, "-m", "chalkgrad.web.worker"]
            self.process = await asyncio.create_subprocess_exec(
                *command, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, limit=_LONGEST_LINE
            )
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        process.stdin.write(line)
        await process.stdin.drain()
        kind, length = (await process.stdout.readline()).decode().split()
        return Outcome(kind, await process.stdout.readexactly(int(length)))

    async def end(self) -> None:
        if self.process is not None and self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()
            await self.process.wait()
        self.process = None
