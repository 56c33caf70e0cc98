"""The one call that takes from a process what code under test must not have."""

from __future__ import annotations

import os
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from crosscheck.sandbox import bubblewrap, fence, landlock, seccomp
from crosscheck.sandbox.imports import FRAMEWORKS, forbid
from crosscheck.sandbox.levels import BUBBLEWRAP, PROCESS, Level, SandboxError
from crosscheck.sandbox.limits import USUAL, Limits, limit
from crosscheck.sandbox.linux import give_up_privileges

_HERE = Path(__file__).parents[1]
_ANSWERS = ("layers", "maths", "hints")  # which know what is right, and are loaded already
_SYSTEM = (
    *("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/usr/share/zoneinfo"),
    *("/etc/ld.so.cache", "/etc/localtime", "/dev/zero", "/dev/random", "/dev/urandom"),
)


def confine(
    level: Level,
    readable: Sequence[Path],
    writable: Sequence[Path] = (),
    *,
    hidden: Sequence[Path] = (),
    limits: Limits = USUAL,
) -> None:
    """Give up, for good, all that code under test must not have. To be called in a freshly forked
    process, before any of that code is loaded.

    What Python needs can be read, and ``readable``; not ``hidden`` in it, nor the frameworks and
    the answers that are installed. Only ``writable`` can be changed.
    Raises SandboxError if that cannot be had in full: then nothing may be run.
    """
    common = prepare(level, *hidden)
    writable = [*writable, Path(os.devnull)]
    forbid(FRAMEWORKS)
    limit(limits)
    if level == BUBBLEWRAP:
        bubblewrap.check_in_force()
    if level > PROCESS:
        _check_alone()
    give_up_privileges()
    if level == PROCESS:
        fence.put_up([*readable, *common.readable], writable, common.hidden)
        return
    landlock.restrict(common.rules | landlock.rules(readable, common.hidden), writable)
    seccomp.restrict()
    landlock.check_in_force()
    seccomp.check_in_force()


@dataclass(frozen=True)
class Common:
    """What every worker may read, and what none may; ``rules``: the same as Landlock takes it."""

    readable: Sequence[Path]
    hidden: Sequence[Path]
    rules: dict[Path, int]


@cache
def prepare(level: Level, *hidden: Path) -> Common:
    """What is the same for all workers of a level, of whom some more is ``hidden``. It takes longer
    than all the rest: whoever forks many workers asks for it once, before.
    """
    readable = _of_python()
    hidden = (
        *hidden,
        *_HERE.glob("*.oracle"),
        *(_HERE / name for name in _ANSWERS),
        *_frameworks(),
    )
    if level == PROCESS:
        return Common(readable, hidden, {})
    seccomp.prepare()
    return Common(readable, hidden, landlock.rules(readable, hidden))


def _of_python() -> list[Path]:
    """Where modules and libraries are. Not ``sys.path``: the answers may be in the folder where
    somebody works.
    """
    named = sysconfig.get_paths()
    folders = [Path(named[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    roots = {sys.prefix, sys.exec_prefix, sys.base_prefix, sys.base_exec_prefix}
    folders += [Path(root, name) for root in sorted(roots) for name in ("lib", "lib64")]
    tops = [m for name, m in sorted(sys.modules.items()) if "." not in name]
    for module in tops:  # wherever else something was imported from
        if (file := getattr(module, "__file__", None)) and getattr(module, "__path__", None):
            folders.append(Path(file).parent)
    return [*dict.fromkeys(p.resolve() for p in (*folders, *map(Path, _SYSTEM)) if p.exists())]


def _frameworks() -> list[Path]:
    places = [Path(place, name) for place in sys.path for name in FRAMEWORKS]
    return [place for place in places if place.is_dir()]


def _check_alone() -> None:
    """Landlock holds for one thread and what it starts."""
    if sys.platform != "linux":
        raise SandboxError(f"There is no such level on {sys.platform}")
    count = len(os.listdir("/proc/self/task"))  # noqa: PTH208 - names only
    if count > 1:
        raise SandboxError(f"{count} threads run already, and only one would be confined")
