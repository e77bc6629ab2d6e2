"""What analysts put to a question: answers, priors, evidence, ratings, assumptions, dissent. Each is a decision."""

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from msgspec.structs import replace

from backtrail import attribution, clusters
from backtrail.knowledge import facts
from backtrail.knowledge.base import Db
from backtrail.model.decision import Decision, State
from backtrail.model.errors import ConflictError, NotFoundError, UsageError
from backtrail.model.hypothesis import STEPS, Hypothesis, Inquiry, Item, Level, Question, Rating, Spoof, Step
from backtrail.model.language import lint
from backtrail.model.marking import RELIABILITY, Source
from backtrail.model.marking import grade as graded
from backtrail.verbs import dates, known, numbers, profiling, resting
from backtrail.verbs.case import Case
from backtrail.verbs.deciding import Decided, decide, named
from backtrail.verbs.hypothesis import one
from backtrail.verbs.standing import state_of

_FAMILIES = (
    "infrastructure", "malware", "behaviour", "operator traces", "identity", "victimology", "controller telemetry",
    "third-party reporting",
)  # fmt: skip

_FAMILY_OF = {
    "hours": "operator traces", "strength": "operator traces", "victims": "victimology", "dwell": "behaviour",
    "theft": "victimology", "trace": "controller telemetry", "arsenal": "malware", "lifecycle": "behaviour",
    "personas": "identity", "drift": "behaviour",
}  # fmt: skip
"""Family of evidence that a profile's numbers are of."""

_CHEAP = ("hours", "strength")
"""Profiles that tell only where somebody is, and that are cheap to fake (TZ-7, TZ-8)."""


def ask(case: Case, group: str, text: str, *, name: str, rival: str, review: str = "") -> Decided:
    """Ask who is behind a group, with the five answers that every question has.

    Args:
        case: The case.
        group: The group.
        text: The question.
        name: Who is suspected.
        rival: The nearest rival.
        review: When to look at it again.
    """

    def fields(_db: Db, past: list[Decision], state: State) -> dict[str, Any]:
        id = known.require_group(state, group)
        hypotheses = attribution.standing_hypotheses(id, named(name, "the name"), named(rival, "the rival"))
        number = 1 + sum(d.inquiry is not None and d.inquiry.asked is not None for d in past)
        asked = Inquiry(
            question=f"Q-{number}", asked=_worded(text), hypotheses=hypotheses, review=_date(review, "--review")
        )
        return {"group": id, "inquiry": asked}

    return _decide(case, f"asked: {text}", "{question}: " + text.replace("{", "").replace("}", ""), fields)


def add(case: Case, question: str, text: str, *, prior: float) -> Decided:
    """Add an answer; the priors of the others shrink in proportion.

    Args:
        case: The case.
        question: The question.
        text: The answer, as the end of "It is likely that ...".
        prior: Its probability before any item.
    """
    asked = one(case, question)
    if not 0 < prior < 1:
        raise UsageError("a prior lies between 0 and 1")
    id = f"H{len(asked.hypotheses) + 1}"
    more = Hypothesis(id=id, kind="added", text=_worded(text), prior=prior)
    priors = {h.id: h.prior * (1 - prior) for h in asked.hypotheses} | {id: prior}
    return _put(case, asked, f"added {id}", Inquiry(question=asked.id, hypotheses=(more,), priors=priors))


def weigh(case: Case, question: str, priors: Sequence[str], *, reason: str) -> Decided:
    """Set the priors of all answers.

    Args:
        case: The case.
        question: The question.
        priors: Each as H1=0.3; they sum to 1.
        reason: Why these.
    """
    asked = one(case, question)
    told = {}
    for id, text in _pairs(priors, "H1=0.3"):
        try:
            told[id] = float(text)
        except ValueError:
            raise UsageError(f"{text!r} is no probability") from None
    return _put(case, asked, reason, Inquiry(question=asked.id, priors=told))


def cite(  # noqa: PLR0913 - each says something of the item
    case: Case,
    question: str,
    text: str,
    *,
    rests: Sequence[str] = (),
    number: str | None = None,
    family: str | None = None,
    grade: str | None = None,
    spoof: Spoof | None = None,
    gains: str = "",
    where: bool = False,
    public_since: str | None = None,
) -> Decided:
    """Put a piece of evidence to a question: observations, claims or intrusions by their ids, or a profile's number.

    Args:
        case: The case.
        question: The question.
        text: What it says.
        rests: Ids of what it rests on.
        number: A number of a profile of the group, such as hours_offset.
        family: Family of evidence; of a number that of its profile.
        grade: Admiralty grade; that of the weakest source it rests on when left out.
        spoof: What it would cost to fake: low, med, high.
        gains: Who gains if it is believed.
        where: It tells only where somebody is.
        public_since: It was seen after it had been public since this date.
    """
    asked = one(case, question)
    with case.knowledge.reading() as db:
        parts, kind = _number(case, db, asked.group, number) if number else (tuple(rests), "")
        state = state_of(case, db)
        sources = _sources(db, state, parts) if parts else []
        originals = {_original(db, state, source.name) for source in sources}
    item = Item(
        id=f"E{len(asked.items) + 1}",
        text=_worded(text),
        rests=() if number else parts,
        number=number,
        family=_family(family or _FAMILY_OF.get(kind)),
        grade=_grade(grade, sources, originals),
        sources=tuple(sorted({source.name for source in sources})),
        spoof=spoof or ("low" if kind in _CHEAP else "med"),
        gains=gains,
        where=where or kind in _CHEAP,
        public_since=dates.asked(public_since, "--public-since"),
    )
    if not item.rests and not number:
        raise UsageError("an item points at evidence: name --rests IDs or a --number of a profile")
    return _put(case, asked, f"cited {item.id}", Inquiry(question=asked.id, item=item))


def rate(case: Case, question: str, item: str, steps: Sequence[str]) -> Decided:
    """Say how an item fits each answer: ++ expected, + likely, 0 says nothing, - surprising, -- very surprising.

    Answers left out are rated 0.

    Args:
        case: The case.
        question: The question.
        item: The item.
        steps: Each as H1=++.
    """
    asked = one(case, question)
    told: dict[str, Step] = {h.id: "0" for h in asked.hypotheses}
    for id, text in _pairs(steps, "H1=++"):
        told[id] = _step(text)
    rating = Rating(analyst=case.author, item=item.upper(), steps=told)
    return _put(case, asked, f"rated {rating.item}", Inquiry(question=asked.id, rating=rating))


def assume(case: Case, question: str, text: str) -> Decided:
    """State something that is taken for granted.

    Args:
        case: The case.
        question: The question.
        text: The assumption.
    """
    asked = one(case, question)
    return _put(case, asked, "assumed", Inquiry(question=asked.id, assumption=_worded(text)))


def dissent(case: Case, question: str, text: str) -> Decided:
    """State what you hold against the judgement; it is printed with it.

    Args:
        case: The case.
        question: The question.
        text: What you hold against it.
    """
    asked = one(case, question)
    return _put(case, asked, "dissented", Inquiry(question=asked.id, dissent=_worded(text)))


def peek(case: Case, question: str, *, reason: str) -> Decided:
    """See the result before having rated everything; it is printed with the judgement.

    Args:
        case: The case.
        question: The question.
        reason: Why.
    """
    asked = one(case, question)
    return _put(case, asked, reason, Inquiry(question=asked.id, peeked=True))


def settle(case: Case, question: str, level: Level, *, reason: str) -> Decided:
    """Set the confidence in a judgement: lower than the ceiling freely, higher with a reason that is printed.

    Args:
        case: The case.
        question: The question.
        level: low, moderate or high.
        reason: Why.
    """
    asked = one(case, question)
    return _put(case, asked, reason, Inquiry(question=asked.id, level=level))


def review(case: Case, question: str, date: str) -> Decided:
    """Set when a question is to be looked at again.

    Args:
        case: The case.
        question: The question.
        date: The date.
    """
    asked = one(case, question)
    return _put(case, asked, f"review {date}", Inquiry(question=asked.id, review=_date(date, "date")))


def _put(case: Case, question: Question, reason: str, inquiry: Inquiry) -> Decided:
    def fields(_db: Db, _past: list[Decision], _state: State) -> dict[str, Any]:
        return {"group": question.group, "inquiry": inquiry}

    return _decide(case, reason, "{question}: " + reason.replace("{", "").replace("}", ""), fields)


def _decide(
    case: Case, reason: str, summary: str, fields: Callable[[Db, list[Decision], State], dict[str, Any]]
) -> Decided:
    def tried(db: Db, past: list[Decision], state: State) -> dict[str, Any]:
        told = fields(db, past, state)
        trial = Decision(seq=len(past) + 1, action="hypothesis", at=case.now(), author=case.author, reason=reason,
                         model="", **told)  # fmt: skip
        attribution.questions([*past, trial])
        return told

    made = decide(case, "hypothesis", reason, "{action}", tried)
    question = made.decision.inquiry.question if made.decision.inquiry else ""
    return Decided(id=made.id, decision=made.decision, summary=summary.format(question=question))


def _number(case: Case, db: Db, group: str, number: str) -> tuple[tuple[str, ...], str]:
    """Parts of a number and the kind of its profile. Raises NotFoundError, ConflictError where data are too thin."""
    ground = profiling.Ground(case, db)
    found = profiling.members(ground, group)
    seen: list[str] = []
    thin: list[str] = []
    for profile in numbers.findings(ground, found).values():
        for counted in profile.numbers:
            if counted.id == number:
                if not profile.enough:
                    raise ConflictError(f"{number} cannot be evidence: {profile.finding}")
                parts = counted.parts or tuple(i.id for i in found.intrusions)
                return resting.followed(ground, found, parts), profile.kind
            seen.append(counted.id)
        if not profile.enough and number.startswith(profile.kind):
            thin.append(profile.finding)
    if thin:
        raise ConflictError(f"{number} cannot be evidence: {thin[0]}")
    raise NotFoundError(f"{group} has no number {number}{known.near(number, seen)}")


_RECORD = re.compile(r"[0-9a-f]{12} .+")


def _sources(db: Db, state: State, parts: Sequence[str]) -> list[Source]:
    """Sources of observations, claims, intrusions and records of logs, as decisions grade them.

    Raises:
        NotFoundError: Nothing has an id, or what has it was retracted.
    """
    observations = facts.observations(db, ids=[p for p in parts if p.startswith("O-")])
    claims = facts.claims(db, ids=[p for p in parts if p.startswith("C-")])
    observed = {o.id: o.source for o in clusters.standing(observations, state)}
    claimed = {c.id: c.source for c in clusters.standing(claims, state)}
    missing = [p for p in parts if p[:2] in ("O-", "C-") and p not in observed and p not in claimed]
    if missing:
        retracted = " that was not retracted" if missing[0] in state.retracted else ""
        raise NotFoundError(f"no observation or claim {missing[0]}{retracted}")
    intrusions = {f"intrusion:{p}" for p in parts if p[:2] not in ("O-", "C-") and not _RECORD.fullmatch(p)}
    stated = clusters.standing(facts.claims(db, subjects=sorted(intrusions)), state) if intrusions else ()
    logs = {p.partition(" ")[0] for p in parts if _RECORD.fullmatch(p)}
    return [*observed.values(), *claimed.values(), *(c.source for c in stated), *_of_logs(db, state, logs)]


def _of_logs(db: Db, state: State, digests: Collection[str]) -> Iterator[Source]:
    """Sources of logs, each once, by the first digits of their SHA-256."""
    if digests:
        for source in {kept.origin.source for kept in facts.traces(db) if kept.origin.evidence[:12] in digests}:
            code = state.grades.get(source.name)
            yield replace(source, grade=graded(code)) if code else source


def _original(db: Db, state: State, source: str) -> str:
    """The source that a source copies (claim `source:NAME derived-from ORIGINAL`), to the end of the chain."""
    seen = {source}
    while True:
        claims = clusters.standing(facts.claims(db, subjects=[f"source:{source}"]), state)
        said = [c.object for c in claims if c.predicate == "derived-from"]
        if not said or said[0] in seen:
            return source
        source = said[0]
        seen.add(source)


def _grade(given: str | None, sources: Sequence[Source], originals: set[str]) -> str:
    """Grade of an item: as given, or of the weakest source; confirmed takes two independent ones (rule AD-3)."""
    weakest = max(
        (s.grade for s in sources), key=lambda g: (RELIABILITY.index(g.reliability), g.credibility), default=None
    )
    code = str(graded(given)) if given else str(weakest) if weakest else "F6"
    if code.endswith("1") and len(originals) < 2:
        raise ConflictError(
            "credibility 1 means confirmed by another source, and all of this traces back to "
            f"{', '.join(sorted(originals)) or 'none'} (rule AD-3)"
        )
    return code


def _pairs(given: Sequence[str], example: str) -> Iterator[tuple[str, str]]:
    for one_of_them in given:
        id, equals, text = one_of_them.partition("=")
        if not equals or not text:
            raise UsageError(f"{one_of_them!r} says nothing of a hypothesis; {example} does")
        yield id.strip().upper(), text.strip()


def _step(text: str) -> Step:
    for step in STEPS:
        if text == step:
            return step
    raise UsageError(f"{text!r} is no step: {', '.join(STEPS)}")


def _family(family: str | None) -> str:
    if family not in _FAMILIES:
        raise UsageError(f"which family of evidence? --family is one of {', '.join(_FAMILIES)}")
    return family


def _worded(text: str) -> str:
    """A text as it is kept: a line that breaks no rule of wording."""
    clean = named(text, "the text")
    if wrong := lint(clean):
        raise UsageError(f"{wrong[0].word!r} ({wrong[0].rule}): {wrong[0].fix}")
    return clean


def _date(text: str, option: str) -> str:
    """A date, or none at all."""
    return dates.asked(text, option) if text else ""


ACTS = (ask, add, weigh, cite, rate, assume, dissent, peek, settle, review)
"""What can be done with a question, in the order in which it is usually done."""
