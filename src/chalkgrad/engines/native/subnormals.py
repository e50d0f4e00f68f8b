"""Numbers that are almost zero: while a compiled run trains, they are zero.

A saturated unit has errors below the smallest normal number, and processors of the x86 kind take over a hundred cycles
for each operation on one. Weights do not feel them. Other processors lose nothing by them, and keep them.
"""

from __future__ import annotations

_FLUSHED = 0x8040  # flush-to-zero and denormals-are-zero, Intel's Software Developer's Manual, volume 1, 10.2.3

_DECLARED = "declare void @llvm.x86.sse.stmxcsr(ptr)\ndeclare void @llvm.x86.sse.ldmxcsr(ptr)"
_BEGIN = f"""%mode = alloca i32
%flushing = alloca i32
call void @llvm.x86.sse.stmxcsr(ptr %mode)
%before = load i32, ptr %mode
%flushed = or i32 %before, {_FLUSHED}
store i32 %flushed, ptr %flushing
call void @llvm.x86.sse.ldmxcsr(ptr %flushing)"""
_END = "call void @llvm.x86.sse.ldmxcsr(ptr %mode)"


def flushing(assembly: str) -> str:
    """The assembly with these numbers taken as zero between the entry of `run` and its one return."""
    before, run = assembly.split("define void @run(", 1)
    run = run.replace("entry:\n", f"entry:\n{_BEGIN}\n", 1).replace("ret void", f"{_END}\nret void", 1)
    return f"{_DECLARED}\n{before}define void @run({run}"
