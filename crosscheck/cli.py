"""The command ``crosscheck``."""

from __future__ import annotations

import argparse
import io
import os
import sys
import traceback
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from crosscheck.case import SEED
from crosscheck.errors import CrosscheckError, SelectionError
from crosscheck.report.progress import shown_progress
from crosscheck.run import OWN_TARGET, Selection, check
from crosscheck.text import printable

if TYPE_CHECKING:
    from rich.console import Console

_STDOUT = "-"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command and return its exit code: 0 nothing wrong, 1 something wrong, 2 it could not
    run, 3 no known layer in the target.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal that does not know ✓ gets \u2713, not a traceback.
            stream.reconfigure(errors="backslashreplace")
    options = _parser().parse_args(arguments)
    try:
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

    parser.add_argument("--version", action="version", version=f"crosscheck {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    _add_check(commands.add_parser("check", help="check the layers that a target defines"))
    _add_freeze(commands.add_parser("freeze", help="write oracles to a file (needs torch and jax)"))
    layers = commands.add_parser("layers", help="list the layers that crosscheck knows")
    layers.add_argument("--markdown", action="store_true", help="as a table in Markdown")
    layers.set_defaults(run=_layers)
    doctor = commands.add_parser("doctor", help="say what is installed, and what that allows")
    doctor.set_defaults(run=_doctor)
    return parser


def _add_selection(command: argparse.ArgumentParser) -> None:
    for name, about in (
        ("layer", "only this layer (may be repeated)"),
        ("dtype", "only this dtype (may be repeated)"),
        ("scenario", "only this scenario (may be repeated)"),
    ):
        command.add_argument(f"--{name}", action="append", default=[], metavar="NAME", help=about)
    command.add_argument(
        "--seed", action="append", default=[], type=_seed, help="draw with this seed (repeatable)"
    )


def _seed(text: str) -> int:
    if not SEED.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of up to 18 digits")
    return int(text)


def _add_check(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "target",
        nargs="?",
        default=OWN_TARGET,
        help=f"a module, a .py file or a folder (default: {OWN_TARGET})",
    )
    _add_selection(command)
    command.add_argument("--case", metavar="ID", help="run exactly that case")
    command.add_argument("--strict", action="store_true", help="warnings fail too")
    source = command.add_mutually_exclusive_group()
    source.add_argument(
        "--live", action="store_true", help="compute the answers now (needs torch and jax)"
    )
    source.add_argument("--oracle", type=Path, metavar="FILE", help="take the answers from FILE")
    command.add_argument(
        "--json",
        nargs="?",
        const=_STDOUT,
        metavar="FILE",
        help="write the report as JSON (without FILE, to standard output instead of the table)",
    )
    command.add_argument("--junit", metavar="FILE", help="write the report as JUnit XML")
    command.set_defaults(run=_check)


def _add_freeze(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE")
    _add_selection(command)
    command.set_defaults(run=_freeze)


def _selection(options: argparse.Namespace) -> Selection:
    return Selection(
        options.layer, options.dtype, options.scenario, options.seed, getattr(options, "case", None)
    )


def _check(options: argparse.Namespace) -> int:
    json_file = None if options.json == _STDOUT else _report_file("--json", options.json)
    junit_file = _report_file("--junit", options.junit)
    with shown_progress() as progress:
        report = check(
            options.target,
            _selection(options),
            oracle=options.oracle.absolute() if options.oracle else None,
            live=options.live,
            strict=options.strict,
            progress=progress,
        )
    if junit_file:
        from crosscheck.report.junit import to_junit

        _write(junit_file, to_junit(report))
    if options.json:
        from crosscheck.report.json import to_json

        text = to_json(report)
        _write(json_file, text) if json_file else sys.stdout.write(text)
    if options.json != _STDOUT:
        from crosscheck.report.terminal import show

        show(report, _console())
    return report.exit_code


def _report_file(option: str, path: str | None) -> Path | None:
    """Where to write a report; absolute, for the code under test may change the folder.

    Raises SelectionError for what cannot be meant: ``--json layers.py`` would overwrite the code.
    """
    if path is None:
        return None
    if path in ("", _STDOUT) or path.endswith(".py") or Path(path).is_dir():
        raise SelectionError(
            f"{path or repr(path)} is not a file to write a report to. "
            f"Put the target first: crosscheck check TARGET {option} FILE"
        )
    return Path(path).absolute()


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CrosscheckError(f"Cannot write {path}: {error.strerror}.") from None


def _freeze(options: argparse.Namespace) -> int:
    from crosscheck.live import LiveOracles
    from crosscheck.oracle_file import freeze

    if options.output.is_dir() or not options.output.absolute().parent.is_dir():
        raise SelectionError(f"{options.output} is not a file in a folder that is there.")
    oracles = LiveOracles()
    wanted = [case for layer in _selection(options).cases().values() for case in layer]
    with shown_progress() as progress:
        oracles.prepare(wanted, progress)
    freeze(options.output, oracles.all, oracles.provenance)
    size = options.output.stat().st_size / 1000
    print(
        f"{options.output}: the answers to {oracles.cases} cases, on {oracles.agreed} of which "
        f"torch {oracles.provenance.torch} and jax {oracles.provenance.jax} agree; {size:.0f} kB."
    )
    return 0


def _layers(options: argparse.Namespace) -> int:
    from crosscheck.report.catalogue import as_markdown, show_catalogue

    if options.markdown:
        sys.stdout.write(as_markdown())
    else:
        show_catalogue(_console())
    return 0


def _doctor(_: argparse.Namespace) -> int:
    from crosscheck.report.doctor import show_doctor

    show_doctor(_console())
    return 0


def _console() -> Console:
    from rich.console import Console

    class PipedConsole(Console):
        def on_broken_pipe(self) -> None:
            raise BrokenPipeError  # for main; rich would exit with 1, which says "wrong"

    return PipedConsole(highlight=False)
