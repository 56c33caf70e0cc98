"""The report as JUnit XML: a test suite per layer, a test case per case."""

from __future__ import annotations

from xml.etree import ElementTree

from crosscheck.finding import WRONG
from crosscheck.judging import CaseResult
from crosscheck.report.record import LayerReport, Report
from crosscheck.text import printable


def to_junit(report: Report) -> str:
    """The report as one XML document. A warning is a failure only in a strict report."""
    root = ElementTree.Element("testsuites", name=printable(f"crosscheck {report.target}"))
    for layer in report.layers.values():
        if layer.results:
            root.append(_suite(layer, report.strict))
    ElementTree.indent(root)
    text: str = ElementTree.tostring(root, encoding="unicode", xml_declaration=True)
    return text + "\n"


def _suite(layer: LayerReport, strict: bool) -> ElementTree.Element:
    cases = [_case(layer.layer, result, strict) for result in layer.results]
    failures = sum(case.find("failure") is not None for case in cases)
    suite = ElementTree.Element(
        "testsuite", name=layer.layer, tests=str(len(cases)), failures=str(failures)
    )
    suite.extend(cases)
    return suite


def _case(layer: str, result: CaseResult, strict: bool) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=f"crosscheck.{layer}", name=result.case.id)
    failing = [f for f in result.findings if strict or f.severity == WRONG]
    if failing:
        failure = ElementTree.SubElement(case, "failure", message=printable(failing[0].message))
        failure.text = printable("\n".join(f"{f.kind}: {f.message}" for f in failing))
    noted = [f for f in result.findings if f not in failing]
    if noted:
        lines = (f"warning: {f.kind}: {f.message}" for f in noted)
        ElementTree.SubElement(case, "system-out").text = printable("\n".join(lines))
    return case
