"""Decisions of analysts, and the state of a case that they add up to."""

from typing import Literal

from msgspec import Struct

from backtrail.model.hypothesis import Inquiry

Action = Literal[
    "new",
    "assign",
    "outlier",
    "apart",
    "merge",
    "split",
    "name",
    "alias",
    "grade",
    "retract",
    "accept",
    "reject",
    "verdict",
    "hypothesis",
    "allow",
    "freeze",
    "release",
    "publish",
    "undo",
]

Relation = Literal["same", "part-of", "contains", "overlaps", "formerly", "tool-name"]


Outcome = Literal["true", "cdn", "scanner", "shared-host", "duplicate", "other"]
"""What an analyst says of hits: true, or what made them false."""


class Alias(Struct, frozen=True, order=True):
    """A name somebody else uses (rule NM-1): a claim with its namer and its relation, never a reason to merge."""

    name: str
    namer: str
    relation: Relation = "same"

    def __str__(self) -> str:
        return f"{self.name} ({self.namer})"


class Decision(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of the append-only log.

    Attributes:
        seq: Place in the log, from 1; the id shown is `D-<seq>`.
        action: What was decided.
        at: Moment, UTC.
        author: Who decided.
        reason: Why; never empty.
        model: Version of the match-weight model in force.
        group: The group it is about: made, assigned to, surviving a merge, split, named.
        other: The second group: merged away, or split off.
        intrusions: Intrusions moved, or held apart from one another or from the groups.
        targets: Observations, claims or a source, for `grade` and `retract`; leads, for `accept` and `reject`;
            `kind value` of indicators, for `verdict`; a finding of the leak check, for `allow`.
        text: Anchor of a new group, name, grade, or outcome of a verdict.
        lasts: Moment of the latest hit of each target of a verdict, empty when none says when.
        alias: The alias.
        inquiry: What it adds to a question of who is behind a group.
        undoes: `seq` of the decision taken back.
    """

    seq: int
    action: Action
    at: str
    author: str
    reason: str
    model: str
    group: str | None = None
    other: str | None = None
    intrusions: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    text: str | None = None
    lasts: tuple[str, ...] = ()
    alias: Alias | None = None
    inquiry: Inquiry | None = None
    undoes: int | None = None

    @property
    def id(self) -> str:
        """As shown: `D-12`."""
        return f"D-{self.seq}"


class ActivityGroup(Struct, frozen=True, kw_only=True):
    """Intrusions that decisions hold to be one actor's (Diamond: activity group; STIX: intrusion-set).

    Attributes:
        id: `UNC-0042`, without meaning, valid for ever.
        anchor: The characteristics that define it, in a sentence (rule LC-2).
        members: Ids of its intrusions, sorted.
        name: The name given by a decision.
        aliases: What others call it.
        merged_into: The group that took it over, when it is no more.
    """

    id: str
    anchor: str
    members: tuple[str, ...] = ()
    name: str | None = None
    aliases: tuple[Alias, ...] = ()
    merged_into: str | None = None

    @property
    def title(self) -> str:
        """Name and id, as published."""
        return f"{self.name} ({self.id})" if self.name else self.id


class Verdict(Struct, frozen=True, kw_only=True):
    """What was decided of the hits of an indicator.

    Attributes:
        outcome: True, or what made them false.
        decision: Id of the decision.
        last: Moment of the latest true hit.
    """

    outcome: Outcome
    decision: str
    last: str | None = None


class Apart(Struct, frozen=True, order=True):
    """Two, each an intrusion or a group, that are held to be of different actors.

    Attributes:
        one: The lesser id.
        other: The greater.
        decision: Id of the decision.
    """

    one: str
    other: str
    decision: str


class State(Struct, frozen=True, kw_only=True):
    """What the decisions of a case add up to.

    Attributes:
        groups: By id, merged ones included.
        outliers: Intrusions held to belong to no known group.
        apart: What is held to be of different actors.
        grades: Grade by source name or observation id, overriding what came with the evidence.
        retracted: Ids of observations and claims that no longer count, and SHA-256 of evidence that does not.
        accepted: Ids of leads that an analyst takes for the adversary's.
        rejected: Ids of leads that one does not.
        verdicts: What was decided of hits, by `kind value` of the indicator.
        allowed: Findings of the leak check that two people let through, each with who agreed.
        released: Marking that products of a group were released to.
        paps: What was decided that readers of a group's products may do with them.
    """

    groups: dict[str, ActivityGroup] = {}
    outliers: frozenset[str] = frozenset()
    apart: tuple[Apart, ...] = ()
    grades: dict[str, str] = {}
    retracted: frozenset[str] = frozenset()
    accepted: frozenset[str] = frozenset()
    rejected: frozenset[str] = frozenset()
    verdicts: dict[str, Verdict] = {}
    allowed: dict[str, str] = {}
    released: dict[str, str] = {}
    paps: dict[str, str] = {}

    @property
    def retracted_evidence(self) -> frozenset[str]:
        """SHA-256 of the pieces of evidence that no longer count."""
        return frozenset(id for id in self.retracted if id[1:2] != "-")

    def group_of(self, intrusion: str) -> str | None:
        """Id of the living group an intrusion is assigned to."""
        return next((g.id for g in self.groups.values() if not g.merged_into and intrusion in g.members), None)

    def apart_from(self, side: str) -> frozenset[str]:
        """Intrusions and groups that decisions hold to be of other actors than an intrusion or group."""
        about = (said for said in self.apart if side in (said.one, said.other))
        return frozenset(said.other if said.one == side else said.one for said in about)

    def kept_apart(self, intrusion: str, group: str) -> str | None:
        """The decision that holds an intrusion and a living group, or a member of it, to be of different actors."""
        for said in self.apart:
            for one, other in ((said.one, said.other), (said.other, said.one)):
                inside = self.survivor(other) == group if other in self.groups else other in self.groups[group].members
                if one == intrusion and inside:
                    return said.decision
        return None

    def survivor(self, group: str) -> str:
        """The living group an id leads to after merges. Raises KeyError for an id that never was."""
        while into := self.groups[group].merged_into:
            group = into
        return group
