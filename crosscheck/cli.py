"""The command ``crosscheck``."""

from __future__ import annotations

import argparse
import io
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress

from crosscheck.errors import CrosscheckError
from crosscheck.text import printable
from crosscheck.worker.process import end_spare, start_ahead


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 nothing wrong, 1 something wrong, 2 it could not
    run, 3 no known layer in the target.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that does not know ✓ gets \u2713, not a traceback.
            stream.reconfigure(errors="backslashreplace")
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        if arguments[:1] == ["check"]:
            start_ahead()  # it loads NumPy while we do
        options = _parser().parse_args(arguments)
        code: int = options.run(options)
        if sys.stdout:
            sys.stdout.flush()
        return code
    except CrosscheckError as error:
        _complain(str(error))
        return error.exit_code
    except OSError as error:
        if not isinstance(error, BrokenPipeError):  # then whoever read our output has closed it
            _complain(f"The output cannot be written: {error.strerror or error}.")
        with suppress(OSError, AttributeError, ValueError):  # it may be no file, or closed
            # Nothing may be left to flush at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 2
    except KeyboardInterrupt:
        _complain("interrupted")
        return 130
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        _complain(
            f"something went wrong in crosscheck itself: {type(error).__name__}: {error} "
            f"({where.filename}, line {where.lineno}). Please report it, with the command."
        )
        return 2
    finally:
        end_spare()


def _complain(message: str) -> None:
    if sys.stderr:
        print(f"crosscheck: {printable(message)}", file=sys.stderr)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="crosscheck",
        description="Check hand-written NumPy layers against PyTorch autograd and JAX.",
        epilog="Exit codes of check: 0 nothing wrong, 1 something wrong, 2 it could not run, "
        "3 no known layer in the target.",
    )
    from crosscheck import __version__
    from crosscheck.commands import add_all

    parser.add_argument("--version", action="version", version=f"crosscheck {__version__}")
    add_all(parser.add_subparsers(title="commands", required=True, metavar="COMMAND"))
    return parser
