"""The folder of one hop: log-ins in one or two logs, HTRAN in process logs and on the wire; in the hop's clock."""

from pathlib import Path
from random import Random

from msgspec.structs import replace

from backtrail_worlds.addresses import tail_address
from backtrail_worlds.chance import chance
from backtrail_worlds.clock import DAY, day_of, offset_seconds
from backtrail_worlds.emit.proxies import Syslog
from backtrail_worlds.emit.sink import Folder, Log, Written, damage
from backtrail_worlds.emit.traffic import Request
from backtrail_worlds.emit.windows import Windows
from backtrail_worlds.emit.zeek import LAYOUTS, Zeek
from backtrail_worlds.plan.model import Hop, Plan, Relay
from backtrail_worlds.spec import World

_HOST = "SERVER01"
_COOKIES = ("administr", "admin", "test", "user", "root")
_TAIL_BASE = 2000


def write_hop(root: Path, world: World, plan: Plan, number: int, scale: float) -> list[Written]:
    """Write one hop below `root` (the evidence folder)."""
    hop = plan.hops[number]
    rng = chance(plan.seed, "emit", hop.id)
    folder = Folder(root, f"servers/{hop.id}")
    folder.text("server.toml", _manifest(hop, rng))
    for log in _logs(world, plan, hop, scale, rng):
        log.name = f"logs/{log.name}"
        folder.log(log, by_year=False)
    return folder.written


def _manifest(hop: Hop, rng: Random) -> str:
    moments = [login.moment for login in hop.logins] + [relay.moment for relay in hop.relays]
    lines = [
        f'id = "{hop.id}"',
        f'address = "{hop.address}"',
        'role = "hop"',
        f'country = "{hop.country}"',
        f'clock = "{hop.clock}"',
    ]
    if hop.skew:
        lines.append(f"skew_seconds = {hop.skew}")
    lines += [
        f"captured_from = {day_of(min(moments) - 3 * DAY)}",
        f"captured_to = {day_of(max(moments) + 3 * DAY)}",
        f'source = "{rng.choice(("Hosting provider", "Northgate Response"))}"',
        'grade = "B2"',
        'tlp = "AMBER"',
        'notes = "The owner comes from 192.168.0.0/16; whoever comes from outside and gets in is an operator."',
    ]
    return "\n".join(lines) + "\n"


def _logs(world: World, plan: Plan, hop: Hop, scale: float, rng: Random) -> list[Log]:
    shift = offset_seconds(hop.clock) + hop.skew
    zeek = Zeek(rng, hop.zeek == "json", gz=False)
    local = hop.clock not in ("UTC", "unknown")
    windows = Windows(rng, hop.windows or "evtxecmd", "", local=local)
    syslog = Syslog("sensor.log", "" if local else "+00:00")
    for login in hop.logins:
        moved = replace(login, moment=login.moment + shift)
        layout = LAYOUTS.get(login.layout, login.layout) if hop.layout_names else login.layout
        zeek.rdp(moved.moment + rng.random(), hop.address, moved, layout)
        if hop.windows and rng.random() < 0.8:
            windows.remote(moved.moment, _HOST, moved)
    for relay in hop.relays:
        _relay(hop, replace(relay, moment=relay.moment + shift), (zeek, windows, syslog), rng)
    _noise(hop, (zeek, windows), int(world.telemetry.bytes_per_server * scale), shift, rng)
    logs = [*zeek.logs(), windows.log, syslog.log]
    damage(logs, hop.broken, 0, rng)
    return logs


def _relay(hop: Hop, relay: Relay, sinks: tuple[Zeek, Windows, Syslog], rng: Random) -> None:
    zeek, windows, syslog = sinks
    if relay.mode == "tran":
        line = f"{relay.program} -tran {hop.listen} {relay.origin} {relay.port}"
    else:
        line = f"{relay.program} -slave {relay.origin} {relay.port} 127.0.0.1 {hop.listen}"
    if "command" in relay.traces:
        image = f"C:\\WINDOWS\\Temp\\{relay.program}"
        (windows.started if rng.random() < 0.6 else windows.process)(relay.moment, _HOST, "administrator", image, line)
    if "error" in relay.traces:
        text = f"[SERVER]connection to {relay.origin}:{relay.port} error"
        source = f"{hop.address}:{hop.listen}"
        syslog.line(relay.moment + 40, "ids1", "payload[77]", f'{source} -> client: "{text}"')
    zeek.flow(relay.moment + 5, hop.address, Request("", relay.origin, relay.port, sent=9000, received=40_000), 600)


def _noise(hop: Hop, sinks: tuple[Zeek, Windows], size: int, shift: int, rng: Random) -> None:
    """Strangers who knock, the owner's own sessions, his processes."""
    zeek, windows = sinks
    clients = [tail_address(_TAIL_BASE + hop.number, i) for i in range(300)]
    first, last = hop.first + shift, hop.last + shift
    for step in range(max(size // 900, 12)):
        moment = first + rng.random() * (last - first)
        kind = step % 4
        if kind < 2:
            client = rng.choice(clients)
            zeek.knock(moment, hop.address, client, rng.choice(_COOKIES))
            if hop.windows:
                windows.logon(moment + 2, _HOST, "administrator", client, 10, number=4625)
        elif kind == 2:
            windows.logon(moment, _HOST, "owner", f"192.168.{hop.number % 200}.{rng.randint(2, 9)}", 10, "OWNER-PC")
        else:
            windows.started(moment, _HOST, "owner", "C:\\WINDOWS\\system32\\mmc.exe", "mmc.exe compmgmt.msc")
