"""Which samples each step takes: batches one after the other, and a new order when the samples are through."""

from __future__ import annotations

from chalkgrad.engines.native.blocks import Skeleton

# The 64-bit integers that a compiled run is told; STAMP is the epoch whose order is in memory, -1 for none.
COUNT, BATCH, FIRST, STEPS, SEED, THREAD, THREADS, STAMP = range(8)


class Epochs:
    """The batches of a run. `control` has the values of the integers above."""

    def __init__(self, skeleton: Skeleton, *, shuffled: bool) -> None:
        self.skeleton, self.shuffled = skeleton, shuffled
        self.control = [skeleton.load("%control", place, "i64") for place in range(STAMP + 1)]
        self._start, self._epoch = skeleton.variable("i64"), skeleton.variable("i64")

    def begin(self) -> None:
        """Where the first step is: in which epoch, and from which sample on."""
        skeleton, control = self.skeleton, self.control
        rounded = skeleton.whole("sub", skeleton.whole("add", control[COUNT], control[BATCH]), 1)
        per_epoch = skeleton.whole("sdiv", rounded, control[BATCH])
        within = skeleton.whole("srem", control[FIRST], per_epoch)
        skeleton.put(self._start, "i64", skeleton.whole("mul", within, control[BATCH]))
        epoch = skeleton.whole("sdiv", control[FIRST], per_epoch)
        skeleton.put(self._epoch, "i64", epoch)
        if self.shuffled:
            with skeleton.when(skeleton.emitter.value(f"icmp ne i64 {control[STAMP]}, {epoch}")):
                self._shuffle(epoch)

    def batch(self) -> tuple[str, str]:
        """Where the batch of this step begins and how many samples it has; then the next step's turn."""
        skeleton, control = self.skeleton, self.control
        over = skeleton.emitter.value(f"icmp sge i64 {skeleton.get(self._start, 'i64')}, {control[COUNT]}")
        with skeleton.when(over):
            skeleton.put(self._start, "i64", "0")
            epoch = skeleton.whole("add", skeleton.get(self._epoch, "i64"), 1)
            skeleton.put(self._epoch, "i64", epoch)
            if self.shuffled:
                self._shuffle(epoch)
        start = skeleton.get(self._start, "i64")
        count = skeleton.lesser(skeleton.whole("sub", control[COUNT], start), control[BATCH])
        skeleton.put(self._start, "i64", skeleton.whole("add", start, count))
        return start, count

    def step_number(self, step: str) -> str:
        """The number of a step of this run, from 1 over all runs."""
        return self.skeleton.whole("add", self.skeleton.whole("add", self.control[FIRST], step), 1)

    def _shuffle(self, epoch: str) -> None:
        count, seed = self.control[COUNT], self.control[SEED]
        self.skeleton.emitter.line(f"call void @shuffle(ptr %order, i64 {count}, i64 {seed}, i64 {epoch})")
        self.skeleton.store("%control", STAMP, "i64", epoch)


MIX = """
define internal i64 @mix(i64 %given) alwaysinline {
  %a = add i64 %given, -7046029254386353131
  %b = lshr i64 %a, 30
  %c = xor i64 %a, %b
  %d = mul i64 %c, -4658895280553007687
  %e = lshr i64 %d, 27
  %f = xor i64 %d, %e
  %g = mul i64 %f, -7723592293110705685
  %h = lshr i64 %g, 31
  %i = xor i64 %g, %h
  ret i64 %i
}
"""


def shuffle_function() -> str:
    """The order of an epoch: Fisher and Yates' shuffle with splitmix64 counting from a key of seed and epoch.

    Steele, Lea and Flood, Fast splittable pseudorandom number generators, 2014. `engines.shuffling.epoch_order` gives
    the same order in Python. It calls `@mix`.
    """
    return """
define internal void @shuffle(ptr %order, i64 %count, i64 %seed, i64 %epoch) noinline {
entry:
  %mixed = call i64 @mix(i64 %seed)
  %summed = add i64 %mixed, %epoch
  %key = call i64 @mix(i64 %summed)
  br label %fill
fill:
  %k = phi i64 [ 0, %entry ], [ %knext, %fillbody ]
  %kin = icmp slt i64 %k, %count
  br i1 %kin, label %fillbody, label %begin
fillbody:
  %kplace = getelementptr i32, ptr %order, i64 %k
  %k32 = trunc i64 %k to i32
  store i32 %k32, ptr %kplace
  %knext = add i64 %k, 1
  br label %fill
begin:
  %last = sub i64 %count, 1
  br label %test
test:
  %i = phi i64 [ %last, %begin ], [ %inext, %swap ]
  %iin = icmp sgt i64 %i, 0
  br i1 %iin, label %swap, label %done
swap:
  %ikey = add i64 %key, %i
  %drawn = call i64 @mix(i64 %ikey)
  %high = lshr i64 %drawn, 32
  %range = add i64 %i, 1
  %scaled = mul i64 %high, %range
  %j = lshr i64 %scaled, 32
  %iplace = getelementptr i32, ptr %order, i64 %i
  %jplace = getelementptr i32, ptr %order, i64 %j
  %iv = load i32, ptr %iplace
  %jv = load i32, ptr %jplace
  store i32 %jv, ptr %iplace
  store i32 %iv, ptr %jplace
  %inext = sub i64 %i, 1
  br label %test
done:
  ret void
}
"""
