"""Counts of victims as they may be told: no small one by itself, none that the others give back. Pure."""

from backtrail.reports.disclosure.cells import Relation, bounds, suppressed
from backtrail.reports.disclosure.protect import WITHHELD, after, few, protected

__all__ = ["WITHHELD", "Relation", "after", "bounds", "few", "protected", "suppressed"]
