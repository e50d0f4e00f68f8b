"""A training with checkpoints in processes that can be killed: python killed_training.py FOLDER ENGINE."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import numpy as np

from chalkgrad.calculus import derive
from chalkgrad.networks import Network, NetworkSpec, initialise
from chalkgrad.training.checkpoints import Checkpoints
from chalkgrad.training.data import generate
from chalkgrad.training.session import Session
from chalkgrad.training.settings import TrainingSettings, trainer_for

SPEC = NetworkSpec((2, 2, 1), ("tanh", "sigmoid"), "bce")
PROGRAM = Network(SPEC).program
GRADIENTS = derive(PROGRAM).program
DATA = generate("xor", 40, seed=3)
EPOCHS = 500


def session(folder: Path | None, engine: str) -> Session:
    settings = TrainingSettings("adam", rate=0.01, batch=16, seed=5, engine=engine)
    trainer = trainer_for(PROGRAM, GRADIENTS, initialise(SPEC, seed=2), DATA.x, DATA.y, settings)
    checkpoints = Checkpoints(folder, {"training": "killed"}) if folder else None
    return Session(trainer, EPOCHS, 0.01, checkpoints=checkpoints)


def serve(folder: Path, engine: str) -> None:
    """For each line on standard input one process that trains: its number is printed, then how it ended.

    A process that comes to the end of the training leaves final.npy, and waits to be killed like all others.
    """
    training = session(folder, engine)  # once, so that kills do not all fall while it is made
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            training.resume()
            np.save(folder / "unfinished.npy", training.run().parameters["W1"])
            os.replace(folder / "unfinished.npy", folder / "final.npy")
            while True:
                signal.pause()
        print(child, flush=True)
        print(os.waitpid(child, 0)[1], flush=True)


if __name__ == "__main__":
    serve(Path(sys.argv[1]), sys.argv[2])
