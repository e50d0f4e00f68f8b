"""Checking: verdicts on what people derived by hand, and numerical gradient checks of code."""

from chalkgrad.checking.document import check_document, check_text
from chalkgrad.checking.gradcheck import BlockCheck, GradientCheck, gradcheck, gradcheck_program
from chalkgrad.checking.mistakes import CATALOGUE, Mistake
from chalkgrad.checking.repair import Slip
from chalkgrad.checking.report import CheckedClaim, Report
from chalkgrad.checking.truth import Target, Truth, whole
from chalkgrad.checking.verdict import Judgement, judge
from chalkgrad.checking.verifying import Verification, verify, verify_all

__all__ = [
    "CATALOGUE",
    "BlockCheck",
    "CheckedClaim",
    "GradientCheck",
    "Judgement",
    "Mistake",
    "Report",
    "Slip",
    "Target",
    "Truth",
    "Verification",
    "check_document",
    "check_text",
    "gradcheck",
    "gradcheck_program",
    "judge",
    "verify",
    "verify_all",
    "whole",
]
