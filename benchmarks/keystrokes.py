"""How long a check takes while somebody writes: a sheet of 20 equations, one of which changes from check to check.

`python benchmarks/keystrokes.py`; with `--write docs/benchmarks.md` the table goes there. Seconds of a processor, so
that other work on the machine counts little. The first check is that of a process that has read nothing before.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from pathlib import Path
from time import process_time

from chalkgrad.checking import check_text

BEGIN, END = "<!-- keystrokes: begin -->", "<!-- keystrokes: end -->"
NETWORK = [
    *(rf"h_{k} = \mathrm{{ReLU}}(x_1 w_{{1{k}}} + x_2 w_{{2{k}}} + b_{k})" for k in (1, 2, 3)),
    r"z = h_1 v_1 + h_2 v_2 + h_3 v_3 + c",
    r"\hat{y} = \sigma(z)",
    r"L = -(y \log \hat{y} + (1 - y) \log(1 - \hat{y}))",
]
GRADIENTS = [
    r"\frac{\partial L}{\partial z} = \hat{y} - y",
    r"\frac{\partial L}{\partial c} = \hat{y} - y",
    *(rf"\frac{{\partial L}}{{\partial v_{k}}} = (\hat{{y}} - y) h_{k}" for k in (1, 2, 3)),
    *(rf"\frac{{\partial L}}{{\partial b_{k}}} = (\hat{{y}} - y) v_{k} \mathbf{{1}}[h_{k} > 0]" for k in (1, 2, 3)),
    *(
        rf"\frac{{\partial L}}{{\partial w_{{{j}{k}}}}} = (\hat{{y}} - y) v_{k} \mathbf{{1}}[h_{k} > 0] x_{j}"
        for k in (1, 2, 3)
        for j in (1, 2)
    ),
]


def sheet(equations: list[str]) -> str:
    """A text with the equations as displays."""
    return "# Homework\n\n" + "\n\n".join(f"$$\n{each}\n$$" for each in equations) + "\n"


def keys() -> Iterator[str]:
    """The sheet as it stands after each of some keys: equations are written, one after the other, to their ends."""
    whole = [*NETWORK, *GRADIENTS]
    for place in (8, 11, 15, 19):
        _, right = whole[place].split(" = ")
        left = whole[place][: -len(right)]
        for end in range(1, len(right) + 1):
            yield sheet([*whole[:place], left + right[:end], *whole[place + 1 :]])


def seconds(text: str) -> float:
    """What one check takes."""
    started = process_time()
    check_text(text, "sheet.md", latex=False)
    return process_time() - started


def table() -> list[str]:
    """The first check, and those after a key."""
    first = seconds(sheet([*NETWORK, *GRADIENTS]))
    times = sorted(map(seconds, keys()))
    middle, late = statistics.median(times), times[int(0.95 * len(times))]
    words = [seconds(sheet([*NETWORK, *GRADIENTS]) + f"\nSo that is {number}.\n") for number in range(9)]
    return [
        "| a check of a sheet of 20 equations | seconds of a processor |",
        "| --- | --- |",
        f"| the first one | {first:.2f} |",
        f"| after a key in an equation: in the middle, 95 of 100 ({len(times)} keys) | {middle:.3f}, {late:.3f} |",
        f"| after words changed | {statistics.median(words):.3f} |",
        "",
    ]


def main() -> None:
    """Measures, prints the table, and writes it where asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", type=Path)
    chosen = parser.parse_args()
    text = "\n".join(table())
    print(text)
    if chosen.write:
        page = chosen.write.read_text(encoding="utf-8")
        before, after = page[: page.index(BEGIN)], page[page.index(END) :]
        chosen.write.write_text(f"{before}{BEGIN}\n\n{text}\n{after}", encoding="utf-8")


if __name__ == "__main__":
    main()
