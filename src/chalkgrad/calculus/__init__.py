"""The calculus: gradients of programs as programs, with the steps by which a person would derive them."""

from chalkgrad.calculus.cancel import cancel
from chalkgrad.calculus.derivation import Derivation
from chalkgrad.calculus.derive import derive
from chalkgrad.calculus.rules import RULES, Rule
from chalkgrad.calculus.simplify import resummed
from chalkgrad.calculus.steps import Factor, Step
from chalkgrad.calculus.sums import sum_over

__all__ = ["RULES", "Derivation", "Factor", "Rule", "Step", "cancel", "derive", "resummed", "sum_over"]
