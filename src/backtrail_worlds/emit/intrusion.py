"""The folder of one intrusion: what the responder states and knows, and the logs he collected."""

from pathlib import Path
from random import Random

from backtrail_worlds.chance import chance
from backtrail_worlds.clock import DAY
from backtrail_worlds.emit import findings
from backtrail_worlds.emit.mail import eml
from backtrail_worlds.emit.noise import Noise, volume
from backtrail_worlds.emit.proxies import Squid, W3c, apache
from backtrail_worlds.emit.sink import Folder, Log, Written, damage
from backtrail_worlds.emit.suricata import Suricata
from backtrail_worlds.emit.traffic import Request, Sensor
from backtrail_worlds.emit.windows import Windows
from backtrail_worlds.emit.zeek import Zeek
from backtrail_worlds.plan.model import Command, Contact, Drop, Intrusion, Kit, Plan, Traces
from backtrail_worlds.spec import World

_TLS_PORTS = (443, 8443)


def write_intrusion(root: Path, world: World, plan: Plan, number: int, scale: float) -> list[Written]:
    """Write one intrusion below `root` (the evidence folder); depends on nothing but the plan and its number."""
    intrusion = plan.intrusions[number]
    rng = chance(plan.seed, "emit", intrusion.id)
    folder = Folder(root, f"intrusions/{intrusion.id}")
    findings.write(folder, world, plan, intrusion, rng)
    for i, mail in enumerate(intrusion.own.mails):
        folder.text(f"mail/{i + 1:03d}.eml", eml(mail, intrusion.victim.domain, rng), crlf=True)
    for log in _logs(world, plan, intrusion, scale, rng):
        folder.log(log, intrusion.kit.by_year)
    return folder.written


def span_of(intrusion: Intrusion, rng: Random) -> tuple[int, int]:
    """First and last moment of the logs: quiet days around the activity, none where a bound is not known."""
    before = rng.randint(8, 40) * DAY
    after = rng.randint(4, 15) * DAY
    first = intrusion.first - 1800 if intrusion.open_start else intrusion.first - before
    last = intrusion.last + 1800 if intrusion.open_end else intrusion.last + after
    return first, last


def _logs(world: World, plan: Plan, intrusion: Intrusion, scale: float, rng: Random) -> list[Log]:
    sensor = _sensor(intrusion.kit, rng)
    windows = Windows(rng, intrusion.kit.host, intrusion.victim.domain, intrusion.skew)
    for traces in (intrusion.own, *intrusion.foreign):
        _traces(intrusion, traces, sensor, windows, rng)
    noise = Noise(rng, intrusion, plan.popular, span_of(intrusion, rng), world.telemetry.unique)
    size = volume(chance(plan.seed, "volume", intrusion.id), world.telemetry.bytes_per_intrusion, scale)
    noise.network(sensor, sensor.size() + int(size * 0.65))
    noise.windows(windows, windows.log.size + int(size * 0.35))
    logs = [*sensor.logs(), windows.log]
    if intrusion.kit.apache:
        logs.append(_apache(noise, max(int(size * 0.0003), 20)))
    damage(logs, intrusion.broken, intrusion.doubled, rng)
    for log in logs:
        log.name = f"logs/{log.name}"
    return logs


def _apache(noise: Noise, count: int) -> Log:
    log = Log("www-access.log", "text")
    for moment, client, path, agent, size in noise.inbound(count):
        log.add(moment, apache(moment, client, path, agent, size))
    return log


def _sensor(kit: Kit, rng: Random) -> Sensor:
    if kit.network == "suricata":
        return Suricata(rng, kit.gz)
    if kit.network == "squid":
        return Squid(rng, kit.gz)
    if kit.network == "w3c":
        return W3c(rng, kit.gz)
    return Zeek(rng, kit.network == "zeek-json", kit.gz)


def _traces(intrusion: Intrusion, traces: Traces, sensor: Sensor, windows: Windows, rng: Random) -> None:
    for contact in traces.contacts:
        _contact(intrusion, contact, sensor, windows, rng)
    for drop in traces.drops:
        _drop(intrusion, drop, traces, sensor, windows, rng)
    for command in traces.commands:
        _command(intrusion, command, windows, rng)
    for mail in traces.mails:
        outbound = mail.sender.endswith(intrusion.victim.domain)
        sensor.mail(mail.moment, mail, "10.0.0.26" if outbound else "10.0.0.25")


def _moments(contact: Contact, rng: Random) -> list[float]:
    """The first and the last exactly, the others between."""
    if contact.count == 1:
        return [contact.first]
    between = sorted(rng.random() for _ in range(contact.count - 2))
    length = contact.last - contact.first
    return [contact.first, *(contact.first + share * length for share in between), contact.last]


def _contact(intrusion: Intrusion, contact: Contact, sensor: Sensor, windows: Windows, rng: Random) -> None:
    hosts = intrusion.victim.hosts
    name, address = hosts[rng.randrange(len(hosts))]
    image = "C:\\WINDOWS\\system32\\svchost.exe"
    amounts = _amounts(contact, rng)
    for moment, sent in zip(_moments(contact, rng), amounts, strict=True):
        if contact.domain:
            sensor.dns(moment, address, contact.domain, contact.address)
        _exchange(contact, (moment, address, sent), sensor, rng)
        if rng.random() < 0.15:
            windows.connected(moment, name, (address, contact.address, contact.port), image, contact.domain)
        if contact.domain and rng.random() < 0.1:
            windows.resolved(moment, name, image, contact.domain, contact.address)


def _amounts(contact: Contact, rng: Random) -> list[int]:
    """Bytes out for each exchange; of theft they add up exactly."""
    if not contact.stolen:
        return [rng.randint(250, 9000) for _ in range(contact.count)]
    each, left = divmod(contact.sent, contact.count)
    return [each + left, *[each] * (contact.count - 1)]


def _exchange(contact: Contact, what: tuple[float, str, int], sensor: Sensor, rng: Random) -> None:
    moment, host, sent = what
    request = Request(
        contact.domain,
        contact.address,
        contact.port,
        "POST" if contact.stolen else "GET",
        contact.path or "/",
        contact.agent,
        sent,
        rng.randint(300, 6000),
    )
    if contact.kind in ("web", "sinkhole") and contact.port not in _TLS_PORTS and not contact.stolen:
        sensor.http(moment, host, request)
    elif contact.port in _TLS_PORTS and not contact.stolen:
        sensor.tls(moment, host, request, contact.certificate)
    else:
        sensor.flow(moment, host, request, 10 + sent // 2_000_000)


def _drop(intrusion: Intrusion, drop: Drop, traces: Traces, sensor: Sensor, windows: Windows, rng: Random) -> None:
    hosts = intrusion.victim.hosts
    name, address = hosts[drop.host % len(hosts)]
    path = f"{drop.folder}\\{drop.sample.file_name}"
    user = rng.choice(intrusion.victim.users)
    web = [c for c in traces.contacts if c.kind == "web" and c.first <= drop.moment <= c.last]
    if web and rng.random() < 0.6:
        sensor.file(drop.moment - 5, address, rng.choice(web).address, drop.sample)
    windows.created(drop.moment, name, path)
    if path.endswith(".dll"):
        windows.loaded(drop.moment + 3, name, path, drop.sample)
    else:
        windows.process(drop.moment + 3, name, user, path, path, drop.sample)
        windows.started(drop.moment + 3, name, user, path, path)


def _command(intrusion: Intrusion, command: Command, windows: Windows, rng: Random) -> None:
    hosts = intrusion.victim.hosts
    name, user = hosts[command.host % len(hosts)][0], rng.choice(intrusion.victim.users)
    if rng.random() < 0.5:
        windows.started(command.moment, name, user, command.image, command.line)
    else:
        windows.process(command.moment, name, user, command.image, command.line)
