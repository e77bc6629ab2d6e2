"""assign: put intrusions into a group."""

import re
from collections.abc import Sequence
from typing import Any

from backtrail import clusters
from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.model.errors import NotFoundError, UsageError
from backtrail.model.weight import Proposal
from backtrail.verbs import known
from backtrail.verbs.case import Case
from backtrail.verbs.cluster import cluster
from backtrail.verbs.deciding import Decided, decide

_PROPOSAL = re.compile("P-[0-9a-f]{10}", re.IGNORECASE)


def assign(
    case: Case,
    intrusions: Sequence[str],
    *,
    reason: str,
    to: str | None = None,
    new: bool = False,
    anchor: str | None = None,
) -> Decided:
    """Put intrusions into an accepted group, or into a new one; or accept a proposal of `cluster` by its id.

    Args:
        case: The case.
        intrusions: Ids of the intrusions; or one `P-...`, which stands for the intrusions of that proposal and says
            itself where they go.
        reason: Why; kept in the log.
        to: The group they join.
        new: Make a group of them instead.
        anchor: The characteristics that define a new group, in a sentence; the reason stands in when left out.
    """
    proposal = None
    if len(intrusions) == 1 and _PROPOSAL.fullmatch(intrusions[0]):
        if to or new:
            raise UsageError(f"{intrusions[0]} says itself where they go: leave out --to and --new")
        proposal = _proposal(case, "P-" + intrusions[0][2:].lower())
        intrusions, to, new = proposal.joining, proposal.group, proposal.group is None
    if bool(to) == new:
        raise UsageError("say where: --to GROUP for an accepted group, or --new for a new one")
    if not intrusions:
        raise UsageError("name at least one intrusion")

    def fields(db: Db, log: list[Decision], state: State) -> dict[str, Any]:
        ids = tuple(dict.fromkeys(known.require_intrusions(db, intrusions)))
        if proposal and any(state.group_of(id) or id in state.outliers for id in ids):
            raise NotFoundError(f"the evidence does not suggest {proposal.id} now: somebody decided in the meantime")
        group = clusters.next_group_id(log) if new else known.require_group(state, to or "")
        return {"group": group, "intrusions": ids} | ({"text": anchor or reason} if new else {})

    if new:
        return decide(case, "new", reason, "{group} made of {listed}", fields)
    return decide(case, "assign", reason, "{listed} assigned to {group}", fields)


def _proposal(case: Case, id: str) -> Proposal:
    """The proposal of an id, if the evidence still suggests it."""
    proposals = {proposal.id: proposal for proposal in cluster(case).proposals}
    if id not in proposals:
        raise NotFoundError(f"the evidence does not suggest {id} now{known.near(id, proposals)}; see backtrail cluster")
    return proposals[id]
