"""What is published: a group's document, its HTML, its indicators, and the check that no victim is in them. Pure."""

from backtrail.reports.document import Document, build
from backtrail.reports.dossier import Dossier, Rest, counted
from backtrail.reports.gate import Finding, Piece, findings, in_texts, naming, pieces, screened
from backtrail.reports.html import render
from backtrail.reports.indicators import Selection, records, select
from backtrail.reports.words import query

__all__ = [
    "Document",
    "Dossier",
    "Finding",
    "Piece",
    "Rest",
    "Selection",
    "build",
    "counted",
    "findings",
    "in_texts",
    "naming",
    "pieces",
    "query",
    "records",
    "render",
    "screened",
    "select",
]
