"""The parent of workers: loads everything, then forks one when asked. It holds no answers."""

from __future__ import annotations

import contextlib
import fcntl
import gc
import json
import os
import resource
import socket
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from crosscheck.adapters import candidates_in
from crosscheck.case import Case, Drawn, Question
from crosscheck.layers import catalogue
from crosscheck.sandbox import confine, end_strays, level_named, prepare, reap_orphans
from crosscheck.worker import frames, serve

_ABOVE = 16  # descriptors that are moved out of the way of those with a meaning


def main(descriptor: int) -> None:
    """Answer requests on that socket until it is closed."""
    with contextlib.suppress(EOFError, OSError), socket.socket(fileno=descriptor) as ours:
        reap_orphans()
        _load()
        _answer(ours, {"ready": True})
        _serve(ours)


def _load() -> None:
    """All that a worker may need, so that nothing of it has to be read once it is confined; and
    what is found out once for all, so that it is not by each of them.
    """
    candidates_in({}, catalogue().values())
    serve.forget_answers()


def _serve(ours: socket.socket) -> None:
    pid = 0
    while True:
        text, descriptors, _, _ = socket.recv_fds(ours, 1 << 16, 3)
        if not text:
            return
        request = json.loads(text)
        if request["do"] == "hold":
            _hold(request["arrays"], request["questions"])
            gc.collect()
            gc.freeze()  # what is held stays shared with every fork
            _answer(ours, {"held": len(serve.HELD)})
        elif request["do"] == "fork":
            level = level_named(request["level"])
            readable, hidden = (list(map(Path, request[name])) for name in ("readable", "hidden"))
            prepare(level, *hidden)
            pid = os.fork()
            if not pid:
                _become_worker(descriptors, partial(confine, level, readable, hidden=hidden))
            for d in descriptors:
                os.close(d)
            pidfd = os.pidfd_open(pid)
            _answer(ours, {"forked": True}, [pidfd])
            os.close(pidfd)
        else:
            _, status = os.waitpid(pid, 0)
            end_strays()
            _answer(ours, {"code": os.waitstatus_to_exitcode(status), "seconds": _seconds()})


def _seconds() -> float:
    """Of a processor, that this process took, and all that it has started and seen ended."""
    ended = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + ended.ru_utime + ended.ru_stime


def _answer(ours: socket.socket, answer: dict[str, Any], descriptors: Sequence[int] = ()) -> None:
    socket.send_fds(ours, [json.dumps(answer).encode() + b"\n"], descriptors)


def _hold(arrays: int, questions: int) -> None:
    """So many as come on standard input."""
    serve.DRAWN[:] = [_drawn(*frames.read(sys.stdin.buffer)) for _ in range(arrays)]
    serve.HELD[:] = [_question(*frames.read(sys.stdin.buffer)) for _ in range(questions)]


def _drawn(meta: frames.Meta, arrays: Sequence[Any]) -> Drawn:
    return serve.drawn(Case.parse(meta["case"]), arrays)


def _question(meta: frames.Meta, _: Sequence[Any]) -> Question:
    case = Case.parse(meta["case"])
    _ = case.sizes, case.options  # a case works them out once: here, and not in every fork
    return Question(case, *(serve.DRAWN[number] for number in meta["held"]))


def _become_worker(descriptors: Sequence[int], confine_it: Callable[[], None]) -> NoReturn:
    """Never returns to the parent's code, whatever happens."""
    code = 1
    try:
        os.setsid()
        moved = [fcntl.fcntl(d, fcntl.F_DUPFD, _ABOVE) for d in descriptors]
        for wanted, d in enumerate((moved[0], moved[1], moved[2], moved[2])):
            os.dup2(d, wanted)  # requests, replies, complaints, stack
        os.closerange(4, os.sysconf("SC_OPEN_MAX"))
        serve.main(3, confine_it)
        code = 0
    except BaseException as error:  # told by the trace: there is nobody to pass it on to
        os.write(3, f"{error}\n".encode())
    finally:
        os._exit(code)
