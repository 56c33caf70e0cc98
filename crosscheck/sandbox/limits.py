"""How much a process may take: memory, time, files, processes. Every system with ``resource``."""

from __future__ import annotations

import contextlib
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from crosscheck.sandbox.levels import SandboxError


@dataclass(frozen=True)
class Limits:
    """``memory``: bytes beside what is loaded already; ``cpu``: seconds; ``file``: bytes of one
    file; ``files``: open at a time; ``processes``: of this user, and for root not held to.
    """

    memory: int = 1 << 30
    cpu: int = 600
    file: int = 1 << 20  # a stack is written to a file when it is asked for
    files: int = 256
    processes: int = 2048  # threads of this user count, whoever started them


USUAL = Limits()


def limit(limits: Limits) -> None:
    """Set them for this process, never to raise them again. Raises SandboxError."""
    try:
        import resource
    except ImportError:  # Windows
        return
    wanted = {
        resource.RLIMIT_CPU: limits.cpu,
        resource.RLIMIT_FSIZE: limits.file,
        resource.RLIMIT_NOFILE: limits.files,
        resource.RLIMIT_NPROC: limits.processes,
        resource.RLIMIT_CORE: 0,
    }
    try:
        for kind, most in wanted.items():
            _lower(resource, kind, most)
        limit_memory(limits.memory)
    except (OSError, ValueError) as error:
        raise SandboxError(f"The limits of the process cannot be set: {error}") from None


def limit_memory(most: int) -> None:
    """So many bytes beside what is loaded already: more is refused, as a MemoryError. Linux only:
    Windows has no such limit, and macOS does not keep to it. Raises OSError.
    """
    if sys.platform == "linux":
        import resource

        _lower(resource, resource.RLIMIT_AS, _loaded(resource) + most)


def _lower(resource: Any, kind: int, most: int) -> None:
    _, hard = resource.getrlimit(kind)
    least = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (least, least))


def _loaded(resource: Any) -> int:
    """Bytes of address space that are in use; none where /proc is missing."""
    with contextlib.suppress(OSError, ValueError):
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
        return pages * int(resource.getpagesize())
    return 0
