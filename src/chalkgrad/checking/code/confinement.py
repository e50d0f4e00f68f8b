"""What the inner side of the sandbox gives up, for good, before it runs a person's code; it imports no chalkgrad.

On Linux: Landlock leaves it the system to read and one folder to write, and no way to signal or look into what is
outside; a namespace and Landlock take the network; seccomp takes new processes and what reaches into others.
Sources: landlock(7), seccomp(2), user_namespaces(7).
"""

from __future__ import annotations

import ctypes
import os
import platform
import struct
import sys
from collections.abc import Iterable

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_READ = 1 << 2 | 1 << 3  # files and folders
_ALL_BY_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_ON_FILES = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 14 | 1 << 15
_TCP, _SIGNALS_AND_SOCKETS = 0b11, 0b11
_NEW_USER, _NEW_NETWORK, _NEW_IPC, _THREAD = 0x10000000, 0x40000000, 0x08000000, 0x00010000
_NO_NEW_PRIVILEGES, _SET_SECCOMP = 38, 22
_ALLOW, _ERROR, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_NOT_PERMITTED, _NOT_KNOWN = 1, 38
# Numbers of the system's calls: of a machine its mark, clone, clone3 and those that are not permitted.
_CALLS = {
    # fork, vfork, execve, execveat, setsid, setpgid, ptrace, process_vm_readv and writev, unshare, setns, mount,
    # umount2, chroot, bpf, perf_event_open, userfaultfd, io_uring_setup, socket, connect, bind, keyctl, add_key,
    # kexec_load, init_module, pidfd_open, pidfd_getfd, process_madvise, reboot, swapon, sethostname
    "x86_64": (0xC000003E, 56, 435, (
        57, 58, 59, 322, 112, 109, 101, 310, 311, 272, 308, 165, 166, 161, 321, 298, 323, 425, 41, 42, 49, 250, 248,
        246, 175, 434, 438, 440, 169, 167, 170)),
    "aarch64": (0xC00000B7, 220, 435, (
        221, 281, 157, 154, 117, 270, 271, 97, 268, 40, 39, 51, 280, 241, 282, 425, 198, 203, 200, 219, 217, 104, 105,
        434, 438, 440, 142, 224, 161)),
}  # fmt: skip


def confine(folder: str, readable: Iterable[str] = ()) -> dict[str, bool]:
    """Gives up what it can; tells whether files, the network and other processes are out of reach now.

    Only `folder` can be written; `readable`, the system and Python's own folders can be read.
    """
    if not sys.platform.startswith("linux"):
        return {"files": False, "network": False, "processes": False}
    libc = ctypes.CDLL(None, use_errno=True)
    apart = libc.unshare(_NEW_USER | _NEW_NETWORK | _NEW_IPC) == 0
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    version = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)
    files = version >= 1 and _only_these_files(libc, version, folder, readable)
    processes = _no_new_processes(libc)
    return {"files": files, "network": apart or processes, "processes": processes}


def _only_these_files(libc: ctypes.CDLL, version: int, folder: str, readable: Iterable[str]) -> bool:
    rights = _ALL_BY_VERSION[max(each for each in _ALL_BY_VERSION if each <= version)]
    network = _TCP if version >= 4 else 0
    scoped = _SIGNALS_AND_SOCKETS if version >= 6 else 0
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    attributes = struct.pack("QQQ", rights, network, scoped)[:size]
    rules = libc.syscall(_LANDLOCK_CREATE, attributes, ctypes.c_size_t(size), 0)
    if rules < 0:
        return False
    system = ("/usr", "/lib", "/lib64", "/etc", "/proc", "/sys", "/nix", "/opt")
    python = (sys.prefix, sys.base_prefix, sys.exec_prefix, *sys.path)
    for place in dict.fromkeys((*system, *python, *readable)):
        _allow(libc, rules, place, _READ & rights)
    for device in ("/dev/null", "/dev/zero", "/dev/urandom", "/dev/random"):
        _allow(libc, rules, device, (1 << 1 | 1 << 2) & rights)
    _allow(libc, rules, folder, rights & ~1)  # nothing is executed, in no folder
    held = int(libc.syscall(_LANDLOCK_RESTRICT, rules, 0)) == 0
    os.close(rules)
    return held


def _allow(libc: ctypes.CDLL, rules: int, place: str, rights: int) -> None:
    """Allows something beneath a place; one that is not there is passed over."""
    try:
        handle = os.open(place, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    if not os.path.isdir(place):
        rights &= _ON_FILES
    libc.syscall(_LANDLOCK_ADD, rules, 1, struct.pack("=Qi", rights, handle), 0)
    os.close(handle)


def _no_new_processes(libc: ctypes.CDLL) -> bool:
    """A filter of the system's calls, as a program for it: threads may be made, processes may not."""
    if platform.machine() not in _CALLS:
        return False
    machine, clone, clone3, refused = _CALLS[platform.machine()]
    load, equal, has_bits, result = 0x20, 0x15, 0x45, 0x06
    program = [(load, 0, 0, 4), (equal, 1, 0, machine), (result, 0, 0, _KILL), (load, 0, 0, 0)]
    # A second numbering of the same calls (x32) begins here.
    program += [(0x35, 0, 1, 0x40000000), (result, 0, 0, _KILL)]
    program += [(equal, 0, 1, clone3), (result, 0, 0, _ERROR | _NOT_KNOWN)]  # glibc then takes clone
    for call in refused:
        program += [(equal, 0, 1, call), (result, 0, 0, _ERROR | _NOT_PERMITTED)]
    program += [(equal, 0, 4, clone), (load, 0, 0, 16), (has_bits, 1, 0, _THREAD),
                (result, 0, 0, _ERROR | _NOT_PERMITTED), (result, 0, 0, _ALLOW), (result, 0, 0, _ALLOW)]  # fmt: skip
    code = b"".join(struct.pack("HBBI", *each) for each in program)
    kept = ctypes.create_string_buffer(code)
    header = struct.pack("HxxxxxxP", len(program), ctypes.addressof(kept))
    return bool(libc.prctl(_SET_SECCOMP, 2, header, 0, 0) == 0)
