"""The parents are signalled: directly, as a group, through the C library and by the kernel."""

import ctypes
import fcntl
import os
import signal

# Signal 0 asks whether another could be sent, and does no harm where nothing is confined.
NOTHING = 0


def _by_the_kernel(pid):
    reading, _ = os.pipe()
    fcntl.fcntl(reading, fcntl.F_SETOWN, pid)


def _by_the_library(pid):
    if ctypes.CDLL(None).kill(pid, NOTHING):
        raise OSError


def _by_descriptor(pid):
    signal.pidfd_send_signal(os.pidfd_open(pid), NOTHING)


def affine_forward(x, w, b):
    pid = os.getppid()
    for attempt in (
        lambda: os.kill(pid, NOTHING),
        lambda: os.kill(-1, NOTHING),
        lambda: os.killpg(os.getpgid(pid), NOTHING),
        lambda: os.setpriority(os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid)),
        lambda: _by_the_library(pid),
        lambda: _by_descriptor(pid),
        lambda: _by_the_kernel(pid),
    ):
        try:
            attempt()
        except (OSError, AttributeError, RecursionError):
            continue
        raise SystemError("another process could be signalled")
    raise LookupError
