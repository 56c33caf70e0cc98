"""What Python itself refuses: the most that a process can do on every system.

An audit hook cannot be taken away again, and hears of every file, process and socket that Python
opens. It is a fence and no wall: code that is made for it climbs over. So it stands only where the
kernel gives nothing better; https://peps.python.org/pep-0578 says as much.
"""

from __future__ import annotations

import contextlib
import errno
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from types import MappingProxyType
from typing import Any

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND
_SIGNALS = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: have the kernel send one
_REFUSED = """
    os.remove os.rename os.mkdir os.rmdir os.link os.symlink os.truncate os.chmod os.chown
    os.chflags os.utime os.setxattr os.removexattr os.lockf
    os.fork os.forkpty os.exec os.posix_spawn os.spawn os.startfile os.startfile/2 os.system
    os.kill os.killpg
    gc.get_objects gc.get_referrers gc.get_referents
    resource.setrlimit resource.prlimit
"""
_FAMILIES = tuple(
    f"{name}." for name in ("socket", "subprocess", "pty", "ctypes", "winreg", "_winapi", "syslog")
)
_HARMLESS = frozenset({"_winapi.CloseHandle", "ctypes.addressof", "ctypes.get_errno"})


# What Python tells no hook of.
_UNHEARD = {
    "posix": "pidfd_open setpriority mkfifo mknod chroot unshare setns memfd_create "
    "sched_setaffinity sched_setparam sched_setscheduler",
    "_signal": "pidfd_send_signal",
    "_posixsubprocess": "fork_exec",
    "_posixshmem": "shm_open shm_unlink",
}
_SHOWN_BY = {"posix": "os", "_signal": "signal"}


def put_up(readable: Sequence[Path], writable: Sequence[Path], hidden: Sequence[Path]) -> None:
    """From now on Python reads and writes nothing else, and starts and signals nobody."""
    for module, names in _UNHEARD.items():
        with contextlib.suppress(ImportError):
            for holder in (import_module(module), import_module(_SHOWN_BY.get(module, module))):
                for name in names.split():
                    vars(holder).pop(name, None)
    readable = [*readable, *writable]
    sys.addaudithook(_hook(_closed(*map(_places, (readable, writable, hidden)))))


def _places(paths: Sequence[Path]) -> tuple[str, ...]:
    return tuple(sorted({str(p.resolve()) for p in paths}))


# Whatever the two use is bound when they are made: code under test may put its own in modules.


def _closed(
    readable: tuple[str, ...], writable: tuple[str, ...], hidden: tuple[str, ...]
) -> Callable[[Any, int], bool]:
    real, decoded, separator, number, writing = os.path.realpath, os.fsdecode, os.sep, int, _WRITING

    def within(path: str, places: tuple[str, ...]) -> bool:
        for place in places:
            if path == place or path.startswith(place.rstrip(separator) + separator):
                return True
        return False

    def closed(path: Any, flags: int) -> bool:
        if type(path) is number:  # a descriptor that is open already
            return False
        full = real(decoded("." if path is None else path))
        if flags & writing:
            return not within(full, writable)
        return within(full, hidden) or not within(full, readable)

    return closed


def _hook(closed: Callable[[Any, int], bool]) -> Callable[[str, tuple[Any, ...]], None]:
    refused, families, harmless = frozenset(_REFUSED.split()), _FAMILIES, _HARMLESS
    signals, error, number, text = _SIGNALS, PermissionError, errno.EPERM, str
    told_by: dict[str, Callable[[tuple[Any, ...]], bool]] = {
        "open": lambda told: closed(told[0], told[2] or 0),
        "os.listdir": lambda told: closed(told[0], 0),
        "os.scandir": lambda told: closed(told[0], 0),
        "object.__setattr__": lambda told: told[1] == "__code__",
        "fcntl.fcntl": lambda told: told[1] in signals,
        "ctypes.dlopen": lambda told: told[0] is not None,
        # SciPy looks up Python's own functions when it is imported.
        "ctypes.dlsym": lambda told: not text(told[1]).startswith(("Py", "_Py")),
    }
    refuses = MappingProxyType(told_by).get

    def hook(event: str, told: tuple[Any, ...]) -> None:
        by_what = refuses(event)
        if by_what:
            wrong = by_what(told)
        else:
            wrong = event in refused or (event.startswith(families) and event not in harmless)
        if wrong:
            raise error(number, f"code under test may not do this: {event}")

    return hook
