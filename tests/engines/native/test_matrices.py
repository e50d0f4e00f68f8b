"""Products of matrices of many shapes, packed and not, whole and with tails, against NumPy."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np
import pytest

from chalkgrad.engines.native.data import aligned
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.host import compile_assembly, host, load_object
from chalkgrad.engines.native.matrices import ProductShape, product_function

# rows, terms, columns, whether a's columns are contiguous
SHAPES = [
    (1, 1, 1, False), (1, 50, 3, False), (3, 7, 16, True), (7, 129, 33, False), (10, 64, 48, True), (13, 5, 100, True),
    (64, 40, 64, False), (19, 64, 256, True), (100, 200, 272, True), (6, 65, 300, True), (37, 131, 512, True),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "terms", "columns", "by_columns"), SHAPES)
@pytest.mark.parametrize("real", ["float", "double"])
def test_products_are_those_of_numpy(real: str, rows: int, terms: int, columns: int, by_columns: bool) -> None:
    machine = host()
    lanes = machine.lanes(real)
    kind: Any = np.dtype("float32" if real == "float" else "float64")
    shape = ProductShape(
        rows=rows, most_lanes=columns, whole=columns % lanes == 0, a_row=1 if by_columns else terms,
        a_inner=rows if by_columns else 1, b_inner=columns, c_row=columns, most_inner=terms,
    )  # fmt: skip
    emitter = Emitter(real, lanes, machine.fused)
    text = product_function("@product", shape, emitter, machine.registers).replace("define internal", "define")
    code = load_object(compile_assembly("\n".join([*emitter.declarations, text])))
    product = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 4, *[ctypes.c_int64] * 3)(code.address("product"))
    generator = np.random.default_rng(rows)
    a, b = generator.normal(size=(rows, terms)), generator.normal(size=(terms, columns))
    left, right, result = (aligned(count + lanes, kind) for count in (a.size, b.size, rows * columns))
    left[: a.size] = (a.T if by_columns else a).ravel()
    right[: b.size] = b.ravel()
    result[:] = 7
    room = aligned(shape.packed(lanes) + lanes, kind)
    expected = a @ b
    close = {"rtol": 0, "atol": (1e-5 if real == "float" else 1e-13) * terms}
    for adds in (0, 1):
        product(*(array.ctypes.data for array in (result, left, right, room)), terms, columns, adds)
        np.testing.assert_allclose(result[: rows * columns].reshape(rows, columns), expected * (1 + adds), **close)
    assert (result[rows * columns :] == 7).all(), "what is behind the result is not touched"


def test_the_shapes_are_packed_and_not() -> None:
    packed = [
        ProductShape(r, n, n % 16 == 0, 1 if by_columns else k, r if by_columns else 1, n, n, k).packs
        for r, k, n, by_columns in SHAPES
    ]
    assert 3 <= sum(packed) < len(packed)
