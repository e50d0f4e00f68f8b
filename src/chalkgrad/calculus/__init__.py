"""The calculus: gradients of programs as programs, with the steps by which a person would derive them."""

from chalkgrad.calculus.cancel import cancel, cost
from chalkgrad.calculus.derivation import Derivation, Factor, Step
from chalkgrad.calculus.derive import derive
from chalkgrad.calculus.rules import RULES, Rule
from chalkgrad.calculus.simplify import resummed
from chalkgrad.calculus.sums import sum_over

__all__ = ["RULES", "Derivation", "Factor", "Rule", "Step", "cancel", "cost", "derive", "resummed", "sum_over"]
