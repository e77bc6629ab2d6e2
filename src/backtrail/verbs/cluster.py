"""cluster: propose activity groups from what intrusions share."""

from msgspec import Struct

from backtrail import clusters
from backtrail.knowledge import log
from backtrail.model.weight import Disagreement, Proposal
from backtrail.verbs.case import Case
from backtrail.verbs.weighing import weighed


class Clustered(Struct, frozen=True, kw_only=True):
    """What the evidence suggests; nothing is assigned by it.

    Attributes:
        proposals: New groups, and accepted groups that others would join.
        disagreements: Links over the threshold that decisions keep apart.
        intrusions: Intrusions looked at.
        pairs: Pairs that share something and were compared.
        unlinked: Intrusions in no proposal and no accepted group.
        model: Version of the match-weight model.
        threshold: Probability from which a pair counts as linked.
    """

    proposals: tuple[Proposal, ...]
    disagreements: tuple[Disagreement, ...]
    intrusions: int
    pairs: int
    unlinked: tuple[str, ...]
    model: str
    threshold: float


def cluster(case: Case) -> Clustered:
    """Propose groups: intrusions joined by explained weights, strongest first; decisions are respected.

    Nothing is assigned. Accept a proposal with `assign P-... --reason ...`, or a part of it with
    `assign INTRUSION... --new` or `--to GROUP`.

    Args:
        case: The case.
    """
    model = clusters.built_in()
    with case.knowledge.reading() as db:
        state = clusters.fold(log.decisions(db))
        found = weighed(case, db, state)
    proposals, disagreements = clusters.propose(found.pairs, state, model)
    taken = {m for p in proposals for m in p.members} | {m for g in state.groups.values() for m in g.members}
    return Clustered(
        proposals=proposals,
        disagreements=disagreements,
        intrusions=len(found.everyone),
        pairs=found.compared,
        unlinked=tuple(i for i in found.everyone if i not in taken),
        model=model.version,
        threshold=model.link,
    )
