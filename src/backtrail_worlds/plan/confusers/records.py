"""Records that mislead: too few, misspelt, of wrong clocks, of two actors at once, broken, doubled."""

from backtrail_worlds.clock import DAY
from backtrail_worlds.plan.confusers.stage import Stage, contact
from backtrail_worlds.plan.contacts import PLAIN_AGENT
from backtrail_worlds.plan.model import Command, Contact, Drop, Finding, Hop, Intrusion, Planted, Resolution, Traces
from backtrail_worlds.plan.surroundings import put_tool


def thin(stage: Stage, count: int) -> None:
    """Looks like the subject: a shared hosting address it used, public tools, one hint that anybody could plant."""
    hosts = stage.hosting or [stage.book.take("US")]
    for where in stage.of_kind("thin")[:count]:
        address = stage.rng.choice(hosts[: stage.world.confusers.shared_hosting or 1])
        name = stage.names.host(stage.names.zone("other"))
        agent = stage.subject.agent if stage.rng.random() < 0.5 else PLAIN_AGENT
        contact(stage, where, name, address, known=True, agent=agent)
        stage.plan.extra_resolutions.append(Resolution(name, address, where.first - DAY, where.last, ""))
        for tool in stage.rng.sample(stage.plan.tools, min(3, len(stage.plan.tools))):
            put_tool(where, tool, stage.rng)
        hint = stage.rng.choice([f for f in stage.subject.families if f.file_names])
        where.findings.append(
            Finding("filename", hint.file_names[0], "tool", where.first, where.first, "as in other cases?")
        )
        stage.note("thin", f"{address}, {hint.file_names[0]}, public tools", [where], ["subject"])


def typos(stage: Stage, count: int) -> None:
    """A responder mistyped a hash or a name: a row of the findings that is nobody's."""
    fit = [i for i in stage.plan.intrusions if any(c.known and c.domain for c in i.own.contacts) and i.own.drops]
    for where in stage.rng.sample(fit, min(count, len(fit))):
        right = next(c for c in where.own.contacts if c.known and c.domain)
        wrong = right.domain.replace(".", "", 1) if right.domain.count(".") > 1 else right.domain[1:]
        digest = where.own.drops[0].sample.md5
        typed = digest[:7] + ("0" if digest[7] != "0" else "1") + digest[8:]
        where.findings.append(Finding("domain", wrong, "c2", right.first, right.last))
        where.findings.append(Finding("md5", typed, "tool", right.first, right.first))
        stage.note("typos", f"{wrong}, {typed}", [where])


def skew(stage: Stage, count: int) -> None:
    """The clocks of a victim's hosts are wrong by minutes; the network sensors are right."""
    for where in stage.rng.sample(stage.plan.intrusions, min(count, len(stage.plan.intrusions))):
        where.skew = stage.rng.choice((-1, 1)) * stage.rng.randint(180, 2700)
        how = "fast" if where.skew > 0 else "slow"
        where.notes.append(
            f"The clocks of the hosts are {abs(where.skew)} seconds {how}; host logs were not corrected."
        )
        stage.note("clock_skew", f"{where.skew} s", [where])
    for hop in stage.plan.hops:
        if hop.skew or hop.clock != "UTC":
            stage.plan.planted.append(
                Planted("server_clock", f"{hop.address}: clock {hop.clock}, {hop.skew} s fast", [], [hop.group])
            )


def two_in_one(stage: Stage, count: int) -> None:
    """Two groups in one victim at once: two manifests, one victim, and both in the logs of each."""
    pairs = [
        (a, b)
        for a in stage.members(stage.subject)
        for g in stage.others
        for b in stage.members(g)
        if min(a.last, b.last) - max(a.first, b.first) > 30 * DAY and not a.open_start
    ]
    stage.rng.shuffle(pairs)
    used: set[int] = set()
    for a, b in pairs:
        if len(used) >= 2 * count:
            break
        if a.number in used or b.number in used:
            continue
        used |= {a.number, b.number}
        b.victim, b.own.mails = a.victim, []
        both = [(a, _during(b.own, a), b), (b, _during(a.own, b), a)]
        for where, traces, _ in both:
            where.foreign.append(traces)
        stage.note("two_in_one", f"{a.id} and {b.id} are one victim", [a, b], ["subject", b.group or ""])


def _during(traces: Traces, where: Intrusion) -> Traces:
    """What of another's traces falls into an intrusion, as its logs show it: nothing of it is known."""
    hosts = len(where.victim.hosts)
    contacts = []
    for c in traces.contacts:
        first, last = max(c.first, where.first), min(c.last, where.last)
        if first <= last and not c.stolen:
            fields = {name: getattr(c, name) for name in c.__struct_fields__}
            contacts.append(Contact(**{**fields, "first": first, "last": last, "known": False}))
    return Traces(
        contacts,
        [
            Drop(d.sample, d.moment, d.folder, d.host % hosts)
            for d in traces.drops
            if where.first <= d.moment <= where.last
        ],
        [
            Command(c.moment, c.image, c.line, c.host % hosts)
            for c in traces.commands
            if where.first <= c.moment <= where.last
        ],
    )


def broken(stage: Stage, count: int) -> None:
    """Lines that no reader can read, in known places."""
    targets: list[Intrusion | Hop] = [*stage.plan.intrusions, *stage.plan.hops]
    for _ in range(count):
        stage.rng.choice(targets).broken += 1
    stage.note("broken_lines", f"{count} lines; see files.jsonl", [i for i in stage.plan.intrusions if i.broken])


def duplicates(stage: Stage, count: int) -> None:
    """The same line twice."""
    for _ in range(count):
        stage.rng.choice(stage.plan.intrusions).doubled += 1
    stage.note("duplicates", f"{count} lines", [i for i in stage.plan.intrusions if i.doubled])
