"""Match weights: how much shared evidence speaks for two intrusions being one actor's, with every part in sight."""

from typing import Literal

from msgspec import Struct

from backtrail.model.times import Interval

ABSENT = "absent"
"""Kind of a bar that says of a whole family: looked for at both sides, and nothing in common."""


class Bar(Struct, frozen=True, kw_only=True):
    """One item of evidence in an explanation: a bar of the waterfall.

    Attributes:
        kind: Observation kind, or the kind on which the two sides differ; `absent` where a family is not shared.
        value: The shared value; for a contradiction both values, `a | b`; the family that is absent.
        family: Evidence family (tradecraft section 2.1).
        strength: Class A-E of the item (section 2.2); empty for what is absent.
        spoof: Cost for an adversary to fake it: `high`, `med`, `low`.
        bits: What it adds to the total, after everything below; negative for a contradiction and for what is absent.
        raw: Log2 of the likelihood ratio before discounts and caps.
        notes: What was done to it and why: rarity, decay, grade, caps, warning lists.
        holders: Intrusions of the case that show the value.
        evidence: Ids of the observations it rests on, both sides.
        a: When side A saw it.
        b: When side B saw it.
        warnings: Warning lists that know the value.
    """

    kind: str
    value: str
    family: str
    strength: str
    spoof: str
    bits: float
    raw: float
    notes: tuple[str, ...] = ()
    holders: int = 0
    evidence: tuple[str, ...] = ()
    a: Interval = Interval()
    b: Interval = Interval()
    warnings: tuple[str, ...] = ()

    @property
    def sort(self) -> Literal["for", "against", "absent"]:
        """What it is: evidence for, a contradiction, or what was looked for and is not there."""
        if self.kind == ABSENT:
            return "absent"
        return "for" if self.bits >= 0 else "against"


class Explanation(Struct, frozen=True, kw_only=True):
    """Why two intrusions are, or are not, held to be one actor's.

    `total` is exactly `prior` plus the bits of all bars; `probability` is `1 / (1 + 2 ** -total)`.

    Attributes:
        a: Intrusion.
        b: The other.
        prior: Log2 odds before any evidence.
        bars: Largest first; bars of weight 0 are kept, with the reason in their notes.
        linchpin: Index of the bar whose loss costs most (rule EV-9), when there is one.
        without: Probability without the linchpin.
        robust: Probability without what is cheap to fake (rule FF-2).
        ungraded: Least and most probability by what sources that nobody graded are worth (rule AD-2); None where all
            are graded, or that was not asked.
        uncollected: Families in which at least one side shows nothing at all: not looked for is not absent.
        intrusions: How many intrusions rarity was counted over.
        model: Version of the parameters.
    """

    a: str
    b: str
    prior: float
    total: float
    probability: float
    bars: tuple[Bar, ...] = ()
    linchpin: int | None = None
    without: float | None = None
    robust: float = 0.0
    ungraded: tuple[float, float] | None = None
    uncollected: tuple[str, ...] = ()
    intrusions: int = 0
    model: str = ""


class Link(Struct, frozen=True, kw_only=True):
    """A pair over the threshold, in short."""

    a: str
    b: str
    total: float
    probability: float
    families: tuple[str, ...]
    linchpin: str


class Proposal(Struct, frozen=True, kw_only=True):
    """A group that the evidence suggests; it becomes one by a decision only.

    Attributes:
        id: Made of members and group, so that accepting it by id accepts exactly what was shown.
        members: Intrusions, sorted.
        group: The accepted group that some of them are in already; None for a new one.
        joining: Members that are in no group yet.
        links: The pairs that hold it together, strongest first.
        weakest: Probability of the weakest link of the strongest tree that spans it.
    """

    id: str
    members: tuple[str, ...]
    group: str | None
    joining: tuple[str, ...]
    links: tuple[Link, ...]
    weakest: float


class Doubt(Struct, frozen=True, kw_only=True):
    """Members of an accepted group that a fresh run, without any decision, would not put together.

    Attributes:
        group: The group.
        parts: Its members as a fresh run parts them, largest part first.
    """

    group: str
    parts: tuple[tuple[str, ...], ...]


class Disagreement(Struct, frozen=True, kw_only=True):
    """A link over the threshold that accepted decisions keep apart: a merge to consider, never one that is made.

    Attributes:
        link: The link.
        groups: What holds its two intrusions: an accepted group, `outlier ...`, or the intrusion itself.
        decision: The decision that says of just these two that they are not one actor's; empty where two accepted
            groups, or an outlier, keep them apart.
    """

    link: Link
    groups: tuple[str, str]
    decision: str = ""


class Question(Struct, frozen=True, kw_only=True):
    """Are two intrusions, each with those it would be grouped with, one actor's?

    Attributes:
        one: The accepted group that holds the larger side, or its intrusion of `link`.
        other: The same of the other side.
        sizes: Intrusions of the two sides, with those that the evidence would put there.
        accepted: Those of them that decisions have put into the group that holds the side.
        link: The pair that is looked at; between large sides the weaker of two that share no intrusion.
        alone: Whether no two pairs without an intrusion in common speak for two large sides.
        together: Whether the evidence has put them together already.
        joining: Intrusions of `link` that are in no accepted group: a yes puts them into `group`, or into a new one;
            the rest of their sides follows as proposals. None where groups hold both sides: a yes merges these.
        group: The accepted group that holds one side, where none holds the other.
        value: Intrusions that the answer is expected to put right: the chance that the present answer is wrong, times
            what B-cubed gains by the right one.
    """

    one: str
    other: str
    sizes: tuple[int, int]
    accepted: tuple[int, int]
    link: Link
    together: bool
    alone: bool = False
    joining: tuple[str, ...] = ()
    group: str | None = None
    value: float


class Bin(Struct, frozen=True, kw_only=True):
    """Pairs of about the same probability, and how many of them are one actor's.

    Attributes:
        said: Their mean probability.
        pairs: How many they are.
        same: How many of them are one actor's.
        low: Lower end of 95 % of that share.
        high: Upper end.
    """

    said: float
    pairs: int
    same: int
    low: float
    high: float


class Calibration(Struct, frozen=True, kw_only=True):
    """How well the probabilities of a model hold, measured where the truth is known.

    Attributes:
        model: Version of the model.
        worlds: Cases it was measured on.
        bins: By probability, lowest first.
    """

    model: str
    worlds: int
    bins: tuple[Bin, ...]
