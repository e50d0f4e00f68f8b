"""How chalkgrad does on the soundness set.

Usage: python tests/soundness/measure.py [-v] [--mutants N] [--seed S] [--write-floors] [NAME…]

Prints a table of verdicts on the documents' own claims, on mutants of them, and on the kinds of cases; -v lists what is
judged falsely and what is not judged. NAMEs choose documents. --write-floors writes today's figures into floors.json.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from soundness.floors import MUTANTS, PARTS, write_floors
from soundness.judging import documents
from soundness.measuring import Figures, floor_of, of_cases, of_documents, of_mutants, part, table, together


def show(title: str, figures: Figures, verbose: bool) -> None:
    share = len(figures.silent) / max(figures.total, 1)
    print(f"\n{title}: {figures.total}, of which {figures.good} as they are, {figures.tolerated} up to a convention,")
    print(f"{len(figures.false)} judged falsely, {len(figures.silent)} not judged ({share:.1%})")
    print(table(figures))
    if verbose:
        for heading, told in (("FALSE", figures.false), ("NOT JUDGED", figures.silent)):
            print(*(f"{heading} {each}" for each in told), sep="\n")


def told_of(figures: Figures) -> list[tuple[str, str]]:
    return [*(("FALSE ", each) for each in figures.false), *(("", each) for each in figures.silent)]


def show_cases(kinds: dict[str, Figures], verbose: bool) -> None:
    print()
    for kind, figures in [*kinds.items(), ("all cases", together(kinds.values()))]:
        line = f"{kind:<24} {figures.total:>4} lines {figures.good:>4} as labelled"
        print(f"{line} {len(figures.silent):>4} not judged {len(figures.false):>4} falsely")
        if verbose and kind in kinds:
            print(
                *(f"    FALSE {each}" for each in figures.false), *(f"    {each}" for each in figures.silent), sep="\n"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("-v", "--verbose", action="store_true")
    parser.add_argument("--mutants", type=int, default=MUTANTS)
    parser.add_argument("--seed", default="")
    parser.add_argument("--write-floors", action="store_true")
    options = parser.parse_args()
    chosen = [each for each in documents() if not options.names or each.path.stem in options.names]
    own = of_documents(chosen)
    show(f"Claims of {len(chosen)} documents", own, options.verbose)
    parts = [of_mutants(part(chosen, i), options.mutants // PARTS, options.seed) for i in range(PARTS)]
    if options.mutants:
        show("Mutants", together(parts), options.verbose)
    if not options.names:
        kinds = of_cases()
        show_cases(kinds, options.verbose)
        if options.write_floors and options.mutants == MUTANTS and not options.seed:
            floors = {"documents": floor_of(own), "cases": floor_of(together(kinds.values()))}
            write_floors({**floors, **{f"mutants {i}": floor_of(each) for i, each in enumerate(parts)}})


if __name__ == "__main__":
    main()
