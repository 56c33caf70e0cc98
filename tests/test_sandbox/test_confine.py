"""What a confined process can do, what not, and that nothing runs where it cannot be confined."""

import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from crosscheck.errors import CrosscheckError
from crosscheck.sandbox import (
    BUBBLEWRAP,
    LANDLOCK,
    LEVELS,
    PROCESS,
    SandboxError,
    level_named,
    lines,
    prefix,
    require,
    strongest,
    unavailable,
)

linux = pytest.mark.skipif(sys.platform != "linux", reason="the kernel's own means")
landlocked = pytest.mark.skipif(bool(unavailable(LANDLOCK)), reason=unavailable(LANDLOCK))
_HEAD = """
import os, sys
from pathlib import Path
import numpy as np
from crosscheck.sandbox import *
"""


def _run(code, *arguments, before=()):
    command = [*before, sys.executable, "-c", _HEAD + textwrap.dedent(code), *map(str, arguments)]
    environment = {"PYTHONPATH": ":".join(sys.path), "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, env=environment
    )
    return done.stdout.strip() or done.stderr.strip().splitlines()[-1]


def test_levels_are_in_order_and_cannot_be_changed():
    assert PROCESS < LANDLOCK < BUBBLEWRAP
    assert [str(level) for level in LEVELS] == ["process", "landlock", "bubblewrap"]
    with pytest.raises(AttributeError):
        PROCESS.name = "landlock"


def test_an_unknown_level_is_refused():
    with pytest.raises(SandboxError, match=r"no level of isolation called 'chroot'\. Known: p"):
        level_named("chroot")
    assert issubclass(SandboxError, CrosscheckError)


def test_a_level_that_is_asked_for_and_missing_is_refused(monkeypatch):
    from crosscheck.sandbox import probe

    monkeypatch.setattr(probe, "unavailable", lambda level: "no kernel" * (level > PROCESS))
    with pytest.raises(SandboxError, match=r"isolate submissions by landlock: no kernel\. The str"):
        require("landlock")
    assert require("process") == PROCESS
    assert strongest() == PROCESS
    assert lines()[1] == ("", "not landlock: no kernel")


def test_bubblewrap_that_is_not_installed_says_so(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert prefix(LANDLOCK) == []
    with pytest.raises(SandboxError, match="apt install bubblewrap"):
        prefix(BUBBLEWRAP)


@linux
def test_bubblewrap_is_not_taken_for_granted():
    code = "try: confine(BUBBLEWRAP, [])\nexcept SandboxError as e: print(e)"
    assert "not bwrap: start the parent with prefix(level)" in _run(code)


@linux
def test_a_process_with_threads_is_not_confined():
    code = """
    import threading
    threading.Thread(target=threading.Event().wait, daemon=True).start()
    try: confine(LANDLOCK, [])
    except SandboxError as e: print(e)
    """
    assert _run(code) == "2 threads run already, and only one would be confined"


@linux
def test_no_libseccomp_is_no_landlock_level():
    code = """
    from crosscheck.sandbox import seccomp
    seccomp._library = lambda: seccomp.ctypes.CDLL("missing.so")
    try: confine(LANDLOCK, [])
    except OSError: print("refused")
    """
    assert _run(code) == "refused"


@pytest.mark.parametrize("level", ["process", pytest.param("landlock", marks=landlocked)])
def test_right_code_can_do_its_work(level, tmp_path):
    (tmp_path / "layer.py").write_text("import numpy as np\nhalf = lambda x: x @ x / 2\n")
    code = """
    confine(level_named(sys.argv[1]), [Path(sys.argv[2])])
    sys.path.insert(0, sys.argv[2])
    import layer, wave, numpy.polynomial, threading, faulthandler
    import scipy.special, scipy.linalg
    print(layer.half(np.eye(300)).sum(), os.listdir(sys.argv[2])[0], end=" ")
    thread = threading.Thread(target=lambda: print("thread", end=" "))
    thread.start(); thread.join()
    with open(os.devnull, "w") as nothing: print("nowhere", file=nothing)
    faulthandler.dump_traceback(sys.stdout, all_threads=False)
    """
    said = _run(code, level, tmp_path)
    assert said.startswith("150.0 layer.py thread")


@pytest.mark.parametrize("level", ["process", pytest.param("landlock", marks=landlocked)])
def test_a_folder_is_readable_but_for_what_is_hidden_in_it(level, tmp_path):
    (tmp_path / "inner").mkdir()
    for name in ("open.py", "inner/hidden.oracle", "inner/open.txt"):
        (tmp_path / name).write_text(name)
    code = """
    top = Path(sys.argv[2])
    confine(level_named(sys.argv[1]), [top], hidden=[top / "inner" / "hidden.oracle"])
    print((top / "open.py").read_text(), (top / "inner" / "open.txt").read_text(), end=" ")
    for path in (top / "inner" / "hidden.oracle", top.parent, "/etc/passwd"):
        try: os.close(os.open(path, os.O_RDONLY))
        except PermissionError: print("refused", end=" ")
    """
    assert _run(code, level, tmp_path) == "open.py inner/open.txt refused refused refused"


@linux
def test_only_what_is_writable_can_be_changed(tmp_path):
    code = """
    free, closed = Path(sys.argv[1], "free"), Path(sys.argv[1], "closed")
    confine(require("landlock") if sys.argv[2] else PROCESS, [], [free])
    (free / "a").write_text("a"); print((free / "a").read_text(), end=" ")
    try: (closed / "b").write_text("b")
    except PermissionError: print("refused")
    """
    for name in ("free", "closed"):
        (tmp_path / name).mkdir()
    for level in ("", *(["landlock"] if not unavailable(LANDLOCK) else [])):
        assert _run(code, tmp_path, level) == "a refused"


@linux
@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("np.ones(1 << 28)", "MemoryError"),
        ("[os.pipe() for _ in range(200)]", "Too many open files"),
        ("os.write(FILE, bytes(1 << 21)); os.write(FILE, b'x')", "File too large"),
        ("import resource; print(resource.getrlimit(resource.RLIMIT_CORE))", "(0, 0)"),
        ("import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (999, 999))", "not "),
    ],
)
def test_limits_hold(code, said, tmp_path):
    before = f"FILE = os.open({str(tmp_path / 'f')!r}, os.O_CREAT | os.O_WRONLY)\n"
    assert said in _run(f"{before}confine(PROCESS, [])\n{code}")


@linux
def test_processor_time_is_limited():
    code = "confine(PROCESS, [], limits=Limits(cpu=1))\nwhile True: pass"
    done = subprocess.run(
        [sys.executable, "-c", _HEAD + code], timeout=60, check=False, capture_output=True
    )
    assert done.returncode == -9


@linux
def test_what_a_worker_left_behind_is_ended(tmp_path):
    marker = tmp_path / "marker"
    code = """
    import signal, time
    reap_orphans()
    if os.fork() == 0:  # a worker, whose child leaves its session and its parent
        if os.fork() == 0:
            os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN)
            if os.fork() == 0:
                time.sleep(1); Path(sys.argv[1]).write_text("still there")
            time.sleep(60)
        os._exit(0)
    os.wait(); time.sleep(0.2)
    print(end_strays()); time.sleep(1.2); print(end_strays())
    """
    assert _run(code, marker).split() == ["2", "0"]
    assert not marker.exists()


@linux
def test_some_may_be_kept():
    code = """
    import time
    reap_orphans()
    kept = os.fork() or time.sleep(60) or os._exit(0)
    print(end_strays(keep=[kept])); os.kill(kept, 0); os.kill(kept, 9)
    """
    assert _run(code) == "0"


def test_frameworks_are_as_if_they_were_not_installed():
    code = """
    confine(PROCESS, [])
    for name in ("torch", "jax.numpy"):
        try: __import__(name)
        except ModuleNotFoundError as error: print(error.name, end=" ")
    """
    assert _run(code) == "torch jax"


@landlocked
def test_the_process_can_end_by_abort_and_be_asked_for_its_stack():
    code = """
    import faulthandler, signal
    faulthandler.register(signal.SIGUSR1, sys.stdout)
    confine(LANDLOCK, [])
    os.kill(os.getpid(), signal.SIGUSR1); os.abort()
    """
    assert "most recent call first" in _run(code)


@pytest.mark.skipif(bool(unavailable(BUBBLEWRAP)), reason=unavailable(BUBBLEWRAP))
def test_in_namespaces_there_is_nobody_else():
    code = """
    print(len([p for p in os.listdir("/proc") if p.isdigit()]), end=" ")
    try: Path("/tmp/crosscheck").write_text("")
    except OSError as error: print(error.strerror, end=" ")
    confine(BUBBLEWRAP, [])
    print("confined")
    """
    assert _run(code, before=prefix(BUBBLEWRAP)) == "2 Read-only file system confined"


@pytest.mark.skipif(bool(unavailable(BUBBLEWRAP)), reason=unavailable(BUBBLEWRAP))
def test_namespaces_can_show_a_few_folders_only():
    shown = [
        Path(p) for p in (*sys.path, sys.prefix, sys.base_prefix, "/lib", "/lib64", "/usr/lib")
    ]
    before = prefix(BUBBLEWRAP, [p for p in shown if str(p)])
    assert _run("print(Path('/etc').exists())", before=before) == "False"
