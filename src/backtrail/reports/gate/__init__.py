"""The gate that everything goes through on its way out: is a victim recognisable in it? Fails closed."""

from backtrail.reports.gate.accounts import people
from backtrail.reports.gate.accounts import secret as of_account
from backtrail.reports.gate.check import Finding, findings, in_texts, naming
from backtrail.reports.gate.pieces import Piece, Readers, pieces
from backtrail.reports.gate.screen import screened

__all__ = [
    "Finding",
    "Piece",
    "Readers",
    "findings",
    "in_texts",
    "naming",
    "of_account",
    "people",
    "pieces",
    "screened",
]
