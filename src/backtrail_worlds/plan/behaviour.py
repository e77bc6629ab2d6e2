"""What operators did at victims: archives with a password, a recon script, mail theft, phishing, data leaving."""

from collections.abc import Sequence
from random import Random

from backtrail_worlds.chance import shares
from backtrail_worlds.clock import DAY, HOUR, day_of
from backtrail_worlds.names import Names
from backtrail_worlds.plan.model import Command, Contact, Group, Intrusion, Mail, Server, Theft, awake
from backtrail_worlds.spec import Habits
from backtrail_worlds.spec import Theft as TheftQuota

TB = 10**12

RECON = (
    "ipconfig /all",
    "net start",
    "tasklist /v",
    "net user",
    "net localgroup administrators",
    "netstat -ano",
    "net use",
    "net view",
    "net view /domain",
    'net group "domain users" /domain',
    'net group "domain admins" /domain',
    'net group "domain controllers" /domain',
    'net group "exchange domain servers" /domain',
    'net group "exchange servers" /domain',
    'net group "domain computers" /domain',
    "net group /domain",
)

_CATEGORIES = (
    "product development",
    "manufacturing procedures",
    "business plans",
    "policy positions",
    "e-mail",
    "credentials",
)
_LURES = (
    "Updated contact list",
    "Minutes of the last meeting",
    "Benefit adjustment",
    "Draft agenda",
    "Travel plan",
    "Quarterly outlook",
    "Press release",
    "Conference invitation",
)


def archives(group: Group, members: Sequence[Intrusion], rar_mb: int, rng: Random) -> None:
    """RAR command lines with one of the group's passwords, at two of three members; few are in the findings."""
    for member in members:
        if rng.random() < 0.66 and group.passwords:
            password = rng.choice(group.passwords)
            for _ in range(rng.randint(1, 5)):
                member.own.commands.append(rar(member, password, rar_mb, rng))


def rar(member: Intrusion, password: str, rar_mb: int, rng: Random) -> Command:
    """One archive, split into parts."""
    moment = awake(member, member.first + int((member.last - member.first) * (0.2 + 0.75 * rng.random())))
    name = f"{rng.choice('abcdehkmx')}{rng.randint(1, 99)}"
    line = f'rar.log a {name}.rar -v{rar_mb}m "C:\\Documents and Settings\\All Users\\{name}" -hp{password}'
    return Command(
        moment, "C:\\WINDOWS\\Tasks\\rar.log", line, rng.randrange(len(member.victim.hosts)), rng.random() < 0.25
    )


def recon(members: Sequence[Intrusion], count: int, rng: Random) -> list[Intrusion]:
    """The recon script at so many members: its sixteen commands, one after the other."""
    chosen = rng.sample(list(members), min(count, len(members)))
    for member in chosen:
        moment = _inside(member, rng)
        host = rng.randrange(len(member.victim.hosts))
        for i, text in enumerate(RECON):
            line = f'cmd.exe /c {text} >> "C:\\WINNT\\Debug\\1.txt"'
            member.own.commands.append(Command(moment + 2 * i, "C:\\WINDOWS\\system32\\cmd.exe", line, host))
    return chosen


def _inside(member: Intrusion, rng: Random) -> int:
    return awake(member, member.first + int((member.last - member.first) * (0.1 + 0.7 * rng.random())))


def mail_theft(member: Intrusion, weeks: int, tool: str, rng: Random) -> None:
    """Back once a week to take the week's mail."""
    start = member.first + int((member.last - member.first) * 0.3)
    host = rng.randrange(len(member.victim.hosts))
    user = member.victim.users[0]
    for week in range(weeks):
        moment = start + week * 7 * DAY + rng.randrange(HOUR)
        since, until = (day_of(moment - days * DAY) for days in (7, 0))
        line = f"{tool} -u {user} -s {since} -e {until} -o C:\\WINDOWS\\Temp\\{user}{week}.eml"
        member.own.commands.append(Command(moment, f"C:\\WINDOWS\\Temp\\{tool}", line, host, known=week == 0))


def phishing(group: Group, member: Intrusion, origin: str, tools: tuple[Names, Random], reply_minutes: int = 0) -> None:
    """The mail that began it; when the victim doubts, an answer that it is legitimate follows within minutes."""
    names, rng = tools
    victim = member.victim
    if member.open_start:
        return
    insider = f"{names.word(2, 2)}.{names.new(names.word(2, 2))}"
    sender = f"{insider}@{rng.choice(('postlark.net', 'mailquillo.com', 'inboxaro.org'))}"
    lure, attachment = _lure(group, names, rng)
    brought = min(member.own.drops, key=lambda drop: drop.moment).sample if member.own.drops else None
    to = f"{victim.users[0]}@{victim.domain}"
    person = insider.replace(".", " ").title()
    mail = Mail(
        member.first,
        sender,
        person,
        to,
        lure,
        "Please see the attachment.",
        attachment,
        brought.md5 if brought else "",
        origin,
    )
    member.own.mails.append(mail)
    if reply_minutes:
        asked = member.first + 11 * 60
        doubt = Mail(
            asked,
            to,
            victim.users[0].title(),
            sender,
            f"Re: {lure}",
            "I did not expect this. Is it real?",
            reply_to=lure,
        )
        legit = Mail(
            asked + reply_minutes * 60, sender, person, to, f"Re: {lure}", "It's legit", origin=origin, reply_to=lure
        )
        member.own.mails += [doubt, legit]


def _lure(group: Group, names: Names, rng: Random) -> tuple[str, str]:
    """Subject and attachment: those that the group has sent before, now and then; else new ones."""
    if group.lures and rng.random() < 0.3:
        return rng.choice(group.lures)
    about = names.new(names.word(2, 2))
    subject = f"{rng.choice(_LURES)} {about.capitalize()}"
    made = subject, f"{subject.replace(' ', '_')}.zip"
    if len(group.lures) < 3:
        group.lures.append(made)
    return made


def theft(group: Group, members: Sequence[Intrusion], quota: TheftQuota, rng: Random) -> None:
    """Volumes that add up exactly; the largest case is spread over its months."""
    largest = _largest_case(group, members, quota, rng)
    others = rng.sample([m for m in members if m is not largest], quota.cases - 1)
    volumes = _volumes(quota, rng)
    _steal(group, largest, int(quota.largest_tb * TB), quota.largest_months, rng)
    for member, volume in zip(others, volumes, strict=True):
        _steal(group, member, volume, 0, rng)


def _largest_case(group: Group, members: Sequence[Intrusion], quota: TheftQuota, rng: Random) -> Intrusion:
    needed = quota.largest_months * 31 * DAY
    late = {use.member for server in group.servers if not server.early for use in server.uses}
    long = [m for m in members if m.last - m.first > needed and not m.open_start and m.number in late]
    long = [m for m in long if m.quiet == (0, 0)] or long
    return rng.choice(long) if long else max(members, key=lambda m: m.last - m.first)


def _volumes(quota: TheftQuota, rng: Random) -> list[int]:
    """Every case below the largest, in whole megabytes."""
    total, most = round((quota.total_tb - quota.largest_tb) * 10**6), int(quota.largest_tb * 0.96 * 10**6)
    parts = (
        shares(total, [rng.lognormvariate(0, 0.7) + 0.05 for _ in range(quota.cases - 1)]) if quota.cases > 1 else []
    )
    while any(part > most for part in parts):
        over = sum(max(part - most, 0) for part in parts)
        parts = [min(part, most) for part in parts]
        room = [most - part for part in parts]
        parts = [part + extra for part, extra in zip(parts, shares(over, room), strict=True)]
    return [part * 10**6 for part in parts]


def _steal(group: Group, member: Intrusion, volume: int, months: int, rng: Random) -> None:
    server = _drop_site(group, member, rng, late=months > 0)
    if months:
        first = member.first + (member.last - member.first - months * 30 * DAY) // 2
        last = first + months * 30 * DAY
        server.first, server.last = min(server.first, first), max(server.last, last)
    else:
        use = next(use for use in server.uses if use.member == member.number)
        first, last = use.first, use.last
    flows = max(min(volume // (20 * 10**9), 300), 3)
    kind, port = ("ftp", 21) if "ftp" in (server.kind, server.also) else (server.kind, server.port)
    name = server.names[0] if server.names else ""
    member.own.contacts.append(
        Contact(name, server.address, port, kind, first, last, flows, group.id, True, sent=volume, stolen=True)
    )
    member.thefts.append(Theft(rng.choice(_CATEGORIES), volume))


def _drop_site(group: Group, member: Intrusion, rng: Random, late: bool) -> Server:
    """A server the member used anyway; FTP where it has one. The largest case takes one of the window (`late`)."""
    own = [server for server in group.servers if any(use.member == member.number for use in server.uses)]
    own = [server for server in own if not (late and server.early)] or own
    ftp = [server for server in own if "ftp" in (server.kind, server.also)]
    return rng.choice(ftp or own)


def habits(group: Group, members: Sequence[Intrusion], quota: Habits, tools: tuple[Names, Random]) -> list[Intrusion]:
    """Everything the subject does the same way everywhere; gives the members with the recon script."""
    names, rng = tools
    archives(group, members, quota.rar_part_mb, rng)
    scripted = recon(members, quota.recon_victims, rng)
    staying = [m for m in members if m.quiet == (0, 0)] or list(members)
    long = [m for m in staying if m.last - m.first > (quota.mail_weeks * 12 + 20) * DAY] or staying
    utility = next((f for f in group.families if f.kind == "utility"), None)
    if utility and quota.mail_weeks:
        mail_theft(rng.choice(long), quota.mail_weeks, utility.file_names[0], rng)
    known = [m for m in members if not m.open_start]
    answered = rng.choice(known) if quota.reply_minutes else None
    for member in members:
        if member is answered or rng.random() < 0.6:
            minutes = quota.reply_minutes if member is answered else 0
            phishing(group, member, _relay(group, rng), (names, rng), minutes)
    return scripted


def _relay(group: Group, rng: Random) -> str:
    return rng.choice(group.hops).address if group.hops else ""
