"""What is published: a group's document, its HTML, its indicators, and the check that no victim is in them. Pure."""

from backtrail.reports.document import Document, build, marking
from backtrail.reports.dossier import Dossier, Rest, counted
from backtrail.reports.editions import EDITIONS, Edition, edition
from backtrail.reports.gate import Finding, Piece, findings, in_texts, naming, pieces, screened
from backtrail.reports.html import render
from backtrail.reports.indicators import Selection, records, select
from backtrail.reports.pdf import pdf
from backtrail.reports.words import query

__all__ = [
    "EDITIONS",
    "Document",
    "Dossier",
    "Edition",
    "Finding",
    "Piece",
    "Rest",
    "Selection",
    "build",
    "counted",
    "edition",
    "findings",
    "in_texts",
    "marking",
    "naming",
    "pdf",
    "pieces",
    "query",
    "records",
    "render",
    "screened",
    "select",
]
