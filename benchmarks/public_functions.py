"""How much gradient code that people elsewhere wrote is judged as it is: the functions of `public_functions.csv`.

`python benchmarks/public_functions.py FOLDER [--fetch] [--split work]`; `--fetch` first brings the repositories' Python
files into the folder from where they are published, `--keep` writes the counts back into the table. Every second
function (from number 61 on every third), `aside`, is only measured: nobody reads these to make the checker better. The
functions were drawn, one from each repository, by name and form alone. Those of a library that is not installed here
are passed over.

`options` are what a user says beside the function's name; `by_hand` tells whether a person who derived the gradients
agrees with every verdict ("yes", "no"), or why nothing can be judged as it is written; `first` which of those put aside
were judged when these were measured for the first time, before anybody had read them.
"""

from __future__ import annotations

import argparse
import importlib.util
import io
import shlex
import tarfile
from collections import Counter
from pathlib import Path, PurePosixPath
from urllib.request import urlopen

from chalkgrad.checking.code import check_code
from chalkgrad.errors import ChalkgradError
from public_tables import keep, rows_of

TABLE = Path(__file__).with_suffix(".csv")
PUBLISHED = "https://codeload.github.com"
VERDICTS = ("right", "right_up_to", "wrong", "undetermined")
SECONDS = 60  # for a function


class Row(dict[str, str]):
    """A function: where it is from, how it is called, and what was said of its gradients."""

    @property
    def options(self) -> dict[str, str]:
        """What is said beside the name: `--against SPEC`, `--forward NAME`."""
        words = shlex.split(self["options"])
        return {name.removeprefix("--"): value for name, value in zip(words[::2], words[1::2], strict=True)}


def rows(split: str | None) -> list[Row]:
    """The functions of the table, or those of a split."""
    return [Row(row) for row in rows_of(TABLE, split)]


def fetch(row: Row, folder: Path, published: str) -> None:
    """Brings the Python files of a repository, and the notebook if it is one, into the folder."""
    place = folder / row["id"]
    if place.exists():
        return
    with urlopen(f"{published}/{row['repo']}/tar.gz/{row['commit']}", timeout=120) as answer:
        data = io.BytesIO(answer.read())
    with tarfile.open(fileobj=data) as archive:
        for member in archive.getmembers():
            inner = PurePosixPath(*PurePosixPath(member.name).parts[1:])
            held = archive.extractfile(member) if member.isfile() else None
            if held is not None and ".." not in inner.parts and (inner.suffix == ".py" or str(inner) == row["path"]):
                target = place / inner
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(held.read())


def verdicts(row: Row, folder: Path) -> tuple[Counter[str], str]:
    """How many gradients of a function got which verdict, and what was said where none could be given."""
    options = row.options
    try:
        found = check_code(folder / row["id"] / row["path"], row["function"], options.get("against"),
                           forward=options.get("forward"), seconds=SECONDS)  # fmt: skip
    except ChalkgradError as problem:
        return Counter(), str(problem)
    return Counter(block.verdict for block in found.blocks), ""


def main() -> None:
    """Measures, and prints a line for each function, and for each split."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", choices=["work", "aside"])
    parser.add_argument("--fetch", action="store_true")
    parser.add_argument("--published", default=PUBLISHED)
    parser.add_argument("--keep", action="store_true")
    chosen = parser.parse_args()
    every = [row for row in rows(chosen.split) if importlib.util.find_spec(row["library"]) is not None]
    found: dict[str, Counter[str]] = {}
    for row in every:
        if chosen.fetch:
            fetch(row, chosen.folder, chosen.published)
        found[row["id"]], said = verdicts(row, chosen.folder)
        told = ", ".join(f"{count} {verdict}" for verdict, count in found[row["id"]].items()) or said
        print(f"{row['id']} {row['split']} {row['repo']} {row['function']}: {told}", flush=True)
    for split in dict.fromkeys(row["split"] for row in every):
        those = [found[row["id"]] for row in every if row["split"] == split]
        judged = sum(bool(each) and not each["undetermined"] for each in those)
        print(f"{split}: {judged} of {len(those)} functions judged as they are")
    if chosen.keep:
        keep(TABLE, VERDICTS, found)


if __name__ == "__main__":
    main()
