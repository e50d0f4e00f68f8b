"""One node for the same fields, also where a default is left out or spelled out."""

from __future__ import annotations

import gc

from chalkgrad.language import Axis, Call, Role, Tensor, expressions, number


def test_a_default_left_out_is_the_default_spelled_out() -> None:
    x = Tensor("x")
    assert x is Tensor("x", ()) is Tensor("x", (), Role.VALUE) is Tensor("x", (), Role.VALUE, "", "")
    assert Call("sin", x[()]) is Call("sin", x[()], 0)
    assert Call("sin", x[()]) is not Call("sin", x[()], 1)


def test_nodes_that_nobody_holds_are_forgotten() -> None:
    axis = Axis("gone", 7)
    key = [key for key in expressions._nodes if key[0] is Axis and key[1] == "gone"]
    assert len(key) == 1
    del axis, key
    gc.collect()
    assert not [key for key in expressions._nodes if key[0] is Axis and key[1] == "gone"]


def test_equal_numbers_are_one_node() -> None:
    assert number("0.5") is number("1/2") is number(0.5)
