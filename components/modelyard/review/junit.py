"""Findings as JUnit's XML: a test case for each rule, which CI systems count and chart.

A mandatory rule that is broken fails. What is advice, or waived, is skipped and says so: it stops
nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree

from modelyard.review.finding import Finding
from modelyard.review.subject import subject_of
from modelyard.review.table import printable

_NO_XML = re.compile("[^\t\n -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True)
class Suite:
    """What is looked at together: a plan, a diff, a blueprint."""

    name: str
    findings: Sequence[Finding]
    asked: Sequence[str] = ()
    """The rules that were looked at, whether or not something breaks them."""


def junit(suites: Iterable[Suite]) -> str:
    """All suites as one document."""
    root = ElementTree.Element("testsuites", name="modelyard")
    for suite in suites:
        root.append(_suite(suite))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(suite: Suite) -> ElementTree.Element:
    by_subject: dict[str, list[Finding]] = {id: [] for id in suite.asked}
    for finding in suite.findings:
        by_subject.setdefault(finding.subject, []).append(finding)
    cases = [_case(id, found) for id, found in by_subject.items()]
    counts = {kind: str(sum(_has(case, kind) for case in cases)) for kind in ("failure", "skipped")}
    element = ElementTree.Element(
        "testsuite",
        name=_text(suite.name),
        tests=str(len(cases)),
        failures=counts["failure"],
        errors="0",
        skipped=counts["skipped"],
    )
    element.extend(cases)
    return element


def _has(case: ElementTree.Element, kind: str) -> bool:
    return case.find(kind) is not None


def _case(id: str, findings: Sequence[Finding]) -> ElementTree.Element:
    subject = subject_of(id, findings[0] if findings else None)
    group = subject.tags[0] if subject.tags else id
    name = _text(f"{id}: {subject.title}")
    case = ElementTree.Element("testcase", classname=f"modelyard.{group}", name=name)
    if findings and findings[0].where:
        case.set("file", _text(findings[0].where.file))
        case.set("line", str(findings[0].where.line))
    blocking = [finding for finding in findings if finding.blocks]
    if blocking:
        _said(case, "failure", blocking)
    elif findings:
        _said(case, "skipped", findings)
    return case


def _said(case: ElementTree.Element, kind: str, findings: Sequence[Finding]) -> None:
    first, more = findings[0], len(findings) - 1
    message = _line(first) + (f" and {more} more" if more else "")
    element = ElementTree.SubElement(case, kind, message=_text(message))
    if kind == "failure":
        element.set("type", str(first.level))
    lines = [*map(_line, findings)]
    lines += [f"Next: {next}" for next in dict.fromkeys(f.next for f in findings) if next]
    element.text = _text("\n".join(lines))


def _line(finding: Finding) -> str:
    place = f"{finding.where.file}:{finding.where.line}: " if finding.where else ""
    why = _why(finding)
    return f"{why}{place}{finding.name}: {finding.what}".replace("\n", " ")


def _why(finding: Finding) -> str:
    if finding.reason is not None:
        until = f" until {finding.until}" if finding.until else ""
        return f"waived{until} ({finding.reason}): "
    return "" if finding.blocks else f"{finding.level}: "


def _text(text: str) -> str:
    """Text that XML can hold and that steers no terminal."""
    return _NO_XML.sub("\N{REPLACEMENT CHARACTER}", printable(text))
