"""Checking gradients in code: functions, methods and classes as people write them."""

from chalkgrad.checking.code.checked import check_code
from chalkgrad.checking.code.mistakes import IN_CODE
from chalkgrad.checking.code.verdicts import CodeBlock, CodeCheck

__all__ = ["IN_CODE", "CodeBlock", "CodeCheck", "check_code"]
