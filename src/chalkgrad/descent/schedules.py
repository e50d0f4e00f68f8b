"""The schedules of the learning rate, which training has too."""

from chalkgrad.networks.schedules import SCHEDULES, Schedule, constant, cosine, halving, inverse_time

__all__ = ["SCHEDULES", "Schedule", "constant", "cosine", "halving", "inverse_time"]
