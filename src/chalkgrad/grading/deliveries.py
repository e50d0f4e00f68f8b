"""Submissions as course systems hand them out: a folder or a zip file of Moodle, Canvas or Gradescope, unpacked safely.

Nothing of an archive reaches outside of the folder that it is unpacked into; links, archives within archives, names
that lead elsewhere and files that grow without measure are refused by name.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import stat
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from chalkgrad.errors import ChalkgradError
from chalkgrad.grading.submissions import files_of

_MOST_FILES = 20_000
_LARGEST_FILE = 50_000_000
_LARGEST_WHOLE = 2_000_000_000
_MOST_GROWTH = 200  # of a file by unpacking it; text does not grow by more
# What each system calls the folder or file of a submission that is downloaded with all others.
_MOODLE = re.compile(r"(?P<full>.+)_(?P<id>\d+)_assignsubmission_.*")
_CANVAS = re.compile(r"(?P<full>[^_]+?)(?P<late>_LATE)?_(?P<id>\d+)_(?P<number>\d+)_(?P<rest>.+)")
_GRADESCOPE = re.compile(r"submission_(?P<id>\d+)")


@dataclass(frozen=True)
class Student:
    """Who handed something in, as the system's name of it tells: the name, the number, and whether it was late."""

    name: str
    number: str = ""
    system: str = ""
    late: bool = False


def student_of(submission: str) -> Student:
    """Whose submission a file or folder is.

    >>> student_of("Ada Lovelace_4711_assignsubmission_file_").number, student_of("lovelaceada_LATE_81_902_hw.md")
    ('4711', Student(name='lovelaceada', number='81', system='canvas', late=True))
    """
    moodle, canvas = _MOODLE.fullmatch(submission), _CANVAS.fullmatch(submission)
    if moodle is not None:
        return Student(moodle["full"], moodle["id"], "moodle")
    if canvas is not None:
        return Student(canvas["full"], canvas["id"], "canvas", bool(canvas["late"]))
    gradescope = _GRADESCOPE.fullmatch(submission)
    if gradescope is not None:
        return Student(submission, gradescope["id"], "gradescope")
    return Student(Path(submission).stem or submission)


def unpacked(archive: Path, folder: Path) -> Path:
    """Unpacks a zip file into a new folder and gives it back: where the archive has one folder alone, that one.

    Raises `ChalkgradError` for an archive that is broken, too large, or has a name that leads outside; what it had
    unpacked until then is removed.
    """
    if folder.exists():
        shutil.rmtree(folder)
    try:
        with zipfile.ZipFile(archive) as file:
            members = list(_checked(file, archive.name))
            folder.mkdir(parents=True)
            for member, place in members:
                _write(file, member, folder / place, archive.name)
    except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError, EOFError) as problem:
        shutil.rmtree(folder, ignore_errors=True)
        raise ChalkgradError(f"cannot unpack {archive.name}: {problem}") from None
    except ChalkgradError:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    inside = [path for path in folder.iterdir() if path.name != "__MACOSX"]
    is_wrapped = len(inside) == 1 and inside[0].is_dir() and not student_of(inside[0].name).system
    return inside[0] if is_wrapped else folder


def _checked(file: zipfile.ZipFile, name: str) -> Iterator[tuple[zipfile.ZipInfo, PurePosixPath]]:
    members = [member for member in file.infolist() if not member.is_dir()]
    if len(members) > _MOST_FILES:
        raise ChalkgradError(f"{name} has {len(members)} files; expected at most {_MOST_FILES}")
    if sum(member.file_size for member in members) > _LARGEST_WHOLE:
        raise ChalkgradError(f"{name} has more than {_LARGEST_WHOLE // 1_000_000} MB when it is unpacked")
    for member in members:
        place = PurePosixPath(member.filename.replace("\\", "/"))
        if place.is_absolute() or ".." in place.parts or ":" in place.parts[0]:
            raise ChalkgradError(f"{name} has a file that leads outside of its folder: {member.filename!r}")
        if stat.S_ISLNK(member.external_attr >> 16):
            raise ChalkgradError(f"{name} has a link: {member.filename!r}")
        if member.file_size > _LARGEST_FILE:
            raise ChalkgradError(f"{name} has a file of {member.file_size // 1_000_000} MB: {member.filename!r}")
        if member.file_size > 1_000_000 and member.file_size > _MOST_GROWTH * max(member.compress_size, 1):
            raise ChalkgradError(f"{name} has a file that grows {_MOST_GROWTH} times and more: {member.filename!r}")
        if place.parts[0] != "__MACOSX" and not place.name.startswith("."):
            yield member, place


def _write(file: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path, name: str) -> None:
    """Writes a member, at most as long as it says that it is."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with file.open(member) as source, path.open("wb") as target:
        left = member.file_size
        while chunk := source.read(1 << 16):
            left -= len(chunk)
            if left < 0:
                raise ChalkgradError(f"{name} has a file that is longer than it says: {member.filename!r}")
            target.write(chunk)


@dataclass(frozen=True)
class Delivery:
    """A submission: its name, its files, and why there are none where they cannot be taken."""

    name: str
    files: tuple[Path, ...]
    problem: str = ""


def delivered(place: Path, results: Path) -> Iterator[Delivery]:
    """The submissions of a folder or an archive, by name: files, folders and zip files.

    Of Canvas, which hands out single files, all of a student together. What archives hold is unpacked into a folder of
    the `results`.
    """
    inside = results / "unpacked"
    folder = unpacked(place, inside / f"all-{place.stem}") if place.is_file() else place
    groups: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name in _NOT_HANDED_IN or path.resolve() == results.resolve():
            continue
        student = student_of(path.name)
        name = _together(student) if student.system == "canvas" else path.name
        groups.setdefault(name, []).append(path)
    for name, paths in groups.items():
        title = paths[0].name if len(paths) == 1 else name
        try:
            yield Delivery(title, tuple(each for path in paths for each in _files(path, inside, title)))
        except ChalkgradError as problem:
            yield Delivery(title, (), str(problem))


def _together(student: Student) -> str:
    """The name of several files of a student of Canvas, of the form of that of a single one."""
    return f"{student.name}_{student.number}_0_together"


_NOT_HANDED_IN = ("__MACOSX", "submission_metadata.yml")


def _files(path: Path, inside: Path, title: str) -> Iterator[Path]:
    for number, file in enumerate(files_of(path)):
        if file.suffix.lower() != ".zip":
            yield file
            continue
        stem = hashlib.sha256(f"{title} {number}".encode("utf-8", "surrogateescape")).hexdigest()[:16]
        yield from (each for each in files_of(unpacked(file, inside / stem)))
