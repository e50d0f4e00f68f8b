"""How much of what people elsewhere wrote gets a verdict: the documents of `public_documents.csv`.

`python benchmarks/public_documents.py FOLDER [--fetch] [--split work]`; `--fetch` first brings the documents into the
folder from where they are published, `--keep` writes the counts back into the table. A third of the documents, `aside`,
is only measured: nobody reads these to make the reader better.
"""

from __future__ import annotations

import argparse
import resource
import signal
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from types import FrameType
from typing import NoReturn
from urllib.parse import quote
from urllib.request import urlopen

from chalkgrad.checking import check_document
from chalkgrad.files import write_atomically
from public_tables import keep, rows_of

TABLE = Path(__file__).with_suffix(".csv")
PUBLISHED = "https://raw.githubusercontent.com"
JUDGED = ("right", "right_up_to", "wrong")
VERDICTS = (*JUDGED, "undetermined", "unread")
SECONDS, MEMORY = 180, 6 << 30  # for a document


class Row(dict[str, str]):
    """A document: from which repository it is, and what was said of its claims."""

    @property
    def name(self) -> str:
        """The file that it has in the folder."""
        return f"{self['id']}.{self['ext']}"


def rows(split: str | None) -> list[Row]:
    """The documents of the table, or those of a split."""
    return [Row(row) for row in rows_of(TABLE, split)]


def fetch(row: Row, folder: Path, published: str) -> None:
    """Brings a document into the folder, if it is not there."""
    if not (folder / row.name).exists():
        with urlopen(f"{published}/{row['repo']}/{row['commit']}/{quote(row['path'])}", timeout=60) as answer:
            write_atomically(folder / row.name, answer.read())


def _too_long(number: int, frame: FrameType | None) -> NoReturn:
    raise TimeoutError


def verdicts(row: Row, folder: Path) -> Counter[str]:
    """How many claims about derivatives got which verdict."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    signal.signal(signal.SIGALRM, _too_long)
    signal.alarm(SECONDS)
    try:
        report = check_document(folder / row.name)
    except Exception as problem:  # whatever it is, the other documents are measured
        return Counter({f"failed: {row.name}: {type(problem).__name__} {problem}": 1})
    finally:
        signal.alarm(0)
    return Counter(claim.verdict for claim in report.claims if claim.kind == "claim")


def main() -> None:
    """Measures, and prints a line for each split."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--split", choices=["work", "aside"])
    parser.add_argument("--fetch", action="store_true")
    parser.add_argument("--published", default=PUBLISHED)
    parser.add_argument("--keep", action="store_true")
    chosen = parser.parse_args()
    every = rows(chosen.split)
    if chosen.fetch:
        chosen.folder.mkdir(parents=True, exist_ok=True)
        for row in every:
            fetch(row, chosen.folder, chosen.published)
    with ProcessPoolExecutor(2) as pool:
        found = dict(
            zip([row["id"] for row in every], pool.map(partial(verdicts, folder=chosen.folder), every), strict=True)
        )
    for split in dict.fromkeys(row["split"] for row in every):
        total = sum((found[row["id"]] for row in every if row["split"] == split), Counter[str]())
        claims, judged = sum(total[each] for each in VERDICTS), sum(total[each] for each in JUDGED)
        told = ", ".join(f"{total[each]} {each}" for each in VERDICTS)
        print(f"{split}: {judged} of {claims} claims judged, {judged / max(claims, 1):.1%} ({told})")
        print(*(each for each in total if each.startswith("failed")), sep="\n")
    if chosen.keep:
        keep(TABLE, VERDICTS, found)


if __name__ == "__main__":
    main()
