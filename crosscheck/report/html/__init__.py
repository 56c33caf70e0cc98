"""The report as web pages: one for a class, one for each submission.

Each page is one file that asks nobody for anything: style and script are inside, and its own
policy forbids all else. What a submission's author wrote is only ever shown as text. Jinja2 is
imported only when a page is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crosscheck.report.html.classview import ClassView, Entry, class_entry
from crosscheck.report.html.given import NOTHING, Facts, Points
from crosscheck.report.html.words import page_file

__all__ = [
    "ClassView",
    "Entry",
    "Facts",
    "Points",
    "class_entry",
    "class_page",
    "page_file",
    "submission_page",
]


def submission_page(
    name: str,
    report: Mapping[str, Any],
    facts: Facts = NOTHING,
    *,
    home: str = "",
    before: tuple[str, str] = ("", ""),
    after: tuple[str, str] = ("", ""),
) -> str:
    """The page of one submission, whose report is a ``crosscheck-report/1``.

    ``home``: the address of the class page; ``before`` and ``after``: the name and address of its
    neighbours. Raises MissingPackageError without Jinja2.
    """
    from crosscheck.report.html.engine import rendered
    from crosscheck.report.html.submission import submission_view

    view = submission_view(name, report, facts)
    links = {"home": home, "before": before, "after": after}
    return rendered("submission.html.j2", page=view, **links)


def class_page(view: ClassView) -> str:
    """The page of a class. Raises MissingPackageError without Jinja2."""
    from crosscheck.report.html.engine import rendered
    from crosscheck.report.html.summary import summarised

    return rendered("class.html.j2", page=summarised(view))
