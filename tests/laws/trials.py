"""Changes of documents that must change no verdict, and how many verdicts they do change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path

from laws.equations import definitions, derivative, displayed_definitions, is_needed
from laws.letters import letters
from laws.passages import maths_of
from laws.renaming import EVERYTHING, Renaming, renamed, renamings, roles
from laws.verdicts import RIGHT, Found, by_latex, by_line, documents, text_of, verdicts

SAMPLE = 12
UNUSED = ("xi", "zeta", "nu", "rho", "kappa", "chi")
PRICES = "A pad costs $2, ten of them cost $15, and for $90 there is a box; postage is $3."


@dataclass(frozen=True)
class Trial:
    """A document, changed; `watched` are the claims that must keep their verdicts, all where there is none."""

    kind: str
    document: str
    change: str
    text: str
    moved: bool = True
    watched: frozenset[str] | None = None

    @property
    def path(self) -> Path:
        return RIGHT / self.document

    def outcome(self) -> list[tuple[Hashable, str, str]]:
        """Each claim of the document, its verdict before, and after the change."""
        suffix = self.path.suffix
        keyed = by_latex if self.moved else by_line
        before = keyed(verdicts(text_of(self.path), suffix))
        after = keyed(verdicts(self.text, suffix))
        return [
            (key, verdict, after.get(key, "nothing"))
            for key, verdict in before.items()
            if verdict != "definition" and (self.watched is None or _latex(key) in self.watched)
        ]


@dataclass(frozen=True)
class Tally:
    """How many claims kept their verdicts of how many, and how many trials kept all of them."""

    claims: int = 0
    of_claims: int = 0
    trials: int = 0
    of_trials: int = 0

    @property
    def share(self) -> float:
        return self.claims / self.of_claims if self.of_claims else 1.0


def tally(trials: Iterable[Trial], changed: list[str] | None = None) -> Tally:
    """The figures of some trials; each claim whose verdict changed is told in `changed`."""
    claims = of_claims = whole = count = 0
    for trial in trials:
        outcome = trial.outcome()
        kept = sum(before == after for _, before, after in outcome)
        claims, of_claims, whole, count = (
            claims + kept,
            of_claims + len(outcome),
            whole + (kept == len(outcome)),
            count + 1,
        )
        for key, before, after in outcome:
            if before != after and changed is not None:
                changed.append(f"{trial.document}: {trial.change}: {_told(key)}: {before}, then {after}")
    return Tally(claims, of_claims, whole, count)


@cache
def renaming_trials(everything: bool) -> tuple[Trial, ...]:
    """Law 1. Of each role the first renaming in some twelve documents that have it, or all in all of them."""
    table = roles()
    documents_with = Counter(role for row in table.values() for role in (*row, EVERYTHING))
    seen: Counter[str] = Counter()
    trials = []
    for document, row in table.items():
        path = RIGHT / document
        text = text_of(path)
        by_role: dict[str, list[Renaming]] = {}
        for renaming in renamings(text, path.suffix, row):
            by_role.setdefault(renaming.role, []).append(renaming)
        for role, tried in by_role.items():
            if not everything:
                tried = tried[:1] if seen[role] % max(1, documents_with[role] // SAMPLE) == 0 else []
                seen[role] += 1
            for renaming in tried:
                changed = renamed(text, path.suffix, renaming.names)
                trials.append(Trial(role, document, str(renaming), changed, moved=False))
    return tuple(trials)


@cache
def exchange_trials(everything: bool) -> tuple[Trial, ...]:
    """Law 2. Two definitions in neighbouring displays, of which neither uses the other, change places."""
    trials = []
    for document, text, found in _documents(1 if everything else 3):
        displays = list(displayed_definitions(text, found))
        lines = text.split("\n")
        for one, two in pairwise(displays):
            between = lines[one.line + 1 : two.line]
            if one.is_independent_of(two) and not "".join(between).strip():
                changed = [*lines[: one.line], lines[two.line], *between, lines[one.line], *lines[two.line + 1 :]]
                trials.append(
                    Trial("exchanged", document, f"lines {one.line + 1} and {two.line + 1}", "\n".join(changed))
                )
    return tuple(trials)


@cache
def deletion_trials(everything: bool) -> tuple[Trial, ...]:
    """Law 4. A display of definitions that some claims do not need is taken out."""
    trials = []
    for document, text, found in _documents(1 if everything else 8):
        known = definitions(found)
        claims = {each.latex: derivative(each.latex) for each in found if each.verdict != "definition"}
        lines = text.split("\n")
        for display in displayed_definitions(text, found):
            watched = frozenset(
                latex
                for latex, claim in claims.items()
                if claim is not None and not any(is_needed(each, claim, known) for each in display.definitions)
            )
            if watched:
                changed = "\n".join([*lines[: display.line], *lines[display.line + 1 :]])
                told = f"without {lines[display.line].strip()}"
                trials.append(Trial("deleted", document, told, changed, watched=watched))
    return tuple(trials)


@cache
def nonsense_trials(everything: bool) -> tuple[Trial, ...]:
    """Law 4. What has nothing to do with the document stands in its middle or at its end."""
    trials = []
    for number, (document, text, _) in enumerate(_documents(1 if everything else 8)):
        used = {letter.name.casefold() for latex in maths_of(text, ".md") for letter in letters(latex)}
        one, two, three = [f"\\{name}" for name in UNUSED if f"\\{name}" not in used][:3]
        kinds = {
            "unreadable": "$$\\foo{x} = ] [$$",
            "unrelated": f"$${one} = 3{two} + {three}^2$$",
            "prices": PRICES,
            "unread definition": f"$${one} = \\oint_{{{two}}} \\star ] ({three}$$",
        }
        for kind, nonsense in kinds.items():
            places = _gaps(text)
            for place in places if everything else [places[number % len(places)]]:
                changed = f"{text[:place]}\n{nonsense}\n{text[place:]}"
                told = f"{kind} at character {place} of {len(text)}"
                trials.append(Trial(kind, document, told, changed))
    return tuple(trials)


def _documents(step: int) -> Iterator[tuple[str, str, tuple[Found, ...]]]:
    """Every `step`th document in Markdown, its text and what was found."""
    for path in [path for path in documents() if path.suffix == ".md"][::step]:
        text = text_of(path)
        yield path.relative_to(RIGHT).as_posix(), text, verdicts(text, ".md")


def _gaps(text: str) -> list[int]:
    """The blank line nearest to the middle that lies outside of all displays, and the end."""
    gaps, place = [], 0
    for line in text.split("\n")[:-1]:
        before = text[:place]
        closed = before.count("$$") % 2 == 0 and before.count("```") % 2 == 0 and before.count("---\n") != 1
        if not line.strip() and closed and before.count("\\begin{") == before.count("\\end{"):
            gaps.append(place)
        place += len(line) + 1
    middle = sorted(gaps, key=lambda gap: abs(gap - len(text) // 2))[:1]
    return [*middle, len(text)]


def _latex(key: Hashable) -> str:
    assert isinstance(key, tuple)
    return str(key[0])


def _told(key: Hashable) -> str:
    assert isinstance(key, tuple)
    return f"line {key[0]}" if isinstance(key[0], int) else str(key[0])
