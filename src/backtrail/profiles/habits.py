"""Habits of operators, what they do the same way everywhere: scripts, sizes of archives, weekly returns, answers.

What stands in a victim's logs is mostly not the adversary's. A line there counts when something else makes it so: a
burst of discovery into one file, which nobody types; a program that a responder found; a password that is the group's.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from backtrail.model.observation import Observation
from backtrail.model.profile import Counted
from backtrail.profiles.procedures import program
from backtrail.profiles.techniques import shown

_BURST = 5
"""Different discovery commands into one file that nobody types one after the other."""

_WITHIN = 300.0
"""Seconds within which they come."""

_WEEK = (6.0, 8.0)
"""Days between two of something that comes weekly."""

_DAY = 86_400.0

_INTO = re.compile(r">>?\s*\"?([^\">|&]+?)\"?\s*$")
_PART = re.compile(r"(?i)\s-v(\d+)([kmg])?b?\b")
_PASSWORD = re.compile(r"(?i)(?:^|\s)-hp([^\s\"]{3,})")
_MAIL = re.compile(r"(?i)\.(?:eml|pst|ost|msg)\b")
_REPLY = re.compile(r"(?i)^\s*(?:re|fw|fwd|aw|sv)\s*:\s*")
_TO_MB = {"k": 1 / 1024, "m": 1, "g": 1024, "": 1 / 1e6}


class Typed(Struct, frozen=True, order=True):
    """A command line of a log or a finding.

    Attributes:
        intrusion: Where.
        at: Seconds since 1970; 0 when nobody says when.
        line: The command line.
        place: Where in the evidence.
        found: Whether a responder holds it to be the adversary's.
    """

    intrusion: str
    at: float
    line: str
    place: str
    found: bool = False


class Mail(Struct, frozen=True, order=True):
    """A mail: when, who wrote it, and its subject."""

    intrusion: str
    at: float
    sender: str
    subject: str
    place: str


def scripted(typed: Iterable[Typed]) -> dict[str, list[Typed]]:
    """Discovery by script: at each intrusion, the commands of a burst that goes into one file."""
    into: dict[tuple[str, str], list[Typed]] = defaultdict(list)
    for one in typed:
        if one.at and (file := _INTO.search(one.line)) and _discovers(one.line):
            into[one.intrusion, file[1].lower()].append(one)
    found: dict[str, list[Typed]] = {}
    for (intrusion, _), some in sorted(into.items()):
        if len({one.line for one in some}) >= _BURST and (burst := _burst(sorted(some))):
            found.setdefault(intrusion, burst)
    return found


class Script(Struct, frozen=True):
    """Commands that ran one after the other without anybody typing them, told by what they are and not by a name.

    Attributes:
        commands: In their order, without the file they write to.
        runs: The lines of each intrusion that show it.
    """

    commands: tuple[str, ...]
    runs: dict[str, list[Typed]]


def scripts(typed: Iterable[Typed]) -> list[Script]:
    """Scripts by content, those of most intrusions first: the same commands in the same order are one script."""
    held: dict[tuple[str, ...], dict[str, list[Typed]]] = defaultdict(dict)
    for intrusion, burst in scripted(typed).items():
        commands = tuple(dict.fromkeys(_INTO.sub("", one.line).strip().lower() for one in burst))
        held[commands][intrusion] = burst
    return [Script(*one) for one in sorted(held.items(), key=lambda item: (-len(item[1]), item[0]))]


def _discovers(line: str) -> bool:
    """Whether a line asks a system something, by the rules of techniques; the shell that runs it does not count."""
    ids = (id for id, _ in shown(Observation(kind="command-line", value=line)))
    return any(id not in ("T1059.003", "T1059.001") for id in ids)


def _burst(some: Sequence[Typed]) -> list[Typed]:
    """The longest run of commands with little time between first and last."""
    best: list[Typed] = []
    for start, first in enumerate(some):
        run = [one for one in some[start:] if one.at - first.at <= _WITHIN]
        if len({one.line for one in run}) >= max(_BURST, len(best) + 1):
            best = run
    return best


def theirs(typed: Iterable[Typed]) -> list[Typed]:
    """Lines of operators: those found, those of a found program at the same intrusion, those with a found password."""
    typed = sorted(set(typed))
    found = [one for one in typed if one.found]
    programs = {(one.intrusion, program(one.line)) for one in found}
    passwords = {p for one in found if (p := _password(one.line))}
    return [
        one
        for one in typed
        if one.found or (one.intrusion, program(one.line)) in programs or _password(one.line) in passwords
    ]


def _password(line: str) -> str:
    return typed[1] if (typed := _PASSWORD.search(line)) else ""


def habits(typed: Sequence[Typed], mails: Iterable[Mail]) -> list[Counted]:
    """Numbers of habits; none of a habit that nothing shows."""
    own = theirs(typed)
    return [*_scripts(scripted(typed)), *_sizes(own), *_weekly(own), *_answers(mails)]


def _scripts(found: dict[str, list[Typed]]) -> list[Counted]:
    if not found:
        return []
    longest = max(len({one.line for one in burst}) for burst in found.values())
    note = f"up to {longest} commands within minutes into one file"
    parts = tuple(one.place for burst in found.values() for one in burst)
    return [Counted(id="recon_script_victims", value=len(found), unit="networks", parts=parts, note=note)]


def _sizes(own: Iterable[Typed]) -> list[Counted]:
    """The size of archive parts that most intrusions show, with how many do."""
    sizes: dict[float, set[str]] = defaultdict(set)
    places: dict[float, list[str]] = defaultdict(list)
    for one in own:
        if part := _PART.search(one.line):
            size = int(part[1]) * _TO_MB[(part[2] or "").lower()]
            sizes[size].add(one.intrusion)
            places[size].append(one.place)
    if not sizes:
        return []
    most = max(sizes, key=lambda size: (len(sizes[size]), size))
    everyone = set().union(*sizes.values())
    note = f"at {len(sizes[most])} of {len(everyone)} intrusions with archives in parts"
    value = int(most) if most == int(most) else round(most, 3)
    return [Counted(id="rar_part_mb", value=value, unit="MB", parts=tuple(places[most]), note=note)]


def _weekly(own: Iterable[Typed]) -> list[Counted]:
    """The longest run of weeks in which a program wrote mail to files."""
    runs: dict[tuple[str, str], list[Typed]] = defaultdict(list)
    for one in own:
        if one.at and _MAIL.search(one.line):
            runs[one.intrusion, program(one.line)].append(one)
    longest = max((_weeks(sorted(some)) for some in runs.values()), key=len, default=[])
    if len(longest) < 2:
        return []
    parts = tuple(one.place for one in longest)
    return [Counted(id="email_weekly", value=len(longest), unit="weeks", parts=parts, note="mail taken once a week")]


def _weeks(some: Sequence[Typed]) -> list[Typed]:
    best: list[Typed] = []
    run: list[Typed] = []
    for one in some:
        gap = (one.at - run[-1].at) / _DAY if run else 0.0
        if run and gap < 1:
            continue
        run = [*run, one] if run and _WEEK[0] <= gap <= _WEEK[1] else [one]
        best = max(best, run, key=len)
    return best


def _answers(mails: Iterable[Mail]) -> list[Counted]:
    """Minutes in which whoever sent a lure answered the one who doubted it; a mail in two logs is one."""
    threads: dict[tuple[str, str], list[Mail]] = defaultdict(list)
    once = {(m.intrusion, m.sender, m.subject, m.at // 60): m for m in sorted(mails, reverse=True)}
    for mail in sorted(once.values()):
        threads[mail.intrusion, _REPLY.sub("", mail.subject).casefold()].append(mail)
    answers = [
        ((third.at - second.at) / 60, (second.place, third.place))
        for some in threads.values()
        for first, second, third in zip(some, some[1:], some[2:], strict=False)
        if second.sender != first.sender == third.sender and _REPLY.match(third.subject)
    ]
    if not answers:
        return []
    minutes, parts = min(answers)
    note = f"fastest of {len(answers)} answers to whoever doubted a lure"
    return [Counted(id="its_legit_minutes", value=round(minutes), unit="minutes", parts=parts, note=note)]
