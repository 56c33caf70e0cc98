"""Measures crosscheck beside its peers, in one run on one machine, and prints ratios.

``python benchmarks/run.py`` in an environment with crosscheck, torch and jax. Whole processes are
timed from outside, in turn with their peer; the median of the paired ratios is what counts.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
# The whole catalogue takes minutes live: one of each kind stands for it.
LAYERS = ("affine", "relu", "softmax_loss", "conv", "batchnorm", "lstm")
CHECK = [sys.executable, "-m", "crosscheck", "check", "impl_numpy"]
ONE = [*CHECK, "--layer", "batchnorm"]
LIVE = [*CHECK, "--live", *(part for name in LAYERS for part in ("--layer", name))]
IMPORT = [sys.executable, "-c", "import numpy"]
BARE = [sys.executable, "benchmarks/bare.py", *LAYERS]


def seconds(command, cache):
    """How long a command takes with this folder as the user's cache."""
    environment = {**os.environ, "XDG_CACHE_HOME": cache, "PYTHONPATH": str(ROOT)}
    # An installed package has its bytecode; the run that is not counted makes it here.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def paired(ours, peer, pairs, fresh=False):
    """The times of both, in turn; ``fresh``: each of ours with an empty cache."""
    times = []
    with tempfile.TemporaryDirectory() as kept:
        seconds(ours, kept)
        for _ in range(pairs):
            with tempfile.TemporaryDirectory() as empty:
                times.append((seconds(ours, empty if fresh else kept), seconds(peer, empty)))
    return times


def report(title, times, aim):
    """One line: medians, and the median of the ratios."""
    ours, peer = (statistics.median(t[i] for t in times) for i in (0, 1))
    ratio = statistics.median(a / b for a, b in times)
    print(f"{title:<52}{ours:9.3f} s {peer:9.3f} s {ratio:9.2f}   {aim}")


def printed_by(script):
    """The times that a script measures by itself, by name, in seconds."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, script]
    printed = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)
    return json.loads(printed.stdout)


def show_scale(scale):
    """What becomes of time and memory as a class and the number of cores grow."""
    print(
        f"(f) {scale['submissions']} submissions in {scale['seconds']:.0f} s; beside half as many "
        f"{scale['twice the submissions']:.2f} times the time, "
        f"{scale['twice the submissions, CPU']:.2f} times the CPU (aim: 2); on one core "
        f"{scale['all cores']:.2f} times the time (aim: {scale['cores']}), "
        f"{scale['all cores, CPU']:.2f} times the CPU (aim: 1)"
    )
    for part, early in scale["MB at a quarter"].items():
        late = scale["MB at the end"][part]
        print(
            f"    memory of the {part:<8}{early:7.1f} MB at a quarter{late:7.1f} MB at the end, "
            f"ratio {late / early:.2f} (aim: 1)"
        )


def main():
    """All comparisons."""
    print(f"{'':52}{'crosscheck':>11} {'peer':>11} {'ratio':>9}   aim")
    report("(a) check --layer batchnorm : import numpy", paired(ONE, IMPORT, 15), "under 3")
    report("(a) check, the whole catalogue : import numpy", paired(CHECK, IMPORT, 3), "10 s")
    report("(b) check --live, cold : bare script", paired(LIVE, BARE, 3, fresh=True), "at most 1.3")
    report("(b) check --live, nothing changed : bare script", paired(LIVE, BARE, 3), "at most 0.1")
    ways = printed_by("benchmarks/one_affine.py")
    ours = ways.pop("crosscheck")
    print(f"(c) one affine 16×64→64: crosscheck {ours * 1e3:.2f} ms, its oracle at hand; besides")
    for way, taken in ways.items():
        print(f"    {way:<48}{taken * 1e3:12.2f} ms {taken / ours:12.0f} times")
    both = printed_by("benchmarks/one_convolution.py")
    print(
        f"(d) one convolution, forward and backward: impl_numpy {both['impl_numpy'] * 1e3:.0f} ms, "
        f"torch {both['torch'] * 1e3:.0f} ms, ratio {both['impl_numpy'] / both['torch']:.2f}"
    )
    grading = printed_by("benchmarks/grading.py")
    print(
        f"(e) grading a submission of {grading['cases']} cases: {grading['graded']:.2f} s of CPU, "
        f"its own code {grading['own code']:.2f} s, beside it for 500 cases "
        f"{grading['beside it, for 500 cases']:.2f} s (aim: 0.1); as a pytest process "
        f"{grading['pytest']:.2f} s, ratio {grading['pytest'] / grading['graded']:.1f}"
    )
    if sys.platform == "linux":
        show_scale(printed_by("benchmarks/scale.py"))


if __name__ == "__main__":
    main()
