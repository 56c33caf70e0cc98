"""Whether grading is linear in submissions and in cores, and takes no more memory as it goes on.

``python benchmarks/scale.py`` in an environment with crosscheck, on Linux; two minutes. ``python
benchmarks/scale.py 1000`` grades that many, in ten. Prints ratios as JSON; ``run.py`` shows them.
The command is run as anybody runs it, and watched from outside. Where others are at work on the
same cores, only what is of the CPU and of memory means anything.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import classes

SUBMISSIONS = 120
PARTS = ("grader", "workers", "parents")
_EVERY = 0.2  # seconds between two looks
_TICK = os.sysconf("SC_CLK_TCK")


class Watched:
    """A running grader, looked at from time to time: itself, its processes that judge, and the
    parents of which those that run submissions are forked.
    """

    def __init__(self, grader):
        self._grader = grader
        self._used = {}  # seconds of a processor, by process
        self._sizes = []  # how many submissions were done, and the kB of the largest of each part

    @property
    def used(self):
        """Seconds of processors, of all of them and of what runs submissions."""
        return sum(self._used.values())

    def look(self, done):
        """Once; so many submissions are done."""
        children = _children()
        workers = [p for p in children.get(self._grader, ()) if "spawn_main" in _command(p)]
        parents = [p for w in workers for p in _nests(children, w)]
        for process in (self._grader, *workers, *parents):
            used = _used(process, ended=process in parents)
            self._used[process] = max(used, self._used.get(process, 0.0))  # nothing once it is gone
        parts = zip(PARTS, ([self._grader], workers, parents), strict=True)
        self._sizes.append((done, {name: max(map(_own, ps), default=0) for name, ps in parts}))

    def peaks(self, done):
        """The most memory of each part until so many submissions were done, in MB."""
        sizes = [size for count, size in self._sizes if count <= done]
        return {name: max(size[name] for size in sizes) / 1024 for name in PARTS}


def _children():
    """Every process by the one above it."""
    found = {}
    for path in Path("/proc").glob("[0-9]*"):
        if stat := _stat(path.name):
            found.setdefault(int(stat[1]), []).append(int(path.name))
    return found


def _nests(children, above):
    """The first below it: bubblewrap's own processes may be between."""
    for process in children.get(above, ()):
        command = _command(process)
        if "worker.nest" in command and "bwrap" not in command.split("\0")[0]:
            yield process
        else:
            yield from _nests(children, process)


def _used(process, ended):
    """Its seconds; ``ended``: those of its children that have ended as well."""
    stat = _stat(process)
    return sum(map(int, stat[11 : 15 if ended else 13])) / _TICK if stat else 0.0


def _own(process):
    """In kB, what is no file's: libraries are shared, and stay or not as the system likes."""
    for line in _read(process, "status").splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1])
    return 0


def _stat(process):
    """From its state on; nothing if it has ended."""
    return _read(process, "stat").rpartition(")")[2].split()


def _command(process):
    return _read(process, "cmdline")


def _read(process, name):
    try:
        return Path(f"/proc/{process}/{name}").read_text(errors="replace")
    except OSError:
        return ""


def graded(folder, number, cores):
    """Grade the first so many of a class, a process on each of these cores: the seconds that it
    took, and what was seen.
    """
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as out:
        timings = Path(out, "timings.jsonl")  # a line for each that is done
        command = [sys.executable, "-m", "crosscheck", "grade", folder, "--out", out]
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, cores)
        running = subprocess.Popen([*command, "--limit", str(number)], stdout=subprocess.DEVNULL)
        os.sched_setaffinity(0, before)
        seen = Watched(running.pid)
        while running.poll() is None:
            seen.look(timings.read_bytes().count(b"\n") if timings.exists() else 0)
            time.sleep(_EVERY)
        assert running.returncode == 0, running.returncode
        return time.perf_counter() - start, seen


def main(number):
    """Print the ratios, and how much memory there was."""
    cores = sorted(os.sched_getaffinity(0))
    with tempfile.TemporaryDirectory() as folder:
        classes.write(Path(folder), number)
        graded(folder, len(cores), cores)  # not counted: it makes the bytecode
        half, half_seen = graded(folder, number // 2, cores)
        whole, seen = graded(folder, number, cores)
        alone, alone_seen = graded(folder, number, cores[:1])
    print(
        json.dumps(
            {
                "submissions": number,
                "cores": len(cores),
                "seconds": whole,
                "twice the submissions": whole / half,
                "twice the submissions, CPU": seen.used / half_seen.used,
                "all cores": alone / whole,
                "all cores, CPU": alone_seen.used / seen.used,
                "MB at a quarter": seen.peaks(number // 4),
                "MB at the end": seen.peaks(number),
            }
        )
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else SUBMISSIONS)
