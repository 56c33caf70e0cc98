"""Stored results as JUnit XML: a test suite per submission and layer, a test case per quantity."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from xml.etree import ElementTree

from crosscheck.report.feedback import feedback, harmless
from crosscheck.text import printable

_RIGHT = ("pass", "warning")
Submission = tuple[str, Mapping[str, Mapping[str, Any]], str, Collection[str]]


def to_junit(submissions: Iterable[Submission], level: str = "quantity") -> str:
    """One XML document of submissions: name, entries of layers, why it could not be judged, and
    the layers that are failures where they are missing. Others that are missing are left out.
    """
    root = ElementTree.Element("testsuites", name="crosscheck")
    for name, layers, error, asked in submissions:
        for layer in dict.fromkeys([*layers, *([] if error else asked)]):
            entry = layers.get(layer, {"status": "missing"})
            if layer in asked or entry.get("status") != "missing":
                root.append(_suite(printable(name), layer, entry, level))
        if error:
            suite = _named(root, printable(name), 1, errors=1)
            case = ElementTree.SubElement(suite, "testcase", classname=suite.get("name", ""))
            case.set("name", "judged")
            ElementTree.SubElement(case, "error", message=harmless(error))
    ElementTree.indent(root)
    text: str = ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
    return text + "\n"


def _suite(name: str, layer: str, entry: Mapping[str, Any], level: str) -> ElementTree.Element:
    statuses = entry.get("quantities") or {"defined": "missing"}
    failing = [q for q, status in statuses.items() if status not in _RIGHT]
    suite = _named(None, f"{name}.{printable(layer)}", len(statuses), failures=len(failing))
    for quantity, status in statuses.items():
        case = ElementTree.SubElement(suite, "testcase", classname=suite.get("name", ""))
        case.set("name", quantity)
        if quantity in failing:
            ElementTree.SubElement(case, "failure", message=f"{quantity}: {status}")
    ElementTree.SubElement(suite, "system-out").text = feedback(layer, entry, level)
    return suite


def _named(
    root: ElementTree.Element | None, name: str, tests: int, **counts: int
) -> ElementTree.Element:
    attributes = {"name": name, "tests": str(tests), **{k: str(v) for k, v in counts.items()}}
    if root is None:
        return ElementTree.Element("testsuite", attributes)
    return ElementTree.SubElement(root, "testsuite", attributes)
