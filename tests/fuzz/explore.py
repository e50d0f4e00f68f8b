"""Random bytes led by what they reach: `python tests/fuzz/explore.py READER SEEDS -max_total_time=120`.

READER is one of the keys of `READERS`, SEEDS a folder that keeps what was found, with a first seed put into it. What a
reader raises that is none of chalkgrad's own errors ends the run, and the input is kept in a file `crash-…`; so does
what takes too long or too much memory. Needs `pip install chalkgrad[fuzz]`.
"""

from __future__ import annotations

import sys
import tempfile
import warnings
from collections.abc import Callable
from pathlib import Path

import atheris
import numpy as np

with atheris.instrument_imports(include=["chalkgrad"]):
    from chalkgrad.checking import check_text
    from chalkgrad.errors import ChalkgradError
    from chalkgrad.grading.rubric import read_rubric
    from chalkgrad.page.documents import read_document
    from chalkgrad.page.statements import statements_in
    from chalkgrad.reading.plain import read_expression
    from chalkgrad.reading.programs import read_program
    from chalkgrad.reading.spec import read_spec
    from chalkgrad.training.frames import read_frame
    from chalkgrad.training.tensor_files import from_bytes, to_bytes

MODEL = r"$$z_i = w_i x + b$$ $$\hat y = \sigma(z_1 + z_2)$$ Binary cross-entropy. "
SEEDS = {
    "latex": r"\frac{\partial L}{\partial w_1} = \sum_{i=1}^n (\hat y^{(i)} - y^{(i)})x_1^{(i)} \\ W^{[2]T}",
    "plain": "axis i: 2\ninput x[i]\ny = sum(i, x[i]^2) + |x[0]|\nresult y",
    "spec": "2-3-1 relu sigmoid bce",
    "document": r"(\hat y - y)x \odot 1[z_1 > 0] + \frac12 \sigma'(z_2)^\top",
    "notebook": '{"cells": [{"cell_type": "markdown", "source": ["$x = 1$"]}], "nbformat": 4}',
    "page": "For $i \\ne j$:\n$$\\begin{aligned} a_i &= b \\\\ &= c \\end{aligned} \\text{ if } x > 0$$",
    "rubric": '[[part]]\nname = "3.1"\nwrt = "W"\npoints = 4\n',
    "table": "a,b,label\n1,2,x\n3,4,y\n",
}


def in_a_file(read: Callable[[Path], object], suffix: str) -> Callable[[bytes], object]:
    def reading(content: bytes) -> object:
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder, f"input{suffix}")
            place.write_bytes(content)
            return read(place)

    return reading


def of_text(read: Callable[[str], object]) -> Callable[[bytes], object]:
    return lambda content: read(content.decode("utf-8", "replace"))


READERS: dict[str, Callable[[bytes], object]] = {
    "latex": of_text(lambda text: statements_in(read_document(f"$${text}$$"))),
    "plain": of_text(lambda text: read_program(text) if "=" in text else read_expression(text)),
    "spec": of_text(read_spec),
    "document": of_text(lambda text: check_text(MODEL + rf"$$\frac{{\partial L}}{{\partial w_i}} = {text}$$")),
    "notebook": of_text(read_document),
    "page": of_text(lambda text: statements_in(read_document(text))),
    "rubric": in_a_file(read_rubric, ".toml"),
    "tensors": lambda content: from_bytes(content),
    "table": in_a_file(read_frame, ".csv"),
}


def main() -> None:
    name = sys.argv.pop(1)
    reader, seeds = READERS[name], Path(sys.argv[1])
    warnings.simplefilter("error")
    seeds.mkdir(exist_ok=True)
    first = to_bytes({"w": np.ones((2, 3))}, {"epoch": "1"}) if name == "tensors" else SEEDS[name].encode()
    (seeds / "first").write_bytes(first)

    def one(content: bytes) -> None:
        try:
            reader(content)
        except ChalkgradError:
            return

    atheris.Setup([*sys.argv, "-timeout=10", "-rss_limit_mb=1500"], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
