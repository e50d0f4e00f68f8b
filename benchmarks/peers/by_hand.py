"""C by hand with AVX-512 intrinsics, as the machine's compiler makes it: there is one function for each network."""

from __future__ import annotations

import ctypes
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from peers.works import Work

SOURCE = Path(__file__).parents[1] / "limits_of_training.c"
OPTIONS = ["-O3", "-march=native", "-ffast-math", "-fopenmp", "-shared", "-fPIC"]


def prepare(work: Work, threads: int) -> Any:
    """The compiled function on its own arrangement of the data; threads for the smallest network."""
    if work.sizes != (2, 3, 1) and (threads != 1 or work.sizes != (30, 16, 8, 1)):
        raise SystemExit("C by hand has two networks, one of them in threads")
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder, "limits.so")
        subprocess.run(["gcc", *OPTIONS, "-o", str(library), str(SOURCE)], check=True)
        code = ctypes.CDLL(str(library))
    return _small(work, code, threads) if work.sizes == (2, 3, 1) else _batches(work, code)


def _small(work: Work, code: Any, threads: int) -> Any:
    x, y = work.data
    first, second, wanted = (np.ascontiguousarray(column) for column in (x[:, 0], x[:, 1], y[:, 0]))
    w1, b1, w2, b2 = work.start
    p = np.concatenate([w1.T.ravel(), b1, w2.ravel(), b2])
    kinds = [*[ctypes.c_void_p] * 3, ctypes.c_int64, ctypes.c_void_p, ctypes.c_int64, ctypes.c_float]
    code.train_231.argtypes = kinds
    code.train_231_in_threads.argtypes = [*kinds, ctypes.c_int]
    given = [array.ctypes.data for array in (first, second, wanted)]

    class Run:
        kept = (first, second, wanted)

        @staticmethod
        def steps(count: int) -> None:
            arguments = (*given, work.samples, p.ctypes.data, count, work.rate)
            if threads == 1:
                code.train_231(*arguments)
            else:
                code.train_231_in_threads(*arguments, threads)

        @staticmethod
        def parameters() -> list[Any]:
            return [p[:6].reshape(3, 2).T, p[6:9], p[9:12].reshape(3, 1), p[12:]]

    return Run


def _batches(work: Work, code: Any) -> Any:
    x, y = work.data
    count, per_epoch = work.samples, work.steps_per_epoch
    rows = np.zeros((count + work.batch, 32), np.float32)
    rows[:count, :30] = x
    wanted = np.zeros(count + work.batch, np.float32)
    wanted[:count] = y[:, 0]
    p, m, s = (np.zeros(656, np.float32) for _ in range(3))
    parts = (
        (0, 480, (30, 16)),
        (480, 496, (16,)),
        (496, 624, (16, 8)),
        (624, 632, (8,)),
        (632, 640, (8, 1)),
        (640, 641, (1,)),
    )
    for (begin, end, _), value in zip(parts, work.start, strict=True):
        p[begin:end] = value.ravel()
    order, powers = np.zeros(per_epoch * work.batch, np.int32), np.ones(2, np.float32)
    arrays = (rows, wanted, order, p, m, s, powers)
    addresses = [array.ctypes.data for array in arrays]
    train = code.train_30_16_8_1
    pointer = ctypes.c_void_p
    train.argtypes = [pointer, pointer, ctypes.c_int64, *[pointer] * 5, ctypes.c_int64, ctypes.c_float]

    class Run:
        kept = arrays
        waiting = 0

        @classmethod
        def steps(cls, count: int) -> None:
            """Whole epochs: what is asked for beyond them waits."""
            epochs, cls.waiting = divmod(cls.waiting + count, per_epoch)
            train(*addresses[:2], work.samples, *addresses[2:], epochs, work.rate)

        @staticmethod
        def parameters() -> list[Any]:
            return [p[begin:end].reshape(shape) for begin, end, shape in parts]

    return Run
