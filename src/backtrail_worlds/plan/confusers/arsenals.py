"""Tools that mislead: leaked, supplied to several, planted, copied, public."""

from backtrail_worlds.chance import hexes
from backtrail_worlds.clock import DAY, at
from backtrail_worlds.plan.arsenal import folder_of, sample
from backtrail_worlds.plan.confusers.stage import Stage, contact
from backtrail_worlds.plan.model import Command, Drop, Family, Intrusion, Resolution, Sample
from backtrail_worlds.plan.surroundings import public_family, put_tool


def _put(stage: Stage, where: Intrusion, made: Sample, known: str) -> None:
    moment = max(where.first, min(where.last, where.first + stage.rng.randint(0, 30) * DAY))
    host = stage.rng.randrange(len(where.victim.hosts))
    where.own.drops.append(Drop(made, moment, folder_of(made, stage.rng), host, known))


def _leak(stage: Stage) -> Family:
    if stage.leaked is None:
        stage.leaked = public_family(stage.names.family(), "", stage.names, stage.rng)
        stage.plan.public.append(stage.leaked)
    return stage.leaked


def leaked_builder(stage: Stage, count: int) -> None:
    """A builder everybody has since a date: the same mutex and password at several groups, different files."""
    since = at(stage.world.start) + (at(stage.world.end) - at(stage.world.start)) // 2
    fit = [i for g in stage.others for i in stage.members(g) if i.last > since + 20 * DAY]
    chosen = stage.rng.sample(fit, min(count, len(fit)))
    for where in chosen:
        _put(stage, where, sample(_leak(stage), since, stage.rng), "triage")
    stage.note("leaked_builder", _leak(stage).name, chosen, sorted({i.group or "" for i in chosen}))


def quartermaster(stage: Stage, count: int) -> None:
    """Another group was given a family of the subject: its own builds of it, the same mutex."""
    family = next(f for f in stage.subject.families if f.kind == "backdoor" and f.mutexes and not f.yara_only)
    group = stage.rng.choice(stage.others)
    members = stage.members(group)
    chosen = stage.rng.sample(members, min(count, len(members)))
    for where in chosen:
        made = sample(family, where.first - 40 * DAY, stage.rng)
        _put(
            stage,
            where,
            Sample(**{**{n: getattr(made, n) for n in made.__struct_fields__}, "group": group.id}),
            "triage",
        )
    stage.note("quartermaster", family.name, chosen, ["subject", group.id])


def false_flags(stage: Stage, count: int) -> None:
    """Another group leaves the subject's debug path, language and working hours in a file."""
    paths = [f.pdb for f in stage.subject.families if f.pdb]
    fit = [i for g in stage.others if g.nexus != stage.subject.nexus for i in stage.members(g) if i.own.drops]
    fit = fit or [i for g in stage.others for i in stage.members(g)]
    for where in stage.rng.sample(fit, min(count, len(fit))):
        path = stage.rng.choice(paths)
        compiled = where.first - where.first % DAY - 9 * DAY + (10 - stage.subject.utc_offset) * 3600
        made = Sample(
            hexes(stage.rng, 32),
            hexes(stage.rng, 40),
            hexes(stage.rng, 64),
            40_960,
            compiled,
            hexes(stage.rng, 32),
            "",
            "update.exe",
            path,
            "",
            where.group or "",
        )
        _put(stage, where, made, "triage")
        stage.note("false_flags", path, [where], [where.group or "", "subject"])


def copycats(stage: Stage, count: int) -> None:
    """After publication somebody uses what was published: password, file name, agent. Nothing else is the subject's."""
    families = [f for f in stage.subject.families if f.kind != "utility"]
    for where in stage.of_kind("copycat")[:count]:
        family = stage.rng.choice(families)
        name, address = stage.names.host(stage.names.zone("other")), stage.book.take("NL")
        contact(stage, where, name, address, known=True, agent=stage.subject.agent)
        stage.plan.extra_resolutions.append(Resolution(name, address, where.first - DAY, where.last, ""))
        password = stage.subject.passwords[0]
        line = f"rar.log a out.rar -v200m C:\\WINDOWS\\Temp\\out -hp{password}"
        where.own.commands.append(Command(where.first + DAY, "C:\\WINDOWS\\Tasks\\rar.log", line, 0, known=True))
        made = sample(public_family("", "", stage.names, stage.rng), where.first - 3 * DAY, stage.rng)
        made = Sample(
            **{**{n: getattr(made, n) for n in made.__struct_fields__}, "family": "", "file_name": family.file_names[0]}
        )
        _put(stage, where, made, "triage")
        stage.note("copycats", f"{password}, {family.file_names[0]}, {stage.subject.agent}", [where], ["subject"])


def red_team(stage: Stage, count: int) -> None:
    """A test that the victim ordered: public tools, infrastructure of its own."""
    for where in stage.of_kind("red-team")[:count]:
        name, address = stage.names.host(stage.names.zone("technology")), stage.book.take("US")
        contact(stage, where, name, address, known=True)
        stage.plan.extra_resolutions.append(Resolution(name, address, where.first - DAY, where.last, ""))
        for tool in stage.rng.sample(stage.plan.tools, min(4, len(stage.plan.tools))):
            put_tool(where, tool, stage.rng)
        where.notes.append("The client says that it had ordered a penetration test in these weeks.")
        stage.note("red_team", name, [where])


def commodity(stage: Stage, count: int) -> None:
    """Malware that anybody rents: the leaked family, a server of its own."""
    for where in stage.of_kind("commodity")[:count]:
        name, address = stage.names.host(stage.names.zone("benign")), stage.book.take("UA")
        contact(stage, where, name, address, known=True)
        stage.plan.extra_resolutions.append(Resolution(name, address, where.first - DAY, where.last, ""))
        _put(stage, where, sample(_leak(stage), where.first - 9 * DAY, stage.rng), "triage")
        stage.note("commodity", name, [where])


def public_tools(stage: Stage, count: int) -> None:
    """Public tools at every second victim of any group."""
    where = [i for i in stage.plan.intrusions if i.group and stage.rng.random() < 0.5]
    for intrusion in where:
        for tool in stage.rng.sample(stage.plan.tools, min(stage.rng.randint(1, 3), len(stage.plan.tools))):
            put_tool(intrusion, tool, stage.rng)
    stage.note("public_tools", f"{count} files", where)
