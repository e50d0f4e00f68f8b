"""The inner side of the sandbox: a script that loads a person's file and calls one function of it.

It is run as a process of its own, isolated, and imports nothing of chalkgrad; numbers come and go as JSON. What the
person's code prints goes nowhere, and it may start no other process.
"""

from __future__ import annotations

import dataclasses
import inspect
import json
import re
import resource
import runpy
import sys
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

STARTING = frozenset(
    {"os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.spawn", "os.system", "subprocess.Popen"}
)
ADDRESS_SPACE = 16_000  # megabytes: PyTorch's libraries alone map several thousand
DICTIONARIES = ("params", "parameters", "weights", "theta", "model", "cache", "values")

NAMED = re.compile(r"(?:d[LJ]?_?d?|grad_?|nabla_?)[WwBb]\d+|[WwBb]\d+_grad(?:ient)?|grad_[WwBb]\d+")


class RefusedError(Exception):
    """What is told instead of an answer."""


def main() -> None:
    """Reads a request from standard input and writes the answer to the file that it names."""
    request = json.load(sys.stdin)
    size = request["megabytes"] * 1_000_000
    resource.setrlimit(resource.RLIMIT_DATA, (size, size))
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE * 1_000_000,) * 2)
    resource.setrlimit(resource.RLIMIT_CPU, (request["seconds"], request["seconds"] + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000_000, 50_000_000))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.addaudithook(_start_nothing)
    try:
        answer: dict[str, Any] = {"results": _results(request)}
    except RefusedError as refused:
        answer = refused.args[0]
    except BaseException as problem:  # whatever the person's code raises, SystemExit too, is told with its line
        answer = {"error": "exception", **_told(problem, request["file"])}
    Path(request["answer"]).write_text(json.dumps(answer), encoding="utf-8")


def _start_nothing(event: str, arguments: Any) -> None:
    if event in STARTING:
        raise PermissionError(f"{event} is not allowed here: the code that is checked starts no other process")


def _results(request: Mapping[str, Any]) -> list[Any]:
    sys.path.insert(0, str(Path(request["file"]).parent))
    found = runpy.run_path(request["file"], run_name="chalkgrad_checked")
    function = found.get(request["function"])
    if not callable(function):
        known = [name for name, value in found.items() if _is_own(value) and not name.startswith("_")]
        raise RefusedError({"error": "missing", "known": known})
    convert = _torch_tensor if _computes_with_torch(function) else _numpy_array
    return [_plain(*_called(function, call, convert)) for call in request["calls"]]


def _is_own(value: Any) -> bool:
    return inspect.isfunction(value) or (inspect.isclass(value) and value.__module__ == "chalkgrad_checked")


def _torch_tensor(value: Any) -> Any:
    import torch

    return torch.tensor(value, dtype=torch.float64)


def _numpy_array(value: Any) -> Any:
    import numpy

    return numpy.array(value, dtype=numpy.float64)


def _computes_with_torch(function: Any) -> bool:
    """Whether a function or class, or what it calls of its file, uses PyTorch, or at least loads it and no NumPy."""
    roots: set[str] = set()
    pending, seen = [function], set()
    while pending:
        value = pending.pop()
        if id(value) in seen:
            continue
        seen.add(id(value))
        if inspect.isclass(value):
            pending += [method for method in vars(value).values() if inspect.isfunction(method)]
            roots |= {base.__module__.split(".")[0] for base in value.__mro__}
        elif inspect.isfunction(value):
            used = [value.__globals__[name] for name in _names(value.__code__) if name in value.__globals__]
            pending += [other for other in used if _is_own(other)]
            for other in used:
                home = other.__name__ if inspect.ismodule(other) else getattr(other, "__module__", None) or ""
                roots.add(str(home).split(".")[0])
    return "torch" in roots or ("numpy" not in roots and "torch" in sys.modules)


def _names(code: Any) -> set[str]:
    inner = (constant for constant in code.co_consts if inspect.iscode(constant))
    return set(code.co_names).union(*map(_names, inner))


def _called(function: Any, call: Mapping[str, Any], convert: Callable[[Any], Any]) -> tuple[Any, Any]:
    """What the function returns, and what may hold the gradients if that is nothing.

    A class is made from the values that its constructor asks for; then its forward and its backward are called.
    """
    if not inspect.isclass(function):
        return function(**_arguments(function, call, convert)), None
    made = function(**_arguments(function, call, convert))
    if not hasattr(made, "backward"):
        raise RefusedError({"error": "no backward", "known": [n for n in dir(made) if not n.startswith("_")]})
    if hasattr(made, "forward"):
        made.forward(**_arguments(made.forward, call, convert))
    return made.backward(**_arguments(made.backward, call, convert)), made


def _arguments(function: Callable[..., Any], call: Mapping[str, Any], convert: Callable[[Any], Any]) -> dict[str, Any]:
    """The values that the function's signature asks for by name."""
    values = {name: value if isinstance(value, int) else convert(value) for name, value in call["values"].items()}
    chosen: dict[str, Any] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD):
            continue
        near = [known for known in values if known.casefold() == name.casefold()]
        if name in values:
            chosen[name] = values[name]
        elif len(near) == 1:
            chosen[name] = values[near[0]]
        elif name.casefold() in DICTIONARIES:
            chosen[name] = dict(values) if name in ("cache", "values") else {k: values[k] for k in call["parameters"]}
        elif parameter.default is parameter.empty:
            raise RefusedError({"error": "argument", "name": name, "known": [*values, "params", "cache"]})
    return chosen


def _plain(value: Any, owner: Any) -> Any:
    """The returned gradients as nested lists: what has names keeps them, anything else is a list in order."""
    if value is None and owner is not None:
        value = {name: held for name, held in vars(owner).items() if NAMED.fullmatch(name) and held is not None}
        value = value or getattr(owner, "grads", None) or getattr(owner, "gradients", None)
    if hasattr(value, "_asdict"):
        value = value._asdict()
    elif dataclasses.is_dataclass(value) and not isinstance(value, type):
        value = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(name): _numbers(one, str(name)) for name, one in value.items()}
    if isinstance(value, tuple | list):
        return [_numbers(one, f"number {place}") for place, one in enumerate(value, start=1)]
    if value is None:
        raise RefusedError({"error": "nothing"})
    return [_numbers(value, "number 1")]


def _numbers(one: Any, name: str) -> Any:
    import numpy

    detached = one.detach().cpu().numpy() if hasattr(one, "detach") else one
    try:
        return numpy.asarray(detached, dtype=numpy.float64).tolist()
    except (TypeError, ValueError):
        raise RefusedError({"error": "no numbers", "name": name, "type": type(one).__name__}) from None


def _told(problem: BaseException, file: str) -> dict[str, Any]:
    own = [frame for frame in traceback.extract_tb(problem.__traceback__) if frame.filename == file]
    line = own[-1].lineno if own else getattr(problem, "lineno", None)
    text = own[-1].line if own else getattr(problem, "text", "") or ""
    return {"type": type(problem).__name__, "message": str(problem)[:500], "line": line, "text": (text or "").strip()}


if __name__ == "__main__":
    main()
