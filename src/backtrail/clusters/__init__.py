"""What belongs together: match weights in bits, proposed groups, and the state that decisions add up to. Pure."""

from backtrail.clusters.bounds import excesses, foreign
from backtrail.clusters.calibration import measured
from backtrail.clusters.compare import candidates, compare, ungraded, weigh
from backtrail.clusters.contradictions import telling
from backtrail.clusters.decisions import blocker, fold, next_group_id, standing
from backtrail.clusters.groups import bridges, doubts, propose, units
from backtrail.clusters.parameters import MatchModel, built_in, check, parse
from backtrail.clusters.rarity import Corpus, anybodys, weightless
from backtrail.clusters.review import review
from backtrail.clusters.sides import Side

__all__ = [
    "Corpus",
    "MatchModel",
    "Side",
    "anybodys",
    "blocker",
    "bridges",
    "built_in",
    "candidates",
    "check",
    "compare",
    "doubts",
    "excesses",
    "fold",
    "foreign",
    "measured",
    "next_group_id",
    "parse",
    "propose",
    "review",
    "standing",
    "telling",
    "ungraded",
    "units",
    "weigh",
    "weightless",
]
