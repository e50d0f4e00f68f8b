"""Laws 3 and 6: the same in vectors and in indices, and the same twice."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from laws.trials import Tally
from laws.verdicts import documents, verdicts

PAIRS_TABLE = Path(__file__).parent / "pairs.toml"
SOURCES = Path(__file__).parent.parent.parent / "src"
_REPORTS = "import sys, json, chalkgrad; print(json.dumps([chalkgrad.check(path).to_json() for path in sys.argv[1:]]))"


@dataclass(frozen=True)
class Pair:
    """One network and the claims about it in vectors and in indices, and the verdicts that both deserve."""

    name: str
    vectors: str
    indices: str
    verdicts: tuple[str, ...]

    def judged(self) -> list[tuple[str, str, str]]:
        """For each claim the verdict in vectors, in indices, and the one it deserves."""
        return list(zip(_claims(self.vectors), _claims(self.indices), self.verdicts, strict=True))


def pairs() -> list[Pair]:
    with PAIRS_TABLE.open("rb") as file:
        table = tomllib.load(file)
    return [Pair(name, row["vectors"], row["indices"], tuple(row["verdicts"])) for name, row in table.items()]


def tally_of_pairs(changed: list[str] | None = None) -> Tally:
    """How many claims are judged alike in both forms, and in how many pairs all of them."""
    judged = [(pair, each) for pair in pairs() for each in pair.judged()]
    alike = sum(one == two for _, (one, two, _) in judged)
    apart = {pair.name for pair, (one, two, _) in judged if one != two}
    if changed is not None:
        changed += [f"{pair.name}: {one} in vectors, {two} in indices" for pair, (one, two, _) in judged if one != two]
    return Tally(alike, len(judged), len(pairs()) - len(apart), len(pairs()))


def tally_of_labels(changed: list[str] | None = None) -> Tally:
    """How many claims of the pairs are judged as they should be, in each form."""
    judged = [(pair, verdict, label) for pair in pairs() for *both, label in pair.judged() for verdict in both]
    false = [f"{pair.name}: {verdict} instead of {label}" for pair, verdict, label in judged if verdict != label]
    if changed is not None:
        changed += false
    return Tally(len(judged) - len(false), len(judged))


def tally_of_repetitions(everything: bool, changed: list[str] | None = None) -> Tally:
    """How many documents have the same report in two processes that order their sets differently."""
    paths = documents()[:: 1 if everything else 15]
    one, two = _reports(paths, "1"), _reports(paths, "2")
    differing = [path for path, before, after in zip(paths, one, two, strict=True) if before != after]
    if changed is not None:
        changed += [f"{path.name}: the reports differ" for path in differing]
    return Tally(len(paths) - len(differing), len(paths), len(paths) - len(differing), len(paths))


def _claims(text: str) -> list[str]:
    """The verdict on each line that claims something: all but the definitions, which come before."""
    return [each.verdict for each in verdicts(text, ".md") if "\\partial" in each.latex]


def _reports(paths: tuple[Path, ...], seed: str) -> list[Any]:
    environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(SOURCES)}
    command = [sys.executable, "-c", _REPORTS, *map(str, paths)]
    done = subprocess.run(command, env=environment, capture_output=True, check=True, text=True)
    reports: list[Any] = json.loads(done.stdout)
    return reports
