"""Landlock: which files this process may read, for good.

There are bindings (``landlock`` 1.0.0.dev5): an alpha that knows neither TCP nor scopes, and that
takes an errno which an earlier call has left for a failure of its own. The kernel's interface is
three calls: https://docs.kernel.org/userspace-api/landlock.html
"""

from __future__ import annotations

import contextlib
import ctypes
import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from crosscheck.sandbox.levels import SandboxError
from crosscheck.sandbox.linux import called, libc

_CREATE, _ADD, _RESTRICT = 444, 445, 446  # the same on every architecture
_ASK_VERSION, _BENEATH, _QUIET = 1, 1, 1
_EXECUTE, _WRITE, _READ, _LIST = 1, 1 << 1, 1 << 2, 1 << 3
_CHANGE = _WRITE | 1 << 4 | 1 << 5 | 1 << 7 | 1 << 8 | 1 << 12  # files, folders and links
_TRUNCATE = 1 << 14
_OF_FILES = _EXECUTE | _WRITE | _READ | _TRUNCATE | 1 << 15
_EVERYTHING = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}  # bits of rights to files, by version
_NEWEST = 7


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("network", ctypes.c_uint64),  # from version 4
        ("scoped", ctypes.c_uint64),  # from version 6
    )


class _Beneath(ctypes.Structure):
    _fields_ = (("allowed", ctypes.c_uint64), ("descriptor", ctypes.c_int32))


def version() -> int:
    """What this kernel's Landlock can do, as far as it is known here. Raises SandboxError."""
    found = libc().syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint32(_ASK_VERSION))
    return min(called("Landlock is not in this kernel, or is switched off", found), _NEWEST)


def rules(readable: Iterable[Path], hidden: Iterable[Path] = ()) -> dict[Path, int]:
    """By path, the rights that let these files and folders be read, without those ``hidden``."""
    kept_back = {h.resolve() for h in hidden}
    around = {parent for h in kept_back for parent in h.parents}
    granted: dict[Path, int] = {}
    for path in readable:
        for part, rights in _granted(path.resolve(), kept_back, around):
            granted[part] = granted.get(part, 0) | rights & (-1 if part.is_dir() else _OF_FILES)
    return granted


def restrict(readable: Mapping[Path, int], writable: Sequence[Path]) -> None:
    """From now on only what ``rules`` has told can be read, and only ``writable`` changed; no TCP,
    no signals and no abstract sockets beyond this process, where the kernel knows of them.

    Raises SandboxError.
    """
    abi = version()
    files = (1 << _EVERYTHING.get(abi, 16)) - 1
    ruleset = _Ruleset(files, 3 if abi >= 4 else 0, 3 if abi >= 6 else 0)
    size = ctypes.c_size_t(24 if abi >= 6 else 16 if abi >= 4 else 8)
    made = libc().syscall(_CREATE, ctypes.byref(ruleset), size, ctypes.c_uint32(0))
    descriptor = called("Landlock makes no set of rules", made)
    try:
        for path, rights in readable.items():
            _allow(descriptor, path, rights & files)
        for path in map(Path.resolve, writable):
            rights = (_READ | _LIST | _CHANGE | _TRUNCATE) & (-1 if path.is_dir() else _OF_FILES)
            _allow(descriptor, path, rights & files)
        quiet = ctypes.c_uint32(_QUIET if abi >= 7 else 0)  # a submission must not fill the log
        called("Landlock cannot be put in force", libc().syscall(_RESTRICT, descriptor, quiet))
    finally:
        os.close(descriptor)


def _granted(
    path: Path, hidden: Collection[Path], around: Collection[Path]
) -> Iterator[tuple[Path, int]]:
    """Rules only ever allow: where something in a folder is hidden, the rest is listed."""
    if path in hidden:
        return
    if path not in around:
        yield path, _READ | _LIST
        return
    yield path, _LIST
    with contextlib.suppress(OSError):
        for child in path.iterdir():
            if not child.is_symlink():  # to what is granted by its own name, or not at all
                yield from _granted(child, hidden, around)


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no right
    try:
        rule = _Beneath(rights, descriptor)
        added = libc().syscall(_ADD, ruleset, _BENEATH, ctypes.byref(rule), ctypes.c_uint32(0))
        if added:
            called(f"Landlock takes no rule for {path}", added)
    finally:
        os.close(descriptor)


def check_in_force() -> None:
    """Raises SandboxError unless the file system is closed."""
    try:
        os.close(os.open("/", os.O_RDONLY))
    except PermissionError:
        return
    raise SandboxError("Landlock was put in force, and yet / can be listed")
