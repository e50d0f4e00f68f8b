"""The skeleton of a compiled function: variables that loops change, loops, branches, and barriers between threads."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalkgrad.engines.native.emitter import Emitter


class Skeleton:
    """Writes control flow among an emitter's instructions. Variables are memory that LLVM turns into registers."""

    def __init__(self, emitter: Emitter) -> None:
        self.emitter = emitter
        self.entry: list[str] = []
        self._ends: list[str] = []

    def variable(self, kind: str) -> str:
        """A place for a value of a type, made once at the entry of the function."""
        name = self.emitter.name()
        self.entry.append(f"{name} = alloca {kind}")
        return name

    def get(self, variable: str, kind: str) -> str:
        """A variable's value."""
        return self.emitter.value(f"load {kind}, ptr {variable}")

    def put(self, variable: str, kind: str, value: str) -> None:
        """Gives a variable another value."""
        self.emitter.line(f"store {kind} {value}, ptr {variable}")

    def place(self, pointer: str, index: str, kind: str) -> str:
        """The address of an entry of an array."""
        return self.emitter.value(f"getelementptr {kind}, ptr {pointer}, i64 {index}")

    def load(self, pointer: str, index: str | int, kind: str) -> str:
        """An entry of an array."""
        return self.emitter.value(f"load {kind}, ptr {self.place(pointer, str(index), kind)}")

    def store(self, pointer: str, index: str | int, kind: str, value: str) -> None:
        """Writes an entry of an array."""
        self.emitter.line(f"store {kind} {value}, ptr {self.place(pointer, str(index), kind)}")

    def whole(self, operation: str, left: str, right: str | int) -> str:
        """Arithmetic with 64-bit integers: add, sub, mul, sdiv, srem, and, lshr, …"""
        return self.emitter.value(f"{operation} i64 {left}, {right}")

    def lesser(self, left: str, right: str | int) -> str:
        """The lesser of two 64-bit integers."""
        less = self.emitter.value(f"icmp slt i64 {left}, {right}")
        return self.emitter.value(f"select i1 {less}, i64 {left}, i64 {right}")

    def go(self, label: str) -> None:
        """Goes on at a label."""
        self.emitter.line(f"br label %{label}")

    def at(self, label: str) -> None:
        """Begins the block of a label."""
        self.emitter.line(f"{label}:")

    @contextmanager
    def loop(self, first: str, end: str, step: int = 1) -> Iterator[str]:
        """Runs what is written inside for an index from `first` while it is less than `end`; gives the index."""
        emitter = self.emitter
        test, body, done = (emitter.label(what) for what in ("test", "body", "done"))
        index = self.variable("i64")
        self.put(index, "i64", first)
        self.go(test)
        self.at(test)
        now = self.get(index, "i64")
        inside = emitter.value(f"icmp slt i64 {now}, {end}")
        emitter.line(f"br i1 {inside}, label %{body}, label %{done}")
        self.at(body)
        self._ends.append(done)
        yield now
        self._ends.pop()
        self.put(index, "i64", self.whole("add", now, step))
        self.go(test)
        self.at(done)

    def leave_unless(self, condition: str) -> None:
        """Leaves the innermost loop where a bit is not set."""
        on = self.emitter.label("on")
        self.emitter.line(f"br i1 {condition}, label %{on}, label %{self._ends[-1]}")
        self.at(on)

    @contextmanager
    def when(self, condition: str) -> Iterator[None]:
        """Runs what is written inside where a bit is set."""
        yes, after = self.emitter.label("yes"), self.emitter.label("after")
        self.emitter.line(f"br i1 {condition}, label %{yes}, label %{after}")
        self.at(yes)
        yield
        self.go(after)
        self.at(after)

    def wait_for_all(self, counter: str, target: str) -> None:
        """Counts this thread in and waits until the counter has reached the target."""
        emitter = self.emitter
        spin, idle, met = (emitter.label(what) for what in ("spin", "idle", "met"))
        emitter.line(f"atomicrmw add ptr {counter}, i64 1 acq_rel")
        turns = self.variable("i64")
        self.put(turns, "i64", "0")
        self.go(spin)
        self.at(spin)
        seen = emitter.value(f"load atomic i64, ptr {counter} acquire, align 8")
        there = emitter.value(f"icmp sge i64 {seen}, {target}")
        emitter.line(f"br i1 {there}, label %{met}, label %{idle}")
        self.at(idle)
        turned = self.whole("add", self.get(turns, "i64"), 1)
        self.put(turns, "i64", turned)
        emitter.declarations["declare i32 @sched_yield()"] = None
        with self.when(emitter.value(f"icmp sgt i64 {turned}, 2000")):
            emitter.value("call i32 @sched_yield()")
        self.go(spin)
        self.at(met)
