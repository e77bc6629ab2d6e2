"""What is published: a group's document, its HTML, its indicators, and the check that no victim is in them. Pure."""

from backtrail.reports import fragments
from backtrail.reports.document import Document, build, marking
from backtrail.reports.dossier import Dossier, Rest, around, checked, counted, linked
from backtrail.reports.editions import EDITIONS, Edition, edition
from backtrail.reports.errata import Errata, errata
from backtrail.reports.gate import Finding, Piece, findings, in_texts, naming, of_account, people, pieces, screened
from backtrail.reports.html import corrected, render
from backtrail.reports.indicators import Selection, records, select
from backtrail.reports.lint import Flaw, lint
from backtrail.reports.pdf import pdf
from backtrail.reports.policy import refusals
from backtrail.reports.words import query

__all__ = [
    "EDITIONS",
    "Document",
    "Dossier",
    "Edition",
    "Errata",
    "Finding",
    "Flaw",
    "Piece",
    "Rest",
    "Selection",
    "around",
    "build",
    "checked",
    "corrected",
    "counted",
    "edition",
    "errata",
    "findings",
    "fragments",
    "in_texts",
    "linked",
    "lint",
    "marking",
    "naming",
    "of_account",
    "pdf",
    "people",
    "pieces",
    "query",
    "records",
    "refusals",
    "render",
    "screened",
    "select",
]
