"""Writing files whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from chalkgrad.errors import ChalkgradError


def write_atomically(path: str | Path, content: bytes | str) -> Path:
    """Writes a file by way of a temporary one beside it, so that a reader never sees half of it.

    Folders on the way are made. Raises `ChalkgradError` where the file cannot be written; what was there stays.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_atomically(folder + "/a/b.txt", "text").read_text()
    'text'
    """
    data = content.encode() if isinstance(content, str) else content
    with atomic_file(path) as file:
        file.write(data)
    return Path(path)


def check_writable(folder: str | Path) -> None:
    """Makes a folder where there is none; raises `ChalkgradError` where files cannot be written to it.

    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     check_writable(file.name)
    Traceback (most recent call last):
    chalkgrad.errors.ChalkgradError: cannot write to the folder ...: File exists
    """
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as problem:
        raise ChalkgradError(f"cannot write to the folder {folder}: {problem.strerror or problem}") from None


@contextmanager
def atomic_file(path: str | Path) -> Iterator[BinaryIO]:
    """A file to be written piece by piece, which appears under its name when all of it has reached the disk.

    Where the block is left by an exception nothing appears. Raises `ChalkgradError` where it cannot be written.
    """
    target = Path(path)
    temporary = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)
        os.replace(temporary, target)
    except OSError as problem:
        raise ChalkgradError(f"cannot write {target}: {problem.strerror or problem}") from None
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


@contextmanager
def held(folder: str | Path, work: str) -> Iterator[None]:
    """Keeps a folder for one run of a `work`; raises `ChalkgradError` where another run has it.

    The system lets go of it when a process ends, however it ends.

    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place, held(place, "grading"), held(place, "grading"):
    ...     pass
    Traceback (most recent call last):
    chalkgrad.errors.ChalkgradError: another grading is at work in ... (process ...); wait for it, or choose another ...
    """
    place = Path(folder) / ".lock"
    check_writable(folder)
    with place.open("a+", encoding="utf-8") as file:
        try:
            _lock(file.fileno())
        except OSError:
            file.seek(0)
            owner = file.read(200).strip() or "unknown"
            raise ChalkgradError(
                f"another {work} is at work in {folder} (process {owner}); wait for it, or choose another folder"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock(handle: int) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined, unused-ignore]
    else:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
