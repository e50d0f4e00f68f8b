"""Which units are dropped: numbers of splitmix64, a vector of samples at a time."""

from __future__ import annotations

from chalkgrad.engines.native.blocks import Skeleton
from chalkgrad.engines.native.emitter import Emitter

_ROUNDS = ((30, -4658895280553007687), (27, -7723592293110705685), (31, None))


def dropout_function(vectors: Emitter) -> str:
    """LLVM assembly of `void @dropout(to, to_row, units, first, samples, key, threshold)`.

    to[unit, n] is 1 where the number for sample first + n and the unit is below the threshold, else 0; the same as
    `engines.shuffling.kept_units`. Vectors are written whole.
    """
    scalars = Emitter(vectors.real, 1, vectors.fused, declarations=vectors.declarations)
    wide, skeleton, lanes = scalars.with_lanes(vectors.lanes), Skeleton(scalars), vectors.lanes
    words = f"<{lanes} x i64>" if lanes > 1 else "i64"

    def splat(value: str) -> str:
        if lanes == 1:
            return value
        first = scalars.value(f"insertelement {words} poison, i64 {value}, i32 0")
        return scalars.value(f"shufflevector {words} {first}, {words} poison, <{lanes} x i32> zeroinitializer")

    def constant(value: int) -> str:
        return f"splat (i64 {value})" if lanes > 1 else str(value)

    steps = "<" + ", ".join(f"i64 {lane}" for lane in range(lanes)) + ">" if lanes > 1 else "0"
    with skeleton.loop("0", "%units") as unit:
        row = skeleton.place("%to", skeleton.whole("mul", unit, "%to_row"), scalars.real)
        with skeleton.loop("0", "%samples", lanes) as sample:
            here = splat(skeleton.whole("add", sample, "%first"))
            number = scalars.value(f"add {words} {here}, {steps}")
            number = scalars.value(f"mul {words} {number}, {splat('%units')}")
            begin = splat(skeleton.whole("add", "%key", unit))
            value = scalars.value(f"add {words} {number}, {begin}")
            value = scalars.value(f"add {words} {value}, {constant(-7046029254386353131)}")
            for shift, factor in _ROUNDS:
                moved = scalars.value(f"lshr {words} {value}, {constant(shift)}")
                value = scalars.value(f"xor {words} {value}, {moved}")
                if factor is not None:
                    value = scalars.value(f"mul {words} {value}, {constant(factor)}")
            high = scalars.value(f"lshr {words} {value}, {constant(32)}")
            kept = scalars.value(f"icmp ult {words} {high}, {splat('%threshold')}")
            ones = wide.select(kept, wide.constant(1.0), wide.constant(0.0))
            wide.store(ones, skeleton.place(row, sample, scalars.real))
    return "\n".join(
        [
            "define internal void @dropout(ptr %to, i64 %to_row, i64 %units, i64 %first, i64 %samples, i64 %key,"
            " i64 %threshold) noinline {",
            "entry:",
            *skeleton.entry,
            *scalars.lines,
            "ret void",
            "}",
        ]
    )
