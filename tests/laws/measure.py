"""How many claims keep their verdicts under each law of reading, and how many changed documents keep all.

`python tests/laws/measure.py` takes the sample that the tests take, `--all` every letter of every document (minutes);
`-v` tells each claim whose verdict changes, and a word after it, say `loss`, measures only the rows that hold it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))


def main() -> None:
    from laws.figures import MEASURES

    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("only", nargs="?", default="", help="measure only the rows whose names hold this")
    parser.add_argument("-v", "--verbose", action="store_true", help="tell each claim whose verdict changes")
    parser.add_argument("--all", action="store_true", help="every letter of every document, not a sample")
    arguments = parser.parse_args()
    print(f"{'law':30} {'claims kept':>14} {'share':>6} {'all of a document':>19}")
    for name, measure in MEASURES.items():
        if arguments.only not in name:
            continue
        changed: list[str] = []
        found = measure(arguments.all, changed)
        of_claims, of_trials = f"{found.claims} of {found.of_claims}", f"{found.trials} of {found.of_trials}"
        print(f"{name:30} {of_claims:>14} {found.share:6.1%} {of_trials:>19}", flush=True)
        if arguments.verbose:
            print(*(f"    {line}" for line in changed), sep="\n")


if __name__ == "__main__":
    main()
