"""grade: say how good a source or an observation is."""

from typing import Any

from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.model import marking
from backtrail.model.decision import Decision, State
from backtrail.model.errors import NotFoundError
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide
from backtrail.verbs.show import resolve


def grade(case: Case, target: str, code: str, *, reason: str) -> Decided:
    """Grade a source by its name, or one observation by its id; this overrides what came with the evidence.

    Args:
        case: The case.
        target: Name of a source, or id of an observation (`O-...`).
        code: Admiralty grade, such as B2; F and 6 mean unknown, not middling.
        reason: Why; kept in the log.
    """
    checked = str(marking.grade(code))

    def fields(db: Db, _log: list[Decision], _state: State) -> dict[str, Any]:
        if target.startswith("O-"):
            return {"targets": (resolve(db, target),), "text": checked}
        if target not in (sources := facts.sources(db)):
            raise NotFoundError(f"no source is called {target!r}{known.near(target, sources)}")
        return {"targets": (target,), "text": checked}

    return decide(case, "grade", reason, "{targets[0]} graded {text}", fields)
