"""Rights that a process gives up, and what it may ask of the kernel: ``prctl`` and ``capset``."""

from __future__ import annotations

import ctypes
import errno
import os
import signal
import sys
from functools import cache
from typing import Any

from crosscheck.sandbox.levels import SandboxError

_PDEATHSIG, _DUMPABLE, _CAPBSET_DROP, _SUBREAPER, _NO_NEW_PRIVS = 1, 4, 24, 36, 38
_CAPABILITY_VERSION_3 = 0x20080522


@cache
def libc() -> Any:
    """The C library, with errno kept."""
    return ctypes.CDLL(None, use_errno=True)


def called(what: str, result: int) -> int:
    """The result of a system call. Raises SandboxError if it is -1."""
    if result < 0:
        number = ctypes.get_errno()
        name = errno.errorcode.get(number, number)
        raise SandboxError(f"{what}: {os.strerror(number)} ({name})")
    return result


def reap_orphans() -> None:
    """Become the parent of whatever a descendant leaves behind, so that it can be found; and give
    up being looked into by other processes of this user.
    """
    if sys.platform == "linux":
        _prctl("The orphans of workers cannot be had", _SUBREAPER, 1)
        shield()


def shield() -> None:
    """Keep processes of the same user out of this one's memory and descriptors (Linux)."""
    if sys.platform == "linux":
        _prctl("The process cannot be shielded", _DUMPABLE, 0)


def give_up_privileges() -> None:
    """No capability is left, none can be gained, and the process ends with its parent."""
    if sys.platform != "linux":
        return
    _prctl("no_new_privs", _NO_NEW_PRIVS, 1)
    shield()
    _prctl("The process cannot be tied to its parent", _PDEATHSIG, signal.SIGKILL)
    for capability in range(64):
        if libc().prctl(_CAPBSET_DROP, capability, 0, 0, 0) < 0:
            break  # the last one that this kernel has, or no right to drop any: then it has none
    head = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
    called("Capabilities cannot be dropped", libc().capset(head, (ctypes.c_uint32 * 6)()))


def _prctl(what: str, option: int, value: int) -> None:
    called(what, libc().prctl(option, ctypes.c_ulong(value), 0, 0, 0))
