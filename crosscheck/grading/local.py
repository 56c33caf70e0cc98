"""An executor of processes on this machine that leaves nobody behind, however the grader ends."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import contextmanager
from functools import partial
from multiprocessing.connection import Connection

from crosscheck.grading.pool import Pool

_GRACE = 2.0  # seconds for a worker to end its child


def cores() -> int:
    """How many this process may use."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def local_pool(jobs: int = 0) -> Pool:
    """So many processes; as many as there are cores if it is 0."""
    jobs = jobs or cores()
    return Pool(partial(_processes, jobs), 2 * jobs)


@contextmanager
def _processes(jobs: int) -> Iterator[Executor]:
    spawn = multiprocessing.get_context("spawn")
    theirs, ours = spawn.Pipe(duplex=False)
    executor = ProcessPoolExecutor(jobs, spawn, _begin, (theirs,))
    try:
        yield executor
    except BaseException:  # nobody waits for what is running
        ours.close()
        raise
    finally:
        executor.shutdown(cancel_futures=True)
        theirs.close()
        ours.close()


def _begin(grader: Connection) -> None:
    """In each worker: Ctrl-C is the grader's to answer, and when it has gone, so has this."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name == "posix":
        signal.signal(signal.SIGTERM, _leave)
    threading.Thread(target=_watch, args=(grader,), daemon=True).start()


def _watch(grader: Connection) -> None:
    """The pipe's other end is closed by the grader, or by the system when the grader is killed."""
    try:
        grader.poll(None)
    finally:
        if os.name == "posix":
            # The main thread leaves its blocks: the child that runs the submission is ended.
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGTERM)
            threading.Event().wait(_GRACE)
        os._exit(1)


def _leave(number: int, _: object) -> None:
    """End, also where the exception is taken for that of a job, and another job is waited for."""
    late = threading.Timer(_GRACE, os._exit, (1,))
    late.daemon = True
    late.start()
    raise SystemExit(128 + number)
