"""``crosscheck check``: judge the layers that a target defines."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Callable
from pathlib import Path

from crosscheck.adapters import adapter_names
from crosscheck.commands._common import Commands, add_selection, console, selection
from crosscheck.commands._outputs import STDOUT, one_at_most, write
from crosscheck.config import NAME as CONFIG
from crosscheck.config import Config, found_for, read
from crosscheck.errors import SelectionError
from crosscheck.report.progress import ShownProgress, shown_progress
from crosscheck.report.record import LayerReport, Report
from crosscheck.run import Limits, check, oracle_option
from crosscheck.selection import OWN_TARGET


def add(commands: Commands) -> None:
    """Register the command."""
    command = commands.add_parser("check", help="check the layers that a target defines")
    command.add_argument(
        "target",
        nargs="?",
        default=OWN_TARGET,
        help=f"a module, a .py file, a notebook or a folder (default: {OWN_TARGET})",
    )
    add_selection(command)
    command.add_argument("--case", metavar="ID", help="run exactly that case")
    command.add_argument("--adapter", metavar="NAME", default="", help="how the code is to be read")
    command.add_argument(
        "--config",
        type=Path,
        metavar="FILE",
        help=f"how the code is to be read, in a file (default: the {CONFIG} beside the target)",
    )
    command.add_argument("--strict", action="store_true", help="warnings fail too")
    source = command.add_mutually_exclusive_group()
    source.add_argument(
        "--live", action="store_true", help="compute the answers now (needs torch and jax)"
    )
    source.add_argument("--oracle", type=Path, metavar="FILE", help="take the answers from FILE")
    command.add_argument(
        "--json",
        nargs="?",
        const=str(STDOUT),
        metavar="FILE",
        help="write the report as JSON (without FILE or with -, to standard output instead of the "
        "table)",
    )
    command.add_argument(
        "--budget",
        type=_seconds,
        default=Limits().layer,
        metavar="SECONDS",
        help="for each layer (default %(default)g); what is not run by then is said",
    )
    command.add_argument("--show-output", action="store_true", help="show what the code prints")
    command.add_argument("--junit", metavar="FILE", help="write the report as JUnit XML")
    command.add_argument(
        "--html", metavar="FILE", help="write the report as a web page (needs Jinja2)"
    )
    command.set_defaults(run=_run)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds above 0")
    return seconds


def _run(options: argparse.Namespace) -> int:
    json_file = _report_file("--json", options.json)
    junit_file = _report_file("--junit", options.junit)
    html_file = _report_file("--html", options.html)
    files = {"--json": json_file, "--junit": junit_file, "--html": html_file}
    is_instead = one_at_most(files)  # of the table
    if html_file:
        from crosscheck.report.html.engine import needed

        needed()  # said before the check, not after it
    oracle = options.oracle.absolute() if options.oracle else None
    with shown_progress() as progress:
        tell, finish = _outlet(options, oracle, progress, is_instead)
        report = check(
            options.target,
            selection(options),
            oracle=oracle,
            live=options.live,
            strict=options.strict,
            adapter=options.adapter,
            config=_config(options),
            limits=Limits(case=2 * options.budget, layer=options.budget),
            progress=progress,
            tell=tell,
        )
    finish(report)
    if junit_file:
        from crosscheck.report.junit import to_junit

        write(junit_file, to_junit(report))
    if html_file:
        from crosscheck.report.html import Facts, submission_page
        from crosscheck.report.json import to_dict

        facts = Facts(again=(options.target, _asked(options, oracle)))
        write(html_file, submission_page(options.target, to_dict(report), facts))
    if json_file:
        from crosscheck.report.json import to_json

        write(json_file, to_json(report))
    return report.exit_code


def _config(options: argparse.Namespace) -> Config | None:
    """That which is named, or lies beside the target. Raises ConfigError."""
    path = options.config or found_for(options.target)
    return read(path, adapter_names) if path else None


def _asked(options: argparse.Namespace, oracle: Path | None) -> str:
    """What to say again to be judged in the same way."""
    said = {"--adapter": options.adapter, "--config": options.config}
    more = [f"{option} {shlex.quote(str(value))}" for option, value in said.items() if value]
    return " ".join(filter(None, [oracle_option(oracle, options.live), *more]))


def _outlet(
    options: argparse.Namespace, oracle: Path | None, progress: ShownProgress, is_silent: bool
) -> tuple[Callable[[LayerReport], None], Callable[[Report], None]]:
    """What to do with each layer's report as it comes, and with the whole at the end."""
    if is_silent:
        return lambda layer: None, lambda report: None
    from crosscheck.report.output import show_output
    from crosscheck.report.terminal import show_layer, show_summary, show_target

    terminal, begun = console(), False

    def tell(layer: LayerReport) -> None:
        nonlocal begun
        if not begun:
            show_target(options.target, terminal)
            begun = True
        if layer.findings or options.show_output:
            progress.hide()
        show_layer(layer, options.target, _asked(options, oracle), terminal)
        if options.show_output:
            show_output(f"{layer.layer} printed:", layer.output, terminal)

    def finish(report: Report) -> None:
        if not begun:
            show_target(options.target, terminal)
        if options.show_output:
            show_output("Printed when it was imported:", report.notes.printed, terminal)
        show_summary(report, terminal)

    return tell, finish


def _report_file(option: str, path: str | None) -> Path | None:
    """Where to write a report; absolute, for the code under test may change the folder.

    Raises SelectionError for what cannot be meant: ``--json layers.py`` would overwrite the code.
    """
    if path is None or Path(path) == STDOUT:
        return Path(path) if path else None
    if not path or path.endswith(".py") or Path(path).is_dir():
        raise SelectionError(
            f"{path or repr(path)} is not a file to write a report to. "
            f"Put the target first: crosscheck check TARGET {option} FILE"
        )
    if not Path(path).absolute().parent.is_dir():
        raise SelectionError(f"Cannot write {path}: there is no such folder.")
    return Path(path).absolute()
