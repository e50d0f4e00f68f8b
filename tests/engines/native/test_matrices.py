"""Products of matrices of many shapes, packed and not, whole and with tails, against NumPy."""

from __future__ import annotations

import ctypes
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from chalkgrad.engines.native.data import aligned
from chalkgrad.engines.native.emitter import Emitter
from chalkgrad.engines.native.host import compile_assembly, host, load_object
from chalkgrad.engines.native.matrices import ProductShape, pack_function, product_function

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
    shape = replace(shape, packed=shape.deserves_packing)
    emitter = Emitter(real, lanes, machine.fused)
    made = [(product_function, "@product"), (pack_function, "@pack")]
    texts = [write(name, shape, emitter, machine.registers) for write, name in made]
    code = load_object(compile_assembly("\n".join([*emitter.declarations, *texts]).replace("internal ", "")))
    product = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 3, *[ctypes.c_int64] * 5)(code.address("product"))
    pack = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 2, *[ctypes.c_int64] * 3)(code.address("pack"))
    generator = np.random.default_rng(rows)
    a, b = generator.normal(size=(rows, terms)), generator.normal(size=(terms, columns))
    left, right, result = (aligned(count + lanes, kind) for count in (a.size, b.size, rows * columns))
    left[: a.size] = (a.T if by_columns else a).ravel()
    right[: b.size] = b.ravel()
    result[:] = 7
    height = shape.height(lanes, machine.registers)
    cut = rows // 2 // height * height
    if shape.packed:
        room = aligned(shape.packed_size(lanes) + lanes, kind)
        for begin, end in ((cut, rows), (0, cut)):
            pack(room.ctypes.data, left.ctypes.data, terms, begin, end)
        left = room
    expected = a @ b
    close = {"rtol": 0, "atol": (1e-5 if real == "float" else 1e-13) * terms}
    for adds in (0, 1):
        for begin, end in ((0, cut), (cut, rows)):
            product(*(array.ctypes.data for array in (result, left, right)), terms, columns, begin, end, adds)
        np.testing.assert_allclose(result[: rows * columns].reshape(rows, columns), expected * (1 + adds), **close)
    assert (result[rows * columns :] == 7).all(), "what is behind the result is not touched"
    # However the columns are shared out, the bits are the same.
    whole = result.copy()
    for first, count in ((0, columns // 3 // lanes * lanes), (columns // 3 // lanes * lanes, columns)):
        given = (result[first:], left, right[first:])
        for adds in (0, 1):
            product(*(array.ctypes.data for array in given), terms, min(count, columns - first), 0, rows, adds)
    assert (result == whole).all()


def test_the_shapes_are_packed_and_not() -> None:
    packed = [
        ProductShape(r, n, n % 16 == 0, 1 if by_columns else k, r if by_columns else 1, n, n, k).deserves_packing
        for r, k, n, by_columns in SHAPES
    ]
    assert 3 <= sum(packed) < len(packed)
