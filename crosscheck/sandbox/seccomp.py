"""seccomp: which system calls this process may make, for good. By the system's libseccomp.

Everything is allowed but what is refused here. A list of what is allowed would be shorter to trust,
but NumPy, OpenBLAS and glibc ask other kernels for other calls, and each one missed would fail a
right submission on somebody's machine. So that a list of refusals has no holes, calls that came
after this list are told to be unknown, and glibc then does with the older ones. What is refused is
whatever reaches beyond this process and its open files, and cannot be refused by Landlock.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from crosscheck.sandbox.levels import SandboxError

_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_NE, _MASKED = 1, 7
_SYNC = 4  # the attribute: every thread of the process
_MACHINES = ("x86_64", "aarch64", "riscv64", "ppc64le")  # whose calls have the numbers meant here
_FIRST_UNKNOWN, _LAST_UNKNOWN = 440, 511  # what came after Linux 5.8

_REFUSED = """
    fork vfork execve execveat
    socket connect bind listen accept accept4 sendmsg sendmmsg recvmsg recvmmsg
    ptrace process_vm_readv process_vm_writev kcmp pidfd_open pidfd_getfd pidfd_send_signal
    tkill rt_sigqueueinfo
    setpriority ioprio_set sched_setscheduler sched_setparam sched_setattr
    migrate_pages move_pages
    chmod fchmod fchmodat chown fchown lchown fchownat utime utimes utimensat futimesat truncate
    setxattr lsetxattr fsetxattr removexattr lremovexattr fremovexattr
    keyctl add_key request_key bpf userfaultfd perf_event_open
    io_uring_setup io_uring_enter io_uring_register io_setup
    memfd_create shmget shmat shmctl semget semctl msgget msgctl mq_open mq_unlink
    mount umount2 pivot_root chroot unshare setns move_mount open_tree
    fsopen fsconfig fsmount fspick name_to_handle_at open_by_handle_at
    swapon swapoff reboot kexec_load kexec_file_load init_module finit_module delete_module acct
    quotactl settimeofday clock_settime clock_adjtime adjtimex sethostname setdomainname syslog
    iopl ioperm modify_ldt personality vhangup uselib fanotify_init inotify_init inotify_init1
"""
# To these glibc has an older way, which it takes if they are unknown.
_UNKNOWN = ("clone3", "openat2")

_THREAD = 0x10000  # CLONE_THREAD
_OPENED, _TRUNCATE = 3, 0o1000  # O_ACCMODE, O_TRUNC
_SET_OWNER = (8, 10, 15)  # F_SETOWN, F_SETSIG, F_SETOWN_EX: have the kernel send a signal
_TERMINAL = (0x5412, 0x541C, 0x8901, 0x8902)  # TIOCSTI, TIOCLINUX, FIOSETOWN, SIOCSPGRP


class _Compared(ctypes.Structure):
    _fields_ = (
        ("argument", ctypes.c_uint),
        ("how", ctypes.c_int),
        ("one", ctypes.c_uint64),
        ("other", ctypes.c_uint64),
    )


def restrict() -> None:
    """Refuse the calls above from now on, once for a process. Raises SandboxError."""
    rules = prepare()
    for name in ("kill", "tgkill", "rt_tgsigqueueinfo"):  # abort() is a signal to oneself
        rules.add(name, errno.EPERM, _Compared(0, _NE, os.getpid()))
    _done("seccomp cannot be put in force", rules.library.seccomp_load(rules.context))


@cache
def prepare() -> _Rules:
    """What is the same for every process: whoever forks many asks for it once, before. Raises
    SandboxError.
    """
    if platform.machine() not in _MACHINES:
        raise SandboxError(f"The numbers of system calls on {platform.machine()} are not known")
    library = _library()
    rules = _Rules(library, ctypes.c_void_p(library.seccomp_init(ctypes.c_uint32(_ALLOW))))
    if not rules.context:
        raise SandboxError("libseccomp makes no set of rules")
    reached = library.seccomp_attr_set(rules.context, _SYNC, 1)
    _done("seccomp cannot reach every thread", reached)
    for name in _REFUSED.split():
        rules.add(name, errno.EPERM)
    for name in _UNKNOWN:
        rules.add(name, errno.ENOSYS)
    for call in range(_FIRST_UNKNOWN, _LAST_UNKNOWN + 1):
        rules.add_numbered(f"call {call}", call, errno.ENOSYS)
    for name, compared in _in_part():
        rules.add(name, errno.EPERM, compared)
    return rules


def _library() -> Any:
    try:
        library = ctypes.CDLL("libseccomp.so.2")
    except OSError:
        raise SandboxError("libseccomp is not installed (apt install libseccomp2)") from None
    library.seccomp_init.restype = ctypes.c_void_p
    return library


@dataclass(frozen=True)
class _Rules:
    """Those of libseccomp, before they are in force."""

    library: Any
    context: ctypes.c_void_p

    def add(self, name: str, number: int, *compared: _Compared) -> None:
        """A call fails with that error; only with such arguments, if any are compared."""
        call = self.library.seccomp_syscall_resolve_name(name.encode())
        if call == -1:
            raise SandboxError(f"libseccomp is older than 2.5: it does not know {name}")
        self.add_numbered(name, call, number, *compared)

    def add_numbered(self, name: str, call: int, number: int, *compared: _Compared) -> None:
        """The same, for a call that has no name here."""
        array = (_Compared * len(compared))(*compared)
        action = ctypes.c_uint32(_ERRNO | number)
        add = self.library.seccomp_rule_add_array
        _done(
            f"libseccomp takes no rule for {name}",
            add(self.context, action, call, len(compared), array),
        )


def _in_part() -> Iterator[tuple[str, _Compared]]:
    """Calls that are refused with certain arguments only."""
    yield "clone", _Compared(0, _MASKED, _THREAD, 0)  # a thread is no process
    for name in ("prlimit64", "sched_setaffinity"):
        yield name, _Compared(0, _NE, 0)
    # Landlock's first versions leave a file be truncated that is opened for reading.
    for name, place in (("open", 1), ("openat", 2)):
        yield name, _Compared(place, _MASKED, _OPENED | _TRUNCATE, _TRUNCATE)
    # The kernel looks at half of these arguments only, and so must the comparison.
    for name, commands in (("fcntl", _SET_OWNER), ("ioctl", _TERMINAL)):
        for command in commands:
            yield name, _Compared(1, _MASKED, 0xFFFFFFFF, command)


def _done(what: str, result: int) -> None:
    if result < 0:
        raise SandboxError(f"{what}: {os.strerror(-result)}")


def check_in_force() -> None:
    """Raises SandboxError unless processes and signals are refused."""
    try:
        os.kill(os.getppid(), 0)
    except PermissionError:
        return
    raise SandboxError("seccomp was put in force, and yet a signal could be sent")
