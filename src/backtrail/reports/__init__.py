"""What is published: a group's document, its HTML, its indicators, and the check that no victim is in them. Pure."""

from backtrail.reports.document import Document, build
from backtrail.reports.dossier import Dossier, Rest, counted
from backtrail.reports.html import render
from backtrail.reports.indicators import Selection, records, select
from backtrail.reports.leakcheck import Finding, findings, naming
from backtrail.reports.words import query

__all__ = [
    "Document",
    "Dossier",
    "Finding",
    "Rest",
    "Selection",
    "build",
    "counted",
    "findings",
    "naming",
    "query",
    "records",
    "render",
    "select",
]
