"""Counts of victims as they may be told: no small one by itself, none that the others give back. Pure."""

from backtrail.reports.disclosure.cells import Relation, bounds, suppressed
from backtrail.reports.disclosure.protect import WITHHELD, few, protected, with_earlier

__all__ = ["WITHHELD", "Relation", "bounds", "few", "protected", "suppressed", "with_earlier"]
