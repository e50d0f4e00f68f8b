"""Threads that run the same compiled function: what each of them does, and where they wait for each other."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalkgrad.engines.native.blocks import Skeleton

# 64-bit integers in a line of the cache: what threads count on must not share one with what others count on.
_LINE = 8


def board_size(threads: int) -> int:
    """How many 64-bit integers a team of threads needs in common: zeros when the function is called."""
    return _LINE * (1 + 2 * threads)


class Team:
    """The threads of a function. `board` points to integers in common, `thread` and `threads` are 64-bit values."""

    def __init__(self, skeleton: Skeleton, board: str, thread: str, threads: str) -> None:
        self.skeleton, self.board, self.thread, self.threads = skeleton, board, thread, threads
        self._meetings = skeleton.variable("i64")
        skeleton.put(self._meetings, "i64", "0")

    def meet(self) -> None:
        """Waits for all."""
        skeleton = self.skeleton
        met = skeleton.whole("add", skeleton.get(self._meetings, "i64"), 1)
        skeleton.put(self._meetings, "i64", met)
        skeleton.wait_for_all(self.board, skeleton.whole("mul", met, self.threads))

    def odd(self) -> str:
        """0 or 1: whether they have met an odd number of times."""
        return self.skeleton.whole("and", self.skeleton.get(self._meetings, "i64"), 1)

    def part(self, pieces: str) -> tuple[str, str]:
        """The first of this thread's pieces and the end of them, if all get as many."""
        skeleton = self.skeleton
        begin, end = (
            skeleton.whole("sdiv", skeleton.whole("mul", pieces, thread), self.threads)
            for thread in (self.thread, skeleton.whole("add", self.thread, 1))
        )
        return begin, end

    @contextmanager
    def pieces(self, count: str) -> Iterator[str]:
        """Runs what is written inside for pieces that nobody has taken: first those of this thread, then of others.

        So the work goes on where a thread is held up. All have to meet, once, before the next pieces are given out.
        """
        skeleton, emitter = self.skeleton, self.skeleton.emitter
        both = skeleton.whole("mul", self.threads, _LINE)
        now = skeleton.whole("add", skeleton.whole("mul", self.odd(), both), _LINE)
        counts = skeleton.place(self.board, now, "i64")
        # Everybody is through with the other side: what was given out from there can be given out anew.
        other = skeleton.whole("sub", skeleton.whole("add", both, 2 * _LINE), now)
        own = skeleton.whole("add", other, skeleton.whole("mul", self.thread, _LINE))
        place = skeleton.place(self.board, own, "i64")
        emitter.line(f"store atomic i64 0, ptr {place} release, align 8")
        given = f"ptr {counts}, i64 {self.thread}, i64 {self.threads}, i64 {count}"
        with skeleton.loop("0", count):
            piece = emitter.value(f"call i64 @take({given})")
            skeleton.leave_unless(emitter.value(f"icmp sge i64 {piece}, 0"))
            yield piece


# The next piece for a thread, or -1: each thread's pieces lie together, and what was taken of them is counted.
TAKE = f"""
define internal i64 @take(ptr %counts, i64 %thread, i64 %threads, i64 %pieces) noinline {{
entry:
  br label %look
look:
  %k = phi i64 [ 0, %entry ], [ %knext, %on ]
  %more = icmp slt i64 %k, %threads
  br i1 %more, label %one, label %none
one:
  %shifted = add i64 %thread, %k
  %owner = srem i64 %shifted, %threads
  %ahead = mul i64 %owner, %pieces
  %begin = sdiv i64 %ahead, %threads
  %after = add i64 %ahead, %pieces
  %end = sdiv i64 %after, %threads
  %line = mul i64 %owner, {_LINE}
  %place = getelementptr i64, ptr %counts, i64 %line
  %seen = load atomic i64, ptr %place monotonic, align 8
  %seenat = add i64 %begin, %seen
  %left = icmp slt i64 %seenat, %end
  br i1 %left, label %try, label %on
try:
  %old = atomicrmw add ptr %place, i64 1 monotonic
  %piece = add i64 %begin, %old
  %got = icmp slt i64 %piece, %end
  br i1 %got, label %took, label %on
on:
  %knext = add i64 %k, 1
  br label %look
took:
  ret i64 %piece
none:
  ret i64 -1
}}
"""
