"""``crosscheck autograder``: a package for an autograder, in one command."""

from __future__ import annotations

import argparse
from pathlib import Path

from crosscheck.commands._common import Commands
from crosscheck.commands._outputs import place
from crosscheck.errors import CrosscheckError, SelectionError

_TARGETS = ("gradescope",)
_ANY = "any"


def add(commands: Commands) -> None:
    """Register the command."""
    from crosscheck.report.feedback import LEVELS
    from crosscheck.report.gradescope import VISIBILITIES

    command = commands.add_parser(
        "autograder", help="write a package for an autograder (Gradescope)"
    )
    command.add_argument("--target", choices=_TARGETS, required=True, help="for which autograder")
    command.add_argument("-o", "--output", type=place, required=True, metavar="FILE.zip")
    command.add_argument(
        "--oracle", type=Path, metavar="FILE", help="hidden answers (default: crosscheck's own)"
    )
    command.add_argument("--config", type=Path, metavar="FILE", help="a crosscheck.toml")
    command.add_argument(
        "--file", metavar="NAME", default="", help="of a submission, judge the file NAME"
    )
    command.add_argument(
        "--hints", choices=LEVELS, default="quantity", help="what students are told (%(default)s)"
    )
    command.add_argument(
        "--visibility", choices=VISIBILITIES, default="visible", help="of results (%(default)s)"
    )
    command.add_argument(
        "--require-isolation",
        choices=(_ANY, "process", "landlock", "bubblewrap"),
        metavar="LEVEL",
        help="grade with no less; any: with what there is "
        "(default: landlock with --oracle, which nobody else may read; else any)",
    )
    command.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    from crosscheck.autograder.package import gradescope_package
    from crosscheck.grading.plan import plan

    if options.output.suffix.lower() != ".zip":
        raise SelectionError(
            f"{options.output} would be no zip file by its name, and Gradescope takes nothing "
            "else: name a FILE.zip."
        )
    # What cannot be graded with is told here, not there.
    made = plan(options.oracle, options.config)
    level = options.require_isolation or ("landlock" if options.oracle else _ANY)
    content = gradescope_package(
        _read(options.oracle),
        _read(options.config),
        hints=options.hints,
        visibility=options.visibility,
        isolation="" if level == _ANY else level,
        file=options.file,
    )
    try:
        options.output.write_bytes(content)
    except OSError as error:
        raise CrosscheckError(f"Cannot write {options.output}: {error.strerror}.") from None
    print(
        f"Written: {options.output} ({len(content) / 1e6:.1f} MB). On Gradescope, choose it in "
        "Configure Autograder, and test it there with a right submission and a wrong one."
    )
    if not options.oracle and not made.configuration().points:
        print(
            "Nobody said which layers count: each that crosscheck has answers for counts 1, also "
            "what your assignment does not ask for. Name a crosscheck.toml with points by --config."
        )
    if options.oracle:
        print("It holds the hidden answers: keep it to yourself.")
    return 0


def _read(path: Path | None) -> bytes | None:
    try:
        return path.read_bytes() if path else None
    except OSError as error:
        raise CrosscheckError(f"{path} cannot be read: {error.strerror}.") from None
