"""Malware of a group: families, samples, where each sample turned up, and what the operators typed."""

from collections.abc import Sequence
from random import Random

from msgspec import Struct

from backtrail_worlds.chance import hexes, shares
from backtrail_worlds.clock import DAY, HOUR, is_weekday
from backtrail_worlds.names import Names
from backtrail_worlds.plan.model import Certificate, Drop, Family, Group, Intrusion, Sample, Server, awake

FOLDERS = ("C:\\WINDOWS\\system32", "C:\\WINDOWS\\Temp", "C:\\WINDOWS\\Tasks", "C:\\Documents and Settings\\All Users")
_COMMON = ("svchosts.exe", "wauclt.exe", "update.exe")
"""Names that malware of all groups goes by; always in the same folder."""
_LANGUAGES = {"CN": "0x0804", "RU": "0x0419", "IR": "0x0429", "KR": "0x0412"}


class Quota(Struct, frozen=True, kw_only=True):
    """How much malware a group has; `prefix` names the web family when its variants are counted."""

    backdoors: int
    web: int
    yara_only: int
    utilities: int
    samples: int
    web_samples: int
    first_compile: int
    prefix: str


def families(group: Group, quota: Quota, tools: tuple[Names, Random]) -> None:
    """Give a group families nobody else has. Those known by a rule alone come last of the backdoors."""
    names, rng = tools
    for i in range(quota.backdoors + quota.utilities):
        kind = "web" if i < quota.web else "backdoor" if i < quota.backdoors else "utility"
        name = names.family(quota.prefix if kind == "web" and quota.prefix else "")
        hidden = quota.backdoors - quota.yara_only <= i < quota.backdoors
        group.families.append(family(name, kind, group, hidden, (names, rng)))


def family(name: str, kind: str, group: Group, hidden: bool, tools: tuple[Names, Random]) -> Family:
    """A family with the marks that all its samples share; the first of a group are sure to have all of them."""
    sure = not any(other.kind == kind for other in group.families)
    names, rng = tools
    mark = names.new(names.word(3, 3))
    handle = rng.choice(group.handles) if group.handles and rng.random() < 0.3 else ""
    folder = handle or mark[:6]
    return Family(
        name=name,
        kind=kind,
        group=group.id,
        mutexes=(f"Global\\{mark}",) if kind != "utility" and (sure or rng.random() < 0.8) else (),
        password=f"{mark[:5]}{rng.randint(10, 99)}!" if kind == "backdoor" and rng.random() < 0.7 else "",
        key=hexes(rng, 16) if rng.random() < 0.5 else "",
        language=_LANGUAGES.get(group.nexus, "0x0409"),
        strings=(
            f"{mark} cmd ok",
            f"({rng.choice(['bind', 'link', 'auth'])}){mark[::-1]}",
            *((handle,) if handle else ()),
        ),
        file_names=(f"{names.new(names.word(2, 2))}.{rng.choice(('exe', 'dll', 'exe'))}", rng.choice(_COMMON)),
        pdb=f"d:\\work\\{folder}\\{mark}\\release\\{mark}.pdb" if sure or rng.random() < 0.6 else "",
        first=0,
        yara_only=hidden,
    )


def samples(group: Group, quota: Quota, rng: Random) -> list[Sample]:
    """Samples by quota, at least one of each family that was triaged; the first is the oldest web variant."""
    web = [f for f in group.families if f.kind == "web"]
    rest = [f for f in group.families if f.kind != "web" and not f.yara_only]
    made = []
    for some, total in ((web, quota.web_samples), (rest, quota.samples - quota.web_samples)):
        if some:
            for fam, count in zip(some, shares(total, [rng.expovariate(1) + 0.1 for _ in some], least=1), strict=True):
                made += [sample(fam, 0, rng) for _ in range(count)]
    return made


def sample(fam: Family, compiled: int, rng: Random) -> Sample:
    """A file of a family. Its hashes are random: there is no such file."""
    return Sample(
        md5=hexes(rng, 32),
        sha1=hexes(rng, 40),
        sha256=hexes(rng, 64),
        size=rng.randint(6_000, 400_000),
        compiled=compiled,
        imphash=hexes(rng, 32),
        family=fam.name,
        file_name=rng.choice(fam.file_names),
        pdb=fam.pdb,
        campaign=f"{fam.strings[0].partition(' ')[0]}{rng.randint(1, 40):02d}" if fam.kind == "backdoor" else "",
        group=fam.group,
    )


def deploy(group: Group, quota: Quota, members: Sequence[Intrusion], rng: Random) -> None:
    """Put every sample at a victim whose responder has it; some at a second victim, in the logs only.

    Each server that two members share at a beginning comes with a sample that both have: two kinds of evidence.
    """
    by_number = {member.number: member for member in members}
    pool = list(samples(group, quota, rng))
    rng.shuffle(pool)
    pool.sort(key=lambda s: quota.prefix != "" and not s.family.startswith(quota.prefix))
    group.samples = []
    links = [server for server in group.servers if server.link and server.anchor]
    owners = [m for m in members for _ in range(2)] + rng.choices(members, k=max(len(pool) - 2 * len(members), 0))
    rng.shuffle(pool)
    for i, raw in enumerate(pool):
        link = links[i] if i < len(links) else None
        owner, second = _pair(link, by_number, rng) if link else (owners[i % len(owners)], None)
        if second is None and rng.random() < 0.25:
            second = _contemporary(owner, members, rng)
        made = _dated(raw, owner, second, group, quota, rng)
        group.samples.append(made)
        owner.own.drops.append(_drop(made, owner, rng, rng.choice(("triage", "triage", "triage", "finding"))))
        if second is not None:
            second.own.drops.append(_drop(made, second, rng, ""))
    _oldest(group, quota, members)


def _pair(link: Server, by_number: dict[int, Intrusion], rng: Random) -> tuple[Intrusion, Intrusion | None]:
    two = [by_number[use.member] for use in link.uses]
    rng.shuffle(two)
    return two[0], two[1] if len(two) > 1 else None


def _contemporary(owner: Intrusion, members: Sequence[Intrusion], rng: Random) -> Intrusion | None:
    near = [m for m in members if m is not owner and m.first < owner.last and m.last > owner.first]
    return rng.choice(near) if near else None


def _dated(raw: Sample, owner: Intrusion, second: Intrusion | None, group: Group, quota: Quota, rng: Random) -> Sample:
    """Compiled in working hours of the group, some weeks before the first victim got it."""
    before = min(owner.last, second.last if second else owner.last)
    low = max(owner.first, second.first if second else owner.first) if rng.random() < 0.8 else owner.first
    moment = min(low, before) - rng.randint(5, 300) * DAY
    local = moment - moment % DAY + rng.choice((8, 9, 10, 11, 14, 15, 16, 17)) * HOUR + rng.randrange(HOUR)
    if not is_weekday(local) and rng.random() < 0.9:
        local -= 2 * DAY
    compiled = max(local - group.utc_offset * HOUR, quota.first_compile + DAY)
    return Sample(
        **{name: getattr(raw, name) for name in raw.__struct_fields__ if name != "compiled"}, compiled=compiled
    )


def _oldest(group: Group, quota: Quota, members: Sequence[Intrusion]) -> None:
    """One web sample has the compile time that the quota names."""
    chosen = next((s for s in group.samples if quota.prefix and s.family.startswith(quota.prefix)), None)
    if chosen is None:
        return
    old = Sample(**{**{n: getattr(chosen, n) for n in chosen.__struct_fields__}, "compiled": quota.first_compile})
    group.samples[group.samples.index(chosen)] = old
    for member in members:
        member.own.drops = [_with_sample(drop, old) if drop.sample is chosen else drop for drop in member.own.drops]


def _with_sample(drop: Drop, new: Sample) -> Drop:
    return Drop(new, drop.moment, drop.folder, drop.host, drop.known, drop.source)


def _drop(made: Sample, member: Intrusion, rng: Random, known: str) -> Drop:
    moment = member.first + int((member.last - member.first) * rng.random() * 0.9)
    moment = max(moment, min(made.compiled + 3 * DAY, member.last))
    return Drop(made, awake(member, moment), folder_of(made, rng), rng.randrange(len(member.victim.hosts)), known)


def folder_of(made: Sample, rng: Random) -> str:
    """Where a file is put: what has a common name, where all put it, so that no path is rare by accident."""
    return FOLDERS[0] if made.file_name in _COMMON else rng.choice(FOLDERS)


def certificate(subject: str, first: int, rng: Random) -> Certificate:
    """A self-signed certificate."""
    name = f"CN={subject},O={subject.split('.', maxsplit=1)[0].capitalize()},C=US"
    return Certificate(
        hexes(rng, 16).upper(), hexes(rng, 40), hexes(rng, 64), name, name, first - 30 * DAY, first + 365 * DAY
    )


def hidden_rules(group: Group, members: Sequence[Intrusion], rng: Random) -> None:
    """A family that no triage names turns up as a YARA hit at two members."""
    for fam in group.families:
        if fam.yara_only:
            made = sample(fam, members[0].first - 20 * DAY, rng)
            for member in rng.sample(list(members), min(2, len(members))):
                member.own.drops.append(_drop(made, member, rng, "yara"))
