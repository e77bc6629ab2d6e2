"""cluster: propose activity groups from what intrusions share."""

from msgspec import Struct

from backtrail import clusters
from backtrail.model.weight import Disagreement, Doubt, Proposal
from backtrail.verbs.case import Case
from backtrail.verbs.standing import state_of
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
        doubts: Accepted groups that the evidence alone would part; looked for with `check` only.
        checked: Whether the accepted state was checked, so that nothing new is proposed.
    """

    proposals: tuple[Proposal, ...]
    disagreements: tuple[Disagreement, ...]
    intrusions: int
    pairs: int
    unlinked: tuple[str, ...]
    model: str
    threshold: float
    doubts: tuple[Doubt, ...] = ()
    checked: bool = False


def cluster(case: Case, *, check: bool = False) -> Clustered:
    """Propose groups: intrusions joined by explained weights, strongest first; decisions are respected.

    Nothing is assigned. Accept a proposal with `assign P-... --reason ...`, or a part of it with
    `assign INTRUSION... --new` or `--to GROUP`.

    Args:
        case: The case.
        check: Compare the accepted state with a fresh run that knows no decision, and tell disagreements only.
    """
    model = clusters.built_in()
    with case.knowledge.reading() as db:
        state = state_of(case, db)
        found = weighed(case, db, state)
    proposals, disagreements = clusters.propose(found.pairs, state, model)
    proposals = () if check else proposals
    taken = {m for p in proposals for m in p.members} | {m for g in state.groups.values() for m in g.members}
    return Clustered(
        proposals=proposals,
        disagreements=disagreements,
        intrusions=len(found.everyone),
        pairs=found.compared,
        unlinked=() if check else tuple(i for i in found.everyone if i not in taken),
        model=model.version,
        threshold=model.link,
        doubts=clusters.doubts(found.pairs, state, model) if check else (),
        checked=check,
    )
