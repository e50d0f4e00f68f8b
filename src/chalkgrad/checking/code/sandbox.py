"""Running a person's code in a process of its own, with limits on time and memory, and asking it for numbers.

What goes in are statements and calls; what comes out are arrays. The right gradients never go in.
"""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any

from chalkgrad.checking.code.offered import offered
from chalkgrad.checking.code.source import Source
from chalkgrad.checking.code.trees import as_tree, from_tree
from chalkgrad.errors import ChalkgradError, EvaluationError

SECONDS, MEGABYTES = 20, 3000
_PATIENCE = 2.0  # seconds of the processor for one statement of the file, or for one call
_WAITING = 6  # times the limit that all may take on the clock, where other programs compute as well
_LARGEST_ANSWER = 50_000_000
POSIX = os.name == "posix"
_RUNNER = Path(__file__).with_name("runner.py")


class CodeRaisedError(EvaluationError):
    """The person's code raised an exception."""


@dataclass(frozen=True)
class LeftOut:
    """A statement that failed when it was run, and so was left out."""

    line: int
    problem: str


@dataclass(frozen=True)
class Program:
    """What is done in one call: steps, and the names of the results that are reported.

    A step calls something (`("call", result, target, arguments, named)`), sets something (`("set", "", target,
    value)`), keeps a value under a name (`("value", name, "", value)`), runs a statement (`("run", "", "", text, own,
    given)`, whose names are the file's `own` or a copy, under `state`), or has the library differentiate something
    (`("vjp", result, target, arguments, cotangents)`), or differentiate that again (`"vjp twice"`, with directions).
    """

    steps: tuple[tuple[Any, ...], ...]
    report: tuple[str, ...] = ("result",)


@dataclass(frozen=True)
class Failure:
    """What a call raised, the line of the file, and which step raised it."""

    type: str
    message: str
    line: int | None
    step: int | None = None

    def error(self, source: Source) -> CodeRaisedError:
        """The failure as an error, with the person's line."""
        where = f", {source.place(self.line)}: {source.line(self.line)}" if self.line else ""
        return CodeRaisedError(f"{source.file} raised {self.type}: {self.message}{where}")


@dataclass(frozen=True)
class Limits:
    """Within which a person's code is run; with `trust` also where the system cannot confine it.

    `seconds` are of the processor's time; on the clock it may take several times that, where others compute as well.
    """

    seconds: int = SECONDS
    megabytes: int = MEGABYTES
    trust: bool = False


@dataclass
class Sandbox:
    """A process that runs a person's statements and calls; to be used as a context.

    >>> source = Source("g.py", "def g(w):\\n    return 2 * w\\n")
    >>> with Sandbox(source) as sandbox:
    ...     _ = sandbox.load(source.needed("g"), "numpy")
    ...     sandbox.call([Program((("call", "result", "g", [3.0], {}),))])[0]["result"].item()
    6.0
    """

    source: Source
    limits: Limits = Limits()
    confined: dict[str, bool] = field(default_factory=dict)
    loaded: frozenset[int] | None = None
    _patience: float = _PATIENCE
    _used: float = 0.0

    def __enter__(self) -> Sandbox:
        if not POSIX:
            raise ChalkgradError("code is only run where the system can limit its memory: on Linux and macOS")
        self._deadline = time.monotonic() + _WAITING * self.limits.seconds + 5
        self._work = tempfile.TemporaryDirectory()
        self._error = Path(self._work.name, "error.txt").open("w+b")
        self._answers, ours = os.pipe()
        kept = {key: os.environ[key] for key in ("PATH", "LANG", "SYSTEMROOT") if key in os.environ}
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        own = {"HOME": self._work.name, "TMPDIR": self._work.name, "PYTHONDONTWRITEBYTECODE": "1", "MPLBACKEND": "agg"}
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-B", str(_RUNNER), str(ours)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=self._error,
            cwd=self._work.name,
            env={**kept, **threads, **own, "JAX_ENABLE_X64": "1", "JAX_PLATFORMS": "cpu"},
            start_new_session=True,
            pass_fds=(ours,),
        )
        os.close(ours)
        limits = {"seconds": self.limits.seconds, "megabytes": self.limits.megabytes, "folder": self._work.name}
        file = (self.source.folder / self.source.file).resolve()
        readable = [str(each.resolve()) for each in self.source.readable]
        try:
            told = self._ask({**limits, "file": str(file), "readable": readable}).get("confined")
        except BaseException:
            self.__exit__(None, None, None)  # nobody else does where entering fails
            raise
        self.confined = told if isinstance(told, dict) else {}
        missing = [each for each in ("files", "network", "processes") if self.confined.get(each) is not True]
        if missing and not self.limits.trust:
            self.__exit__(None, None, None)
            raise ChalkgradError(
                f"this system cannot keep the code of {self.source.file} from {' and '.join(missing)}: that takes "
                "Linux with Landlock and seccomp; run it with --trust if you trust who wrote it"
            )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        os.close(self._answers)
        self._error.close()
        self._work.cleanup()

    def load(self, statements: Sequence[int], library: str, text: str | None = None) -> tuple[LeftOut, ...]:
        """Runs statements of the file, of another `text` if it is given; returns those that failed."""
        request = {
            "load": self.source.text if text is None else text,
            "statements": list(statements),
            "library": library,
            "patience": _PATIENCE,
            "again": self.loaded is not None,
            "package": self.source.package[0],
            "presumed": self.source.presumed(statements),
            "offered": offered(self.source, statements) if library == "numpy" else {},
            "modules": {name: str(root) for name, root in self.source.every_module.items()},
        }
        self._patience = _PATIENCE * (4 if library == "jax" else 1)  # JAX compiles what it first calls
        self.loaded = frozenset(statements)
        answer = self._ask(request)
        if "error" in answer:
            raise _failure(answer["error"]).error(self.source)
        failed = [_failure(each) for each in _listed(answer, "left_out")]
        return tuple(LeftOut(each.line or 0, f"{each.type}: {each.message}") for each in failed)

    def call(self, programs: Sequence[Program]) -> list[dict[str, Any] | Failure]:
        """What each program reports, by name, or how it failed."""
        return self._outcomes({"calls": [_call(each, self._patience) for each in programs]}, len(programs))

    def with_changes(self, statements: Sequence[tuple[str, str]], program: Program) -> list[dict[str, Any] | Failure]:
        """What a program reports for each of some statements, when it stands for the one that defines the same.

        Beside each is what must run once more afterwards, so that all is as it was.
        """
        request = {"changes": list(statements), "call": _call(program, self._patience / 4)}
        return self._outcomes(request, len(statements))

    @property
    def left(self) -> float:
        """How many seconds of the processor's time are left to this process, as far as it told."""
        return self.limits.seconds - self._used

    def _outcomes(self, request: Mapping[str, Any], count: int) -> list[dict[str, Any] | Failure]:
        answer = self._ask(request)
        if "error" in answer:
            raise _failure(answer["error"]).error(self.source)
        found: list[dict[str, Any] | Failure] = []
        for outcome in _listed(answer, "outcomes"):
            if not isinstance(outcome, dict):
                raise EvaluationError("the function did not return gradients: its answer is malformed")
            if "error" in outcome:
                found.append(_failure(outcome["error"]))
            else:
                found.append({str(name): from_tree(tree) for name, tree in outcome.items()})
        if len(found) != count:
            raise EvaluationError("the function did not return gradients: answers are missing")
        return found

    def _ask(self, request: Mapping[str, Any]) -> dict[str, Any]:
        data = json.dumps(request).encode()
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(len(data).to_bytes(8, "big") + data)
            self._process.stdin.flush()
        except BrokenPipeError:
            raise self._gone() from None
        length = int.from_bytes(self._read(8), "big")
        if length > _LARGEST_ANSWER:
            raise EvaluationError(f"{self.source.file} did not return gradients: its answer is too long")
        try:
            answer = json.loads(self._read(length))
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise EvaluationError(f"{self.source.file} did not return gradients: its answer is malformed")
        used = answer.pop("used", 0.0)
        self._used = float(used) if isinstance(used, float | int) else self._used
        return answer

    def _read(self, length: int) -> bytes:
        found = bytearray()
        while len(found) < length:
            left = self._deadline - time.monotonic()
            ready = select.select([self._answers], [], [], left)[0] if left > 0 else []
            if not ready:
                raise EvaluationError(self._too_long)
            piece = os.read(self._answers, min(length - len(found), 1 << 20))
            if not piece:
                raise self._gone()
            found += piece
        return bytes(found)

    @property
    def _too_long(self) -> str:
        return f"{self.source.file} took longer than {self.limits.seconds} seconds of the processor, and was stopped"

    def _gone(self) -> EvaluationError:
        """Why there is no answer: a limit, or the end of what the process wrote to standard error."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(timeout=2)
        if self._process.returncode in (-signal.SIGXCPU, -signal.SIGKILL):
            return EvaluationError(self._too_long)
        self._error.seek(max(0, self._error.seek(0, os.SEEK_END) - 4000))
        said = self._error.read().decode(errors="replace").strip().splitlines()
        reason = said[-1][:300] if said else "it was stopped, at a limit of time or memory"
        return EvaluationError(f"{self.source.file} gave no answer: {reason}")

    def _end(self) -> None:
        """Ends the process and whatever it started, which share a session."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


def _call(program: Program, patience: float) -> dict[str, Any]:
    return {"steps": [_step(step) for step in program.steps], "report": program.report, "patience": patience}


def _step(step: tuple[Any, ...]) -> list[Any]:
    kind, name, target, *values = step
    if kind == "call":
        given, named = values
        return [kind, name, target, [as_tree(each) for each in given], [[k, as_tree(v)] for k, v in named.items()]]
    if kind in ("vjp", "vjp twice"):
        return [kind, name, target, *([as_tree(each) for each in several] for several in values)]
    if kind == "run":
        text, own, given = values
        return [kind, name, target, text, own, [[k, as_tree(v)] for k, v in given.items()]]
    return [kind, name, target, as_tree(values[0])]


def _listed(answer: Mapping[str, Any], key: str) -> list[Any]:
    found = answer.get(key)
    if not isinstance(found, list):
        raise EvaluationError("the function did not return gradients: its answer is malformed")
    return found


def _failure(told: Any) -> Failure:
    match told:
        case {"type": str(kind), "message": str(message), "line": int() | None as line}:
            step = told.get("step")
            return Failure(kind[:80], message[:500], line, step if isinstance(step, int) else None)
        case _:
            raise EvaluationError("the function did not return gradients: its answer is malformed")
