"""The report as JUnit XML: a test suite per layer, a test case per case."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.etree import ElementTree

from crosscheck.examination import CaseResult
from crosscheck.finding import WRONG, Finding
from crosscheck.report.record import LayerReport, Report
from crosscheck.report.terminal import as_text
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
    name = printable(layer.layer)
    failing = [[f for f in r.findings if strict or f.severity == WRONG] for r in layer.results]
    told = _told(layer, [f for found in failing for f in found])
    pairs = zip(layer.results, failing, strict=True)
    cases = [_case(name, result, found, told) for result, found in pairs]
    failures = sum(map(bool, failing))
    suite = ElementTree.Element(
        "testsuite", name=name, tests=str(len(cases)), failures=str(failures)
    )
    suite.extend(cases)
    return suite


def _case(
    layer: str, result: CaseResult, failing: Sequence[Finding], told: Mapping[Finding, str]
) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=f"crosscheck.{layer}", name=result.case.id)
    if failing:
        failure = ElementTree.SubElement(case, "failure", message=printable(failing[0].message))
        failure.text = printable("\n".join(told[f] for f in failing))
    noted = [f for f in result.findings if f not in failing]
    if noted:
        lines = (f"warning: {f.kind}: {f.message}" for f in noted)
        ElementTree.SubElement(case, "system-out").text = printable("\n".join(lines))
    return case


def _told(layer: LayerReport, failing: Sequence[Finding]) -> dict[Finding, str]:
    """Each finding with its evidence and what explains it; the snippet once, for it is the same."""
    diagnosis, told = layer.diagnosis, {}
    shown = False
    for f in failing:
        lines = [f"{f.kind}: {as_text(f)}"]
        if f.severity == WRONG:
            lines += [f"    hint     {hint}" for hint in diagnosis.hints.get(f.quantity, ())]
            lines += [f"    blame    {diagnosis.blame}"] if diagnosis.blame else []
        if not shown and diagnosis.shows == (f.kind, f.quantity):
            code = f"paste this into Python:\n\n{diagnosis.snippet.rstrip()}\n"
            lines.append(f"    see it   {diagnosis.instead or code}")
            shown = True
        told[f] = "\n".join(lines)
    return told
