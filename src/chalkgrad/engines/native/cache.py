"""Compiled code kept on disk, so that a second process compiles nothing; signed, so that nobody else's is run."""

from __future__ import annotations

import hashlib
import hmac
import os
import platform
import secrets
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path

import llvmlite

from chalkgrad.errors import ChalkgradError
from chalkgrad.files import write_atomically

_DIGEST = 32


def cache_folder() -> Path:
    """Where compiled code is kept: $CHALKGRAD_CACHE, or the user's folder for caches."""
    chosen = os.environ.get("CHALKGRAD_CACHE")
    if chosen:
        return Path(chosen)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "chalkgrad" / "code"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "chalkgrad" / "code"


@cache
def _our_code() -> bytes:
    """A digest of the sources that write the code: other sources write other code."""
    here = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted(
        [*here.rglob("*.py"), here.parent / "lowering.py", here.parent / "nests.py", here.parent / "stabilise.py"]
    ):
        digest.update(path.read_bytes())
    return digest.digest()


def key_of(*parts: object) -> str:
    """The name under which code is kept: what it is made from, this machine, and the versions of its makers."""
    from chalkgrad.engines.native.host import host

    digest = hashlib.sha256(_our_code())
    machine = host()
    made_by = llvmlite.__version__, platform.machine(), machine.processor, sorted(machine.features)
    for part in (*made_by, *parts):
        digest.update(repr(part).encode() + b"\0")
    return digest.hexdigest()


def _place(key: str) -> Path:
    return cache_folder() / key[:2] / f"{key}.o"


def _secret() -> bytes:
    """What the user's code is signed with: random, made once, in a file that only the user reads."""
    folder = cache_folder()
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    place = folder / "secret"
    with suppress(FileExistsError):
        handle = os.open(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_DIGEST))
    found = place.read_bytes()
    if len(found) != _DIGEST:
        raise OSError(f"{place} is damaged: remove it")
    return found


def _signature(key: str, code: bytes) -> bytes:
    return hmac.digest(_secret(), key.encode() + b"\0" + code, "sha256")


def kept(key: str) -> bytes | None:
    """The code that is kept under a name; None if there is none, or if it is damaged or not the user's own."""
    try:
        data = _place(key).read_bytes()
    except (OSError, RuntimeError):  # the latter where nobody knows the user's folder
        return None
    signature, code = data[:_DIGEST], data[_DIGEST:]
    with suppress(OSError, RuntimeError):
        return code if hmac.compare_digest(_signature(key, code), signature) else None
    return None


def keep(key: str, code: bytes) -> None:
    """Keeps code under a name. Where the folder cannot be written, nothing is kept: the code runs all the same."""
    with suppress(ChalkgradError, RuntimeError, OSError):
        write_atomically(_place(key), _signature(key, code) + code)
