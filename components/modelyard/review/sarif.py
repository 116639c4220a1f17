"""Findings as SARIF 2.1.0, which forges and editors show beside the lines they are about.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from modelyard import __version__
from modelyard.catalog.policies import Level
from modelyard.review.subject import Subject, subject_of
from modelyard.review.table import printable

if TYPE_CHECKING:
    from modelyard.blueprint.errors import Location
    from modelyard.review.finding import Finding

_SCHEMA = (
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
)
_HOME = "https://github.com/modelyard/modelyard"
_LEVELS = {Level.MANDATORY: "error", Level.ADVISORY: "warning", Level.OFF: "none"}


def sarif(findings: Iterable[Finding], asked: Iterable[str] = ()) -> str:
    """One run: what was found, and every rule that was asked, whether or not it is broken."""
    findings = tuple(findings)
    examples = {finding.subject: finding for finding in reversed(findings)}
    ids = list(dict.fromkeys((*asked, *(finding.subject for finding in findings))))
    driver = {
        "name": "Modelyard",
        "semanticVersion": __version__,
        "informationUri": _HOME,
        "rules": [_rule(subject_of(id, examples.get(id))) for id in ids],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(finding, ids.index(finding.subject)) for finding in findings],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _rule(subject: Subject) -> Mapping[str, Any]:
    words = [subject.why, f"How to mend it: {subject.fix}" if subject.fix else ""]
    text = printable("\n\n".join(filter(None, words)) or subject.title)
    return {
        "id": subject.id,
        "shortDescription": {"text": printable(subject.title)},
        "fullDescription": {"text": printable(subject.why or subject.title)},
        "help": {"text": text},
        "helpUri": subject.page,
        "defaultConfiguration": {"level": _LEVELS[subject.level]},
        "properties": {"tags": list(dict.fromkeys(subject.tags))},
    }


def _result(finding: Finding, index: int) -> Mapping[str, Any]:
    result: dict[str, Any] = {
        "ruleId": finding.subject,
        "ruleIndex": index,
        "level": _LEVELS[finding.level],
        "message": {"text": _message(finding)},
        "locations": [_location(finding)],
        "partialFingerprints": {"modelyard/v1": _fingerprint(finding)},
        "properties": {"sources": list(finding.sources)},
    }
    if finding.state:
        result["baselineState"] = finding.state
    if finding.reason is not None:
        result["suppressions"] = [_suppression(finding)]
    return result


def _message(finding: Finding) -> str:
    """SARIF reads `[text](link)` and `{0}` in a message; both are told apart by a backslash."""
    then = f". Next: {finding.next}" if finding.next else ""
    named = f"{finding.name}: " if finding.name else ""
    text = printable(" ".join(f"{named}{finding.what}{then}".split()))
    text = text.replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
    return text.replace("{", "{{").replace("}", "}}")


def _location(finding: Finding) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    if finding.where:
        found["physicalLocation"] = _physical(finding.where)
    logical = {"name": printable(finding.name), "kind": "resource"}
    if finding.urn:
        logical["fullyQualifiedName"] = printable(finding.urn)
    return {**found, "logicalLocations": [logical]}


def _physical(where: Location) -> Mapping[str, Any]:
    return {
        "artifactLocation": {"uri": address(where.file), "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": where.line, "startColumn": where.column},
    }


def address(file: str) -> str:
    """A path as forges know it: from the folder that the command runs in, slashes, encoded."""
    path = Path(file)
    if path.is_absolute() and path.is_relative_to(Path.cwd()):
        path = path.relative_to(Path.cwd())
    return quote(path.as_posix(), errors="surrogateescape")


def _fingerprint(finding: Finding) -> str:
    """The same finding stays the same though it moves to another line."""
    file = finding.where.file if finding.where else ""
    parts = (finding.subject, file, finding.urn or finding.name, *finding.sources)
    return sha256("\n".join(parts).encode(errors="surrogatepass")).hexdigest()


def _suppression(finding: Finding) -> Mapping[str, Any]:
    until = f" (until {finding.until})" if finding.until else ""
    return {
        "kind": "external",
        "justification": printable(f"{finding.reason}{until}"),
    }
