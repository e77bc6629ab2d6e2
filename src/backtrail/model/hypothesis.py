"""Who is behind a group: questions, hypotheses, evidence items and ratings, and the judgement they add up to.

Sources: Heuer, *Psychology of Intelligence Analysis* (1999), for the board; Mandel, Karvetski and Dhami, *Boosting
intelligence analysts' judgment accuracy* (JDM 13(6), 2018), for coherence before averaging; tradecraft section 7.
"""

from typing import Literal

from msgspec import Struct

Step = Literal["++", "+", "0", "-", "--"]
"""How well an item fits a hypothesis: expected, likely, says nothing, surprising, very surprising."""

STEPS: tuple[Step, ...] = ("++", "+", "0", "-", "--")

Spoof = Literal["low", "med", "high"]
"""What it would cost an adversary to fake an item."""

Level = Literal["low", "moderate", "high"]

Standing = Literal["named", "rival", "shared", "deception", "unknown", "added"]
"""Kinds of hypotheses; all but `added` stand in every question: they can be rated, not deleted (rules HY-1, FF-3)."""


class Hypothesis(Struct, frozen=True, kw_only=True):
    """One of the answers of a question; they exclude one another.

    Attributes:
        id: `H1`.
        kind: What sort of answer.
        text: The answer as the end of "It is likely that ...".
        prior: Its probability before any item; those of a question sum to 1.
    """

    id: str
    kind: Standing
    text: str
    prior: float


class Item(Struct, frozen=True, kw_only=True):
    """A piece of evidence that bears on a question.

    Attributes:
        id: `E1`.
        text: What it says.
        rests: Ids of observations, claims and intrusions it rests on.
        number: The number of a profile that it is, where it is one.
        family: Family of evidence; items of one family are not independent (rule EV-5).
        grade: Admiralty grade of the weakest source it needs.
        sources: Names of the sources.
        spoof: Cost of faking it.
        gains: Who gains if it is believed.
        where: Whether it can only tell where somebody is, as hours do (rule TZ-8).
        public_since: Since when it was public, where it was first seen after that (rule FF-4).
    """

    id: str
    text: str
    rests: tuple[str, ...] = ()
    number: str | None = None
    family: str = "third-party reporting"
    grade: str = "F6"
    sources: tuple[str, ...] = ()
    spoof: Spoof = "med"
    gains: str = ""
    where: bool = False
    public_since: str | None = None


class Rating(Struct, frozen=True, kw_only=True):
    """How one analyst sees one item, before seeing any result."""

    analyst: str
    item: str
    steps: dict[str, Step]


class Dissent(Struct, frozen=True):
    """What an analyst holds against the judgement."""

    analyst: str
    text: str


class Question(Struct, frozen=True, kw_only=True):
    """A question about a group, with everything that was put to it.

    Attributes:
        id: `Q-1`.
        group: The group.
        text: The question.
        hypotheses: Its answers.
        items: Evidence.
        ratings: One for each analyst and item; the latest counts.
        assumptions: What is taken for granted: no facts, and printed apart from them (rule HY-6).
        dissents: What analysts hold against it.
        review: When it is to be looked at again (rule HY-7).
        peeked: Analysts who saw the result before they had rated everything, and why.
        level: Confidence that an analyst set, with the reason.
        conflicts: Contradictions that nobody resolved.
    """

    id: str
    group: str
    text: str
    hypotheses: tuple[Hypothesis, ...]
    items: tuple[Item, ...] = ()
    ratings: tuple[Rating, ...] = ()
    assumptions: tuple[str, ...] = ()
    dissents: tuple[Dissent, ...] = ()
    review: str = ""
    peeked: tuple[Dissent, ...] = ()
    level: tuple[Level, str] | None = None

    def missing(self, analyst: str) -> list[str]:
        """Items that an analyst has not rated."""
        rated = {one.item for one in self.ratings if one.analyst == analyst}
        return [item.id for item in self.items if item.id not in rated]


class Inquiry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a decision about a question adds to it; which field is set says what.

    Attributes:
        question: The question.
        asked: Its text, with `hypotheses` and `review`.
        hypotheses: Its answers, or one more.
        priors: New priors of all answers.
        item: A piece of evidence.
        rating: How the author sees an item.
        assumption: Something taken for granted.
        dissent: What the author holds against it.
        review: When it is to be looked at again.
        peeked: The author wants to see the result before having rated everything.
        level: Confidence.
    """

    question: str
    asked: str | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    priors: dict[str, float] = {}
    item: Item | None = None
    rating: Rating | None = None
    assumption: str | None = None
    dissent: str | None = None
    review: str | None = None
    peeked: bool = False
    level: Level | None = None


class Standpoint(Struct, frozen=True, kw_only=True):
    """A hypothesis as the evidence leaves it.

    Attributes:
        id: Its id.
        kind: What sort of answer.
        text: The answer.
        prior: Before any item.
        posterior: After all, the mean over analysts.
        low: Lowest over analysts, and over what a source of unknown reliability may be worth.
        high: Highest.
    """

    id: str
    kind: Standing
    text: str
    prior: float
    posterior: float
    low: float
    high: float


class Weighed(Struct, frozen=True, kw_only=True):
    """An item as it counted.

    Attributes:
        item: The item.
        steps: How it fits each hypothesis, the mean over analysts to the nearest step.
        disagree: Whether analysts are more than one step apart on some hypothesis.
        bits: What it adds for each hypothesis, in bits, after grade, family and post-publication.
        diagnosticity: Spread of these: 0 tells nothing.
        notes: What was taken off, and why.
    """

    item: Item
    steps: dict[str, Step]
    disagree: bool
    bits: dict[str, float]
    diagnosticity: float
    notes: tuple[str, ...] = ()


class Scenario(Struct, frozen=True, kw_only=True):
    """The probability of the leading hypothesis when something is left out.

    Attributes:
        without: What is left out, in words.
        items: Their ids.
        probability: Of the hypothesis that leads when nothing is left out.
        leader: The hypothesis that leads then.
        bands: ICD 203 bands by which the probability falls.
    """

    without: str
    items: tuple[str, ...]
    probability: float
    leader: str
    bands: int


class Assessment(Struct, frozen=True, kw_only=True):
    """A question answered as far as evidence goes: every number with its parts; likelihood and confidence apart.

    Attributes:
        question: The question with everything that was put to it.
        hypotheses: As the evidence leaves them, likeliest first.
        items: As they counted, most diagnostic first.
        analysts: Whose ratings are in it.
        linchpins: The items that matter most, and the result without each.
        robustness: The result without what is cheap to fake, and without each family.
        sentence: The judgement.
        confidence: Level of confidence.
        reasons: Why it is no higher.
        confident: The sentence that says so.
        change: What would change the answer.
        warnings: What a reader must know: a fall by more than a band, a question without a leader.
    """

    question: Question
    hypotheses: tuple[Standpoint, ...]
    items: tuple[Weighed, ...]
    analysts: tuple[str, ...]
    linchpins: tuple[Scenario, ...]
    robustness: tuple[Scenario, ...]
    sentence: str
    confidence: Level
    reasons: tuple[str, ...]
    confident: str
    change: tuple[str, ...]
    warnings: tuple[str, ...]
