"""The verdicts on a function's gradients: those of its blocks, what was assumed, what was left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from chalkgrad.checking.code.mistakes import said_of
from chalkgrad.checking.code.sandbox import LeftOut
from chalkgrad.checking.code.slips import CodeSlip
from chalkgrad.checking.gradcheck import BlockCheck


@dataclass(frozen=True)
class Edit:
    """A change of the person's code that makes it right: the line, as it is and as it would be."""

    place: str
    before: str
    after: str
    kind: str = ""

    @property
    def message(self) -> str:
        """The sentence that explains the slip."""
        return said_of(self.kind)


@dataclass(frozen=True)
class CodeBlock:
    """The verdict on the gradient by one parameter.

    `right`; `right_up_to` a constant of the whole loss; `wrong`; or `undetermined`, where it is not returned or no way
    of calling was found.
    """

    name: str
    verdict: str
    reason: str
    slips: tuple[CodeSlip, ...] = ()

    def to_json(self, hints: bool = False) -> dict[str, Any]:
        """The block as plain data; with `hints` nothing in it gives the answer away."""
        if hints and self.verdict == "wrong":
            reason = " ".join(slip.hint for slip in self.slips) or "This is not the derivative."
            told = [{"hint": slip.hint} for slip in self.slips]
            return {"subject": self.name, "verdict": self.verdict, "reason": reason, "mistakes": told}
        told = [{"kind": slip.kind, "message": slip.message, "hint": slip.hint} for slip in self.slips]
        return {"subject": self.name, "verdict": self.verdict, "reason": self.reason, "mistakes": told}


def up_to(blocks: Sequence[CodeBlock], words: str) -> list[CodeBlock]:
    """The blocks, of which those that are wrong are right up to what the words tell."""
    return [CodeBlock(block.name, "right_up_to", f"{words}, {block.reason}") if block.verdict == "wrong" else block
            for block in blocks]  # fmt: skip


def differing(block: BlockCheck) -> str:
    """The entry in which a gradient differs most from the derivative, in words."""
    where = f"at {list(block.at)} " if block.at else ""
    return f"{where}it is {block.claimed:.6g}, but the derivative is {block.numerical:.6g}"


@dataclass(frozen=True)
class CodeCheck:
    """What was found about a function, parameter by parameter.

    `against` says what it was compared with, `called` in one line how it was called, `samples` are its "rows" or
    "columns", `left_out` the statements of the file that failed, `edits` the changes of its code that make it right.
    """

    file: str
    function: str
    against: str
    blocks: tuple[CodeBlock, ...]
    called: str = ""
    samples: str = "rows"
    left_out: tuple[LeftOut, ...] = ()
    edits: tuple[Edit, ...] = ()

    @property
    def exit_code(self) -> int:
        """0 if all is right, 1 if something is wrong, 2 if something could not be judged."""
        verdicts = {block.verdict for block in self.blocks}
        return 1 if "wrong" in verdicts else 2 if "undetermined" in verdicts else 0

    def to_json(self, hints: bool = False) -> dict[str, Any]:
        """The check as plain data; with `hints` nothing in it gives the answer away."""
        about = {"file": self.file, "function": self.function, "against": self.against, "called": self.called}
        left_out = [{"line": each.line, "problem": each.problem} for each in self.left_out]
        edits = [] if hints else [{**asdict(edit), "message": edit.message} for edit in self.edits]
        claims = [block.to_json(hints) for block in self.blocks]
        return {**about, "samples": self.samples, "left_out": left_out, "claims": claims, "edits": edits}
