"""Writing LLVM's assembly: one function's instructions over vectors of floats, each value named by its text."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import count

_LETTER = {"float": "f32", "double": "f64"}
_INTEGER = {"float": "i32", "double": "i64"}


@dataclass
class Emitter:
    """Gathers instructions; a method that computes something writes a line and gives the name of its value.

    `real` is `float` or `double`, `lanes` how many of them a vector has (1: plain numbers). Methods named after
    floating-point operations work on such vectors, those that begin with `integer_` on vectors of integers of the same
    width, and masks are vectors of single bits. `fused` says that the machine multiplies and adds in one rounding.

    >>> emitter = Emitter("float", 4)
    >>> emitter.add(emitter.constant(1.0), "%x")
    '%v1'
    >>> print(*emitter.lines)
    %v1 = fadd contract <4 x float> splat (float 0x3FF0000000000000), %x
    """

    real: str
    lanes: int
    fused: bool = True
    lines: list[str] = field(default_factory=list)
    declarations: dict[str, None] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def bits(self) -> int:
        """The width of one number."""
        return 32 if self.real == "float" else 64

    @property
    def vector(self) -> str:
        """The type of a vector of numbers."""
        return self._of(self.real)

    @property
    def integers(self) -> str:
        """The type of a vector of integers as wide as the numbers."""
        return self._of(_INTEGER[self.real])

    @property
    def mask(self) -> str:
        """The type of a vector of truth values."""
        return self._of("i1")

    @property
    def masks_are_free(self) -> bool:
        """Whether a selection is part of the operation before it: vectors of 512 bits have registers for masks."""
        return self.lanes * self.bits == 512

    def _of(self, element: str) -> str:
        return element if self.lanes == 1 else f"<{self.lanes} x {element}>"

    def name(self) -> str:
        """A name that is not taken."""
        return f"%v{next(self._numbers)}"

    def label(self, what: str) -> str:
        """A name for a block that is not taken."""
        return f"{what}{next(self._numbers)}"

    def with_lanes(self, lanes: int) -> Emitter:
        """An emitter of the same function for vectors of another length."""
        return replace(self, lanes=lanes)

    def line(self, text: str) -> None:
        """An instruction that gives nothing, or a label."""
        self.lines.append(text)

    def value(self, instruction: str) -> str:
        """An instruction's value."""
        name = self.name()
        self.lines.append(f"{name} = {instruction}")
        return name

    def intrinsic(self, operation: str, *operands: str, flags: str = "") -> str:
        """LLVM's intrinsic function of vectors of this type, such as `fma` or `sqrt`."""
        suffix = _LETTER[self.real] if self.lanes == 1 else f"v{self.lanes}{_LETTER[self.real]}"
        function, typed = f"@llvm.{operation}.{suffix}", ", ".join(f"{self.vector} {operand}" for operand in operands)
        types = ", ".join([self.vector] * len(operands))
        self.declarations[f"declare {self.vector} {function}({types})"] = None
        return self.value(f"call {flags}{self.vector} {function}({typed})")

    # Numbers

    def constant(self, value: float) -> str:
        """The same number in every lane, rounded to the type."""
        literal = real_literal(value, self.real)
        return literal if self.lanes == 1 else f"splat ({self.real} {literal})"

    def splat(self, scalar: str) -> str:
        """A plain number in every lane."""
        if self.lanes == 1:
            return scalar
        first = self.value(f"insertelement {self.vector} poison, {self.real} {scalar}, i32 0")
        return self.value(
            f"shufflevector {self.vector} {first}, {self.vector} poison, <{self.lanes} x i32> zeroinitializer"
        )

    def shuffle(self, left: str, right: str, lanes: Sequence[int]) -> str:
        """A vector of chosen lanes of two vectors: those of the second are counted on from the first's."""
        chosen = ", ".join(f"i32 {lane}" for lane in lanes)
        return self.value(f"shufflevector {self.vector} {left}, {self.vector} {right}, <{self.lanes} x i32> <{chosen}>")

    def lane(self, vector: str, place: int) -> str:
        """The number in a lane of a vector."""
        return vector if self.lanes == 1 else self.value(f"extractelement {self.vector} {vector}, i32 {place}")

    def add(self, left: str, right: str) -> str:
        """left + right."""
        return self.value(f"fadd contract {self.vector} {left}, {right}")

    def subtract(self, left: str, right: str) -> str:
        """left - right."""
        return self.value(f"fsub contract {self.vector} {left}, {right}")

    def multiply(self, left: str, right: str) -> str:
        """left · right."""
        return self.value(f"fmul contract {self.vector} {left}, {right}")

    def divide(self, left: str, right: str) -> str:
        """left / right."""
        return self.value(f"fdiv {self.vector} {left}, {right}")

    def negate(self, operand: str) -> str:
        """The number with the other sign."""
        return self.value(f"fneg {self.vector} {operand}")

    def fma(self, left: str, right: str, addend: str) -> str:
        """left · right + addend, rounded once where the machine can."""
        if self.fused:
            return self.intrinsic("fma", left, right, addend)
        return self.value(f"fadd {self.vector} {self.value(f'fmul {self.vector} {left}, {right}')}, {addend}")

    def exact_add(self, left: str, right: str) -> str:
        """left + right, never fused with a product: for sums whose rounding errors are meant."""
        return self.value(f"fadd {self.vector} {left}, {right}")

    def exact_subtract(self, left: str, right: str) -> str:
        """left - right, never fused with a product."""
        return self.value(f"fsub {self.vector} {left}, {right}")

    def exact_multiply(self, left: str, right: str) -> str:
        """left · right, never fused with a sum."""
        return self.value(f"fmul {self.vector} {left}, {right}")

    def absolute(self, operand: str) -> str:
        """|operand|."""
        return self.intrinsic("fabs", operand)

    def copysign(self, size: str, sign: str) -> str:
        """The size of one number with the sign of another."""
        return self.intrinsic("copysign", size, sign)

    def root(self, operand: str) -> str:
        """√operand, rounded right."""
        return self.intrinsic("sqrt", operand)

    def rounded(self, operand: str) -> str:
        """The nearest whole number, halves to even."""
        return self.intrinsic("rint", operand)

    def floor(self, operand: str) -> str:
        """The greatest whole number that is not greater."""
        return self.intrinsic("floor", operand)

    def maximum(self, left: str, right: str) -> str:
        """The greater number, or the one that is not NaN."""
        return self.intrinsic("maxnum", left, right)

    def minimum(self, left: str, right: str) -> str:
        """The lesser number, or the one that is not NaN."""
        return self.intrinsic("minnum", left, right)

    # Memory

    def load(self, pointer: str, mask: str | None = None) -> str:
        """The vector at an address, lanes that are off under the mask are not read and are 0.

        A vector of one lane is taken to be on.
        """
        align = self.bits // 8
        if mask is None or self.lanes == 1:
            return self.value(f"load {self.vector}, ptr {pointer}, align {align}")
        function = f"@llvm.masked.load.v{self.lanes}{_LETTER[self.real]}.p0"
        self.declarations[f"declare {self.vector} {function}(ptr, i32, {self.mask}, {self.vector})"] = None
        masked = f"i32 {align}, {self.mask} {mask}, {self.vector} zeroinitializer"
        return self.value(f"call {self.vector} {function}(ptr {pointer}, {masked})")

    def store(self, value: str, pointer: str, mask: str | None = None) -> None:
        """Writes a vector to an address; lanes that are off under the mask stay as they are.

        A vector of one lane is taken to be on.
        """
        align = self.bits // 8
        if mask is None or self.lanes == 1:
            self.line(f"store {self.vector} {value}, ptr {pointer}, align {align}")
            return
        function = f"@llvm.masked.store.v{self.lanes}{_LETTER[self.real]}.p0"
        self.declarations[f"declare void {function}({self.vector}, ptr, i32, {self.mask})"] = None
        self.line(f"call void {function}({self.vector} {value}, ptr {pointer}, i32 {align}, {self.mask} {mask})")

    def gather(self, pointer: str, step: int, mask: str | None = None) -> str:
        """Numbers `step` apart from an address on; lanes that are off under the mask are not read and are 0."""
        places = ", ".join(f"i64 {lane * step}" for lane in range(self.lanes))
        kind = f"<{self.lanes} x ptr>"
        pointers = self.value(f"getelementptr {self.real}, ptr {pointer}, <{self.lanes} x i64> <{places}>")
        function = f"@llvm.masked.gather.v{self.lanes}{_LETTER[self.real]}.v{self.lanes}p0"
        self.declarations[f"declare {self.vector} {function}({kind}, i32, {self.mask}, {self.vector})"] = None
        on = mask or "splat (i1 true)"
        return self.value(
            f"call {self.vector} {function}({kind} {pointers}, i32 {self.bits // 8}, {self.mask} {on},"
            f" {self.vector} zeroinitializer)"
        )

    def fetch(self, pointer: str, *, level: int) -> None:
        """Has the line of an address brought into the first or the second level of the cache; it may be any address."""
        self.declarations["declare void @llvm.prefetch.p0(ptr, i32, i32, i32)"] = None
        self.line(f"call void @llvm.prefetch.p0(ptr {pointer}, i32 0, i32 {4 - level}, i32 1)")

    # Truth values

    def compare(self, condition: str, left: str, right: str) -> str:
        """A mask; conditions are LLVM's: ogt, oge, olt, ole, oeq, une, uno (one is NaN), ord, …"""
        return self.value(f"fcmp {condition} {self.vector} {left}, {right}")

    def select(self, mask: str, yes: str, no: str) -> str:
        """`yes` where the mask holds, else `no`."""
        return self.value(f"select {self.mask} {mask}, {self.vector} {yes}, {self.vector} {no}")

    def both(self, left: str, right: str) -> str:
        """Where both masks hold."""
        return self.value(f"and {self.mask} {left}, {right}")

    def either(self, left: str, right: str) -> str:
        """Where at least one mask holds."""
        return self.value(f"or {self.mask} {left}, {right}")

    def any_of(self, mask: str) -> str:
        """A bit: whether a mask holds in any lane."""
        if self.lanes == 1:
            return mask
        function = f"@llvm.vector.reduce.or.v{self.lanes}i1"
        self.declarations[f"declare i1 {function}({self.mask})"] = None
        return self.value(f"call i1 {function}({self.mask} {mask})")

    # Integers as wide as the numbers

    def integer_constant(self, value: int) -> str:
        """The same whole number in every lane."""
        return str(value) if self.lanes == 1 else f"splat ({_INTEGER[self.real]} {value})"

    def integer_range(self, first: str, step: int) -> str:
        """Whole numbers from a 64-bit integer on, `step` apart."""
        kind = _INTEGER[self.real]
        number = first if self.bits == 64 else self.value(f"trunc i64 {first} to {kind}")
        if self.lanes == 1:
            return number
        one = self.value(f"insertelement {self.integers} poison, {kind} {number}, i32 0")
        zeros = f"<{self.lanes} x i32> zeroinitializer"
        all_ = self.value(f"shufflevector {self.integers} {one}, {self.integers} poison, {zeros}")
        steps = ", ".join(f"{kind} {lane * step}" for lane in range(self.lanes))
        return self.integer("add", all_, f"<{steps}>")

    def splat_bit(self, bit: str) -> str:
        """A truth value in every lane."""
        if self.lanes == 1:
            return bit
        one = self.value(f"insertelement {self.mask} poison, i1 {bit}, i32 0")
        zeros = f"<{self.lanes} x i32> zeroinitializer"
        return self.value(f"shufflevector {self.mask} {one}, {self.mask} poison, {zeros}")

    def integer(self, operation: str, left: str, right: str) -> str:
        """LLVM's add, sub, mul, shl, lshr, ashr, and, or, xor."""
        return self.value(f"{operation} {self.integers} {left}, {right}")

    def integer_compare(self, condition: str, left: str, right: str) -> str:
        """A mask; conditions are LLVM's: eq, ne, slt, sgt, …"""
        return self.value(f"icmp {condition} {self.integers} {left}, {right}")

    def integer_select(self, mask: str, yes: str, no: str) -> str:
        """`yes` where the mask holds, else `no`."""
        return self.value(f"select {self.mask} {mask}, {self.integers} {yes}, {self.integers} {no}")

    def to_integer(self, operand: str) -> str:
        """A whole number as an integer; numbers that do not fit give poison, so they are to be kept out before."""
        return self.value(f"fptosi {self.vector} {operand} to {self.integers}")

    def to_real(self, operand: str) -> str:
        """An integer as a number."""
        return self.value(f"sitofp {self.integers} {operand} to {self.vector}")

    def bits_of(self, operand: str) -> str:
        """The bits of numbers as integers."""
        return self.value(f"bitcast {self.vector} {operand} to {self.integers}")

    def from_bits(self, operand: str) -> str:
        """The numbers that have these bits."""
        return self.value(f"bitcast {self.integers} {operand} to {self.vector}")


def real_literal(value: float, real: str) -> str:
    """A number as LLVM reads it exactly: the bits of the double that has its value after rounding to the type."""
    if real == "float":
        try:
            value = struct.unpack("f", struct.pack("f", value))[0]
        except OverflowError:
            value = float("inf") if value > 0 else float("-inf")
    return f"0x{struct.unpack('Q', struct.pack('d', value))[0]:016X}"
