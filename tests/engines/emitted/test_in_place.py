"""Arrays are written over only where nobody can tell: what is still needed, given, returned or seen by a view stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chalkgrad.calculus import derive
from chalkgrad.engines.emitted.in_place import Assignment, in_place
from chalkgrad.engines.emitted.numpy_module import numpy_module
from chalkgrad.engines.emitted.wanted import wanted
from chalkgrad.networks.catalogue import CATALOGUE
from emitted_sources import agree, expected, flat, of_formula, values_of

SHAPE = (4, 5)


def computed(lines: list[str], returned: list[str], dtypes: dict[str, Any], rewritten: bool) -> list[np.ndarray]:
    """What some lines give, as they stand or with arrays written over."""
    split = [line.split(" = ", 1) for line in lines]
    made = [Assignment(name, source, SHAPE if name[0] != "s" else ()) for name, source in split]
    if rewritten:
        made = in_place(made, list(dtypes), returned, ["n"])
    generator = np.random.default_rng(1)
    names: dict[str, Any] = {"np": np, "n": 4}
    given = {name: (3 * generator.normal(size=SHAPE)).astype(kind) for name, kind in dtypes.items()}
    names.update({name: value.copy() for name, value in given.items()})
    for each in made:
        exec(f"{each.name} = {each.source}", names)
    for name, value in given.items():
        np.testing.assert_array_equal(names[name], value, err_msg=f"{name} is written over")
    return [names[name] for name in returned]


def sources(lines: list[str], returned: list[str], arguments: tuple[str, ...] = ("x", "y")) -> list[str]:
    made = [Assignment(name, source, SHAPE) for name, source in (line.split(" = ", 1) for line in lines)]
    return [each.source for each in in_place(made, arguments, returned, ["n"])]


STAYS = {
    "what is needed later": (["a = np.exp(x)", "b = a + x", "c = a * b"], ["c"], 1),
    "what is returned": (["a = np.exp(x)", "b = a * 2"], ["a", "b"], 1),
    "what was given": (["b = x * 2"], ["b"], 0),
    "what a view shows": (["a = np.exp(x)", "v = a[::-1]", "b = a + 1", "c = b * v"], ["c"], 2),
    "what is named twice": (["a = np.exp(x)", "b = a * a.T.T"], ["b"], 1),
    "what may be of whole numbers": (["a = x * 2", "b = a / 3"], ["b"], 1),
    "what is of a narrower type": (["a = np.exp(x)", "b = a * y"], ["b"], 1),
    "what meets places": (["a = np.exp(x)", "b = a * places"], ["b"], 1),
}


def test_what_a_loop_uses_stays() -> None:
    lines = [
        Assignment("a", "np.exp(x)", SHAPE),
        Assignment("", "for t in range(3):"),
        Assignment("", "    h[t] = a[t]"),
        Assignment("b", "a * 2", SHAPE),
    ]
    assert [each.line for each in in_place(lines, ["x"], ["b"])] == [each.line for each in lines]


@pytest.mark.parametrize("name", STAYS)
def test_what_stays(name: str) -> None:
    lines, returned, place = STAYS[name]
    assert sources(lines, returned)[place] == lines[place].split(" = ", 1)[1]


def test_what_is_written_over() -> None:
    lines = ["a = np.exp(x)", "s = a.sum(axis=1)", "b = a / s[:, None]", "c = np.tanh(b - s[:, None])", "d = n + c"]
    assert sources(lines, ["d"])[2:] == [
        "np.divide(a, s[:, None], out=a)",
        "np.tanh(np.subtract(b, s[:, None], out=b), out=b)",
        "np.add(n, c, out=c)",
    ]


def random_lines(seed: int) -> tuple[list[str], list[str]]:
    """Lines of all kinds that use what stands before them, and what they return."""
    generator = np.random.default_rng(seed)
    known, lines = ["x", "y"], []
    for place in range(14):
        one, other = (known[generator.integers(len(known))] for _ in range(2))
        forms = (f"{one} * {other}", f"{one} - {other}", f"np.tanh({one} + {other})", f"np.exp(-np.abs({one}))",
                 f"{one}[::-1]", f"{one} / n", f"np.where({one} > 0, {other}, 0.0)", f"2 * {one}")  # fmt: skip
        lines.append(f"t{place} = {forms[generator.integers(len(forms))]}")
        known.append(f"t{place}")
    return lines, [known[-1], known[generator.integers(2, len(known))]]


@pytest.mark.parametrize("kinds", [("f4", "f4"), ("f8", "f4"), ("f4", "f8"), ("i8", "f4"), ("f4", "i8"), ("i8", "i8")])
def test_random_lines_give_the_same_in_every_type(kinds: tuple[str, str]) -> None:
    """One forgotten use, view or type would give other numbers or types here."""
    for seed in range(30):
        lines, returned = random_lines(seed)
        dtypes = dict(zip(("x", "y"), kinds, strict=True))
        plain, rewritten = (computed(lines, returned, dtypes, how) for how in (False, True))
        for one, other in zip(plain, rewritten, strict=True):
            assert one.dtype == other.dtype, lines
            np.testing.assert_array_equal(one, other, err_msg=str(lines))


def test_random_lines_are_written_over_often() -> None:
    written = [source for seed in range(30) for source in sources(*random_lines(seed)) if "out=" in source]
    assert len(written) > 30


@pytest.mark.parametrize("name", ["dot_product_attention", "layer_norm"])
def test_layers_are_the_same_twice_and_their_inputs_stay(name: str) -> None:
    row = CATALOGUE[name]
    program = row.program()
    function = wanted(derive(program, row.derived(program)))
    source, values = numpy_module(function), values_of(function)
    assert "out=" in source
    names: dict[str, Any] = {}
    exec(source, names)
    given = [np.array(value) for value in values.values()]
    for _ in range(2):
        agree(flat(function, names[function.name](*given)), expected(function, values), source)
    for one, other in zip(given, values.values(), strict=True):
        np.testing.assert_array_equal(one, other)


def test_sums_of_products_make_no_array_of_the_products() -> None:
    source = numpy_module(of_formula("normF(T - U*V')^2", "V", ("value", "gradient")))
    assert "L = np.vdot(t1, t1)" in source
