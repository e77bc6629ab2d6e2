"""What is published: a group's document, its HTML, its indicators, and the check that no victim is in them. Pure."""

from backtrail.reports.document import Document, Dossier, build
from backtrail.reports.html import render
from backtrail.reports.indicators import Selection, records, select
from backtrail.reports.leakcheck import Finding, findings

__all__ = [
    "Document",
    "Dossier",
    "Finding",
    "Selection",
    "build",
    "findings",
    "records",
    "render",
    "select",
]
