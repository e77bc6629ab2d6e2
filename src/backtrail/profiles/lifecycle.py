"""How an intrusion of a group goes: the eight phases of Mandiant's reports, and techniques of ATT&CK in each.

What is not seen was not seen: whether it was not done, or not looked for, is said apart (rule EV-6).
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from backtrail.model.observation import Observation
from backtrail.model.profile import Counted, Profile
from backtrail.model.telemetry import spelled
from backtrail.model.times import Interval, earliest, latest
from backtrail.profiles.attack import PHASES, Attack, Technique, built_in
from backtrail.profiles.habits import Mail, Typed, habits, scripted, theirs
from backtrail.profiles.procedures import sanitised
from backtrail.profiles.samples import known_by, span
from backtrail.profiles.techniques import Use, uses

_LEAST = 2
"""Techniques from which a lifecycle is told."""

_SHOWN_BY = {
    "initial compromise": ("mail", ("email-addr", "email-subject")),
    "escalate privileges": ("command lines", ("command-line",)),
    "internal reconnaissance": ("command lines", ("command-line",)),
    "move laterally": ("command lines", ("command-line",)),
    "maintain presence": ("services or files of hosts", ("service", "file-path", "registry-key")),
    "establish foothold": ("network traffic", ("domain-name", "url", "ipv4-addr")),
    "complete mission": ("network traffic", ("domain-name", "url", "ipv4-addr")),
}
"""Evidence in which each phase would show: without it nobody looked."""


class Acts(Struct, frozen=True, kw_only=True):
    """What a lifecycle is told from.

    Attributes:
        observations: Observations of the group.
        members: Its intrusions, with when each was discovered.
        typed: Command lines of its intrusions, found ones and those of logs.
        mails: Mails that were kept.
        collected: Kinds that the evidence of each intrusion shows at all.
        secret: Names of victims, in lower case.
    """

    observations: Sequence[Observation]
    members: Mapping[str, str | None]
    typed: Sequence[Typed] = ()
    mails: Sequence[Mail] = ()
    collected: Mapping[str, frozenset[str]] = {}
    secret: Sequence[str] = ()


class Step(Struct, frozen=True, kw_only=True):
    """A technique in a lifecycle: what it is, and how the group uses it."""

    technique: Technique
    use: Use
    procedures: tuple[str, ...]

    @property
    def phase(self) -> str:
        """Its phase; of a technique without a known tactic a phase of its own."""
        return self.technique.phase or "phase not known"


def steps(acts: Acts, attack: Attack, as_of: str | None = None) -> list[Step]:
    """Techniques in the order of the lifecycle, in each phase those of most intrusions first."""
    acts = _cut(acts, as_of)
    scripts = {o.id: (o, place) for o, place in _of_scripts(acts)}
    seen = [*acts.observations, *(o for o, _ in scripts.values())]
    order = {phase: n for n, phase in enumerate(PHASES)}
    found = [
        Step(
            technique=attack.technique(use.technique),
            use=replace(use, parts=tuple(sorted({scripts[p][1] if p in scripts else p for p in use.parts}))),
            procedures=tuple(sorted({sanitised(line, acts.secret) for line in use.lines})),
        )
        for use in uses(seen)
    ]
    return sorted(found, key=lambda s: (order.get(s.phase, len(order)), -len(s.use.seen), s.technique.id))


def _cut(acts: Acts, as_of: str | None) -> Acts:
    """What was there at a moment."""
    if as_of is None:
        return acts
    until = latest(as_of).timestamp()
    known = [o for o in acts.observations if known_by(o, acts.members, as_of)]
    there = {o.intrusion for o in known if o.role != "registration"}  # a domain is older than the intrusion it serves
    members = {
        i: when for i, when in acts.members.items() if i in there or when is None or earliest(when).timestamp() <= until
    }
    return replace(
        acts,
        observations=[o for o in known if o.intrusion in members],
        typed=[one for one in acts.typed if one.at <= until and (one.at or one.intrusion in members)],
        mails=[mail for mail in acts.mails if mail.at <= until],
        collected={i: kinds for i, kinds in acts.collected.items() if i in members},
        members=members,
    )


def _of_scripts(acts: Acts) -> list[tuple[Observation, str]]:
    """Commands of bursts of discovery and of found programs, as observations: only what they show is counted.

    Each with its place in the evidence, which is what a number rests on: nothing else has the observation.
    """
    typed = {one for burst in scripted(acts.typed).values() for one in burst} | set(theirs(acts.typed))
    return [
        (
            Observation(
                kind="command-line", value=one.line, intrusion=one.intrusion, role="tool", seen=_moment(one.at)
            ),
            one.place,
        )
        for one in sorted(typed)
        if not one.found
    ]


def _moment(at: float) -> Interval:
    moment = spelled(at)
    return Interval(moment, moment)


def lifecycle(group: str, acts: Acts, attack: Attack | None = None, as_of: str | None = None) -> Profile:
    """How a group's intrusions go, phase by phase.

    Args:
        group: Its id.
        acts: What it is told from.
        attack: The version of ATT&CK; the table that comes with Backtrail when left out.
        as_of: Only what was known up to this moment.
    """
    attack = attack or built_in()
    found = steps(acts, attack, as_of)
    acts = _cut(acts, as_of)
    if len(found) < _LEAST:
        sentence = (
            f"{len(found) or 'No'} technique is seen; at least {_LEAST} are needed to tell how its intrusions go."
        )
        return Profile(kind="lifecycle", group=group, finding=sentence, enough=False, as_of=as_of)
    numbers = (
        *_phases(found), *habits(acts.typed, acts.mails), *_techniques(found), *_unlooked(acts),
        Counted(id="attack_version", value=attack.version, unit="version of ATT&CK"),
    )  # fmt: skip
    return Profile(
        kind="lifecycle",
        group=group,
        finding=_sentence(found, len(acts.members)),
        enough=True,
        numbers=numbers,
        columns=("phase", "technique", "name", "intrusions", "first", "last", "variants", "procedure"),
        rows=tuple(_row(step) for step in found),
        limits=tuple(_limits(found, acts, attack)),
        as_of=as_of,
    )


def _phases(found: Sequence[Step]) -> list[Counted]:
    """Techniques, and intrusions that show each phase."""
    by_phase: dict[str, set[str]] = defaultdict(set)
    for step in found:
        by_phase[step.phase].update(step.use.seen)
    shown = [(phase, tuple(sorted(by_phase[phase]))) for phase in PHASES if phase in by_phase]
    return [
        Counted(id="techniques", value=len(found), unit="techniques", parts=tuple(s.technique.id for s in found)),
        *(Counted(id=f"phase:{phase}", value=len(ids), unit="intrusions", parts=ids) for phase, ids in shown),
    ]


def _techniques(found: Sequence[Step]) -> list[Counted]:
    return [
        Counted(id=f"technique:{step.technique.id}", value=len(step.use.seen), unit="intrusions", parts=step.use.parts,
                note="; ".join(step.use.reasons))
        for step in found
    ]  # fmt: skip


def _without(acts: Acts, kinds: Sequence[str]) -> tuple[str, ...]:
    """Intrusions whose evidence shows none of some kinds."""
    return tuple(sorted(i for i in acts.members if acts.collected.get(i, frozenset()).isdisjoint(kinds)))


def _unlooked(acts: Acts) -> list[Counted]:
    """Intrusions without the evidence in which something would show."""
    found = {what: _without(acts, kinds) for what, kinds in _SHOWN_BY.values()}
    return [
        Counted(id=f"unlooked:{what}", value=len(ids), unit="intrusions", parts=ids, note="none in their evidence")
        for what, ids in found.items()
        if ids
    ]


def _row(step: Step) -> tuple[str, ...]:
    seen = span(step.use.seen.values())
    example = min(step.procedures, key=lambda line: (len(line), line), default="")
    return (
        step.phase, step.technique.id, step.technique.name or "not in this version of ATT&CK", str(len(step.use.seen)),
        (seen.first or "")[:10], (seen.last or "")[:10], str(len(step.procedures) or ""), example,
    )  # fmt: skip


def _sentence(found: Sequence[Step], members: int) -> str:
    phases = {step.phase for step in found} & set(PHASES)
    most = max(found, key=lambda step: (len(step.use.seen), step.technique.id))
    return (
        f"{len(found)} techniques in {len(phases)} of the {len(PHASES)} phases are seen; the most common, "
        f"{most.technique.id} {most.technique.name}, at {len(most.use.seen)} of {members} intrusions."
    )


def _limits(found: Sequence[Step], acts: Acts, attack: Attack) -> list[str]:
    """Phases with nothing in them, and where the evidence is missing in which they would show."""
    limits = []
    missing: dict[str, list[str]] = defaultdict(list)
    for phase, (what, kinds) in _SHOWN_BY.items():
        if without := len(_without(acts, kinds)):
            missing[f"{what} in the evidence of {without} of {len(acts.members)} intrusions"].append(phase)
    limits += [f"No {what}: {', '.join(phases)} was not looked for there." for what, phases in missing.items()]
    seen = {step.phase for step in found}
    if empty := [phase for phase in PHASES if phase not in seen]:
        limits.append(f"Nothing is seen of {', '.join(empty)}; that is not to say that it was not done.")
    changed = [step.technique.note for step in found if step.technique.note]
    if changed:
        limits.append(f"Ids of earlier versions of ATT&CK: {', '.join(sorted(changed))}.")
    limits.append(f"Names and tactics are those of ATT&CK {attack.version}.")
    return limits
