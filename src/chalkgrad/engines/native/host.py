"""The machine at hand: its processor, the width of its vectors, and turning LLVM's assembly into functions."""

from __future__ import annotations

import platform
import re
import sys
from dataclasses import dataclass
from functools import cache

import llvmlite.binding as llvm

# Without the attribute LLVM puts vectors that find no register where the stack happens to be: one load in two then
# crosses a line of the cache, and a loop may take twice as long in one process as in another.
_DEFINED = re.compile(r"^(define .*) \{$", re.MULTILINE)
_DECLARED = re.compile(r"^(declare [^@]*@(?!llvm\.).*)$", re.MULTILINE)
# llvmlite's own manager of memory puts all of an object into one piece. A constant is then an operand of instructions,
# and needs none for its address; functions of the C library, which may be far away, are called through a table.
_IN_ONE_PIECE = sys.platform == "linux" and platform.machine() == "x86_64"
_CALLS_BY_TABLE = """
!llvm.module.flags = !{!0}
!0 = !{i32 7, !"RtLibUseGOT", i32 1}
"""


@dataclass(frozen=True)
class Host:
    """What the code is made for; `vector_bits` is the width of a register: 512, 256 or 128."""

    processor: str
    features: frozenset[str]
    vector_bits: int
    fused: bool
    processor_is_x86: bool

    @property
    def registers(self) -> int:
        """How many registers for vectors there are."""
        return 32 if self.vector_bits == 512 or not self.processor_is_x86 else 16

    def lanes(self, real: str) -> int:
        """How many numbers a register holds."""
        return self.vector_bits // (32 if real == "float" else 64)


@cache
def host() -> Host:
    """The machine that this runs on."""
    llvm.initialize_native_target()
    llvm.initialize_native_asmprinter()
    features = frozenset(name for name, present in llvm.get_host_cpu_features().items() if present)
    width = 512 if "avx512f" in features and "avx512dq" in features else 256 if "avx2" in features else 128
    arm = llvm.get_default_triple().startswith(("aarch64", "arm64"))
    return Host(llvm.get_host_cpu_name(), features, width, arm or "fma" in features, not arm)


def _target_machine() -> llvm.TargetMachine:
    """A new one for each engine, which takes it over."""
    made_for = host()
    features = llvm.get_host_cpu_features().flatten()
    if made_for.vector_bits == 512:
        # Without this LLVM splits vectors of 512 bits on processors that lower their clock for them.
        features += ",-prefer-256-bit"
    target = llvm.Target.from_default_triple()
    near = {"codemodel": "small", "reloc": "pic"} if _IN_ONE_PIECE else {}
    return target.create_target_machine(cpu=made_for.processor, features=features, opt=2, jit=True, **near)


@dataclass(frozen=True)
class Compiled:
    """Machine code in memory; the functions live as long as this does."""

    engine: llvm.ExecutionEngine
    target_machine: llvm.TargetMachine

    def address(self, function: str) -> int:
        """Where a function begins."""
        return int(self.engine.get_function_address(function))


def compile_assembly(assembly: str) -> bytes:
    """The object code for LLVM assembly."""
    target_machine = _target_machine()
    assembly = _DEFINED.sub(r'\1 "stackrealign" {', assembly)
    if _IN_ONE_PIECE:
        assembly = _DECLARED.sub(r"\1 nonlazybind", assembly) + _CALLS_BY_TABLE
    module = llvm.parse_assembly(assembly)
    module.triple = llvm.get_process_triple()
    module.data_layout = str(target_machine.target_data)
    passes = llvm.create_new_module_pass_manager()
    # Our code is written as it is to run: only variables have to become registers, and constants to be folded.
    passes.add_always_inliner_pass()
    passes.add_sroa_pass()
    passes.add_simplify_cfg_pass()
    options = llvm.create_pipeline_tuning_options(speed_level=1)
    passes.run(module, llvm.create_pass_builder(target_machine, options))
    return bytes(target_machine.emit_object(module))


def load_object(code: bytes) -> Compiled:
    """Object code in memory, ready to run."""
    target_machine = _target_machine()
    engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), target_machine, use_lmm=_IN_ONE_PIECE or None)
    engine.add_object_file(llvm.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return Compiled(engine, target_machine)
