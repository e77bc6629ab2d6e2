"""Who is behind it: questions with hypotheses that exclude one another, weighed item by item. Pure."""

from backtrail.attribution.board import assess
from backtrail.attribution.questions import blocker, questions, standing_hypotheses

__all__ = ["assess", "blocker", "questions", "standing_hypotheses"]
