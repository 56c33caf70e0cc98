"""The report in a notebook: what the terminal shows, as HTML."""

from __future__ import annotations

import io

from rich.console import Console
from rich.terminal_theme import TerminalTheme

from crosscheck.report.record import Report
from crosscheck.report.terminal import show

_WIDTH = 100
# Colours that can be read on white and on black: a notebook may be either.
_THEME = TerminalTheme(
    (255, 255, 255),
    (0, 0, 0),
    [
        (128, 128, 128),
        (214, 64, 58),
        (40, 150, 70),
        (180, 130, 20),
        (70, 120, 210),
        (170, 80, 180),
        (30, 150, 160),
        (128, 128, 128),
    ],
)
# The text's own colour is the notebook's.
_FORMAT = '<pre style="white-space:pre;overflow-x:auto;line-height:1.35">{code}</pre>'


def as_html(report: Report) -> str:
    """The report as a piece of HTML, with no script and no style sheet."""
    return _shown(report).export_html(theme=_THEME, code_format=_FORMAT, inline_styles=True)


def as_plain_text(report: Report) -> str:
    """The report as text without colours."""
    return _shown(report).export_text().rstrip()


def _shown(report: Report) -> Console:
    console = Console(
        record=True, file=io.StringIO(), width=_WIDTH, force_terminal=True, highlight=False
    )
    show(report, console)
    return console
