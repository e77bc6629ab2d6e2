"""What is true in a planned world, in files that lie apart from the evidence."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from backtrail_worlds.clock import DAY, iso
from backtrail_worlds.emit.sink import Written
from backtrail_worlds.numbers import numbers
from backtrail_worlds.plan.model import Contact, Group, Intrusion, Plan, Zone
from backtrail_worlds.spec import World

_QUIET = 90 * DAY
Edge = tuple[str, str, str, str]
"""Source, relation, target, group."""
Held = tuple[Edge, int, int]
"""An edge, and from when to when it held."""


def write_truth(root: Path, world: World, plan: Plan, raw: bytes, written: Sequence[Written]) -> None:
    """Write `truth/`."""
    root.mkdir(parents=True, exist_ok=True)
    files = sorted(written, key=lambda file: file.path)
    _lines(root / "intrusions.jsonl", (_intrusion(intrusion) for intrusion in plan.intrusions))
    _lines(root / "edges.jsonl", edges(plan))
    _lines(root / "files.jsonl", ({"path": f.path, "records": f.records, "bad": f.bad} for f in files))
    _document(root / "groups.json", [_group(plan, place) for place in range(len(plan.groups))])
    _document(root / "numbers.json", numbers(world, plan))
    _document(root / "confusers.json", plan.planted)
    (root / "world.toml").write_bytes(raw)
    manifest = "".join(f"{f.sha256}  {f.path}\n" for f in files)
    (root / "MANIFEST").write_text(manifest, encoding="utf-8")


def _lines(path: Path, rows: Iterator[dict[str, Any]]) -> None:
    path.write_bytes(b"".join(msgspec.json.encode(row) + b"\n" for row in rows))


def _document(path: Path, value: object) -> None:
    path.write_bytes(msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")


def _intrusion(intrusion: Intrusion) -> dict[str, Any]:
    return {
        "id": intrusion.id,
        "group": intrusion.group,
        "subject": intrusion.subject,
        "thin": intrusion.thin,
        "first": iso(intrusion.first),
        "last": iso(intrusion.last),
        "visits": [[iso(first), iso(last)] for first, last in visits(intrusion)],
        "open_start": intrusion.open_start,
        "open_end": intrusion.open_end,
        "sector": intrusion.victim.sector,
        "country": intrusion.victim.country,
        "confusers": intrusion.confusers,
    }


def visits(intrusion: Intrusion) -> list[tuple[int, int]]:
    """Stretches of activity with three quiet months between: how often the adversary came."""
    own = intrusion.own
    spans = [(c.first, c.last) for c in own.contacts]
    spans += [(drop.moment, drop.moment) for drop in own.drops]
    spans += [(command.moment, command.moment) for command in own.commands]
    merged: list[tuple[int, int]] = []
    for first, last in sorted(spans):
        if merged and first - merged[-1][1] <= _QUIET:
            merged[-1] = merged[-1][0], max(merged[-1][1], last)
        else:
            merged.append((first, last))
    return merged


def _group(plan: Plan, place: int) -> dict[str, Any]:
    group = plan.groups[place]
    return {
        "id": group.id,
        "subject": group.subject,
        "nexus": group.nexus,
        "utc_offset": group.utc_offset,
        "members": sorted(plan.intrusions[number].id for number in group.members),
        "zones": sorted(zone.name for zone in group.zones),
        "families": sorted(family.name for family in group.families),
        "passwords": group.passwords,
        "handles": group.handles,
        "hops": sorted(hop.id for hop in group.hops),
    }


def edges(plan: Plan) -> Iterator[dict[str, Any]]:
    """Every edge once, with the first and last time it held; sorted."""
    spans: dict[Edge, tuple[int, int]] = {}
    for edge, first, last in _all(plan):
        old = spans.get(edge, (first, last))
        spans[edge] = (min(old[0], first), max(old[1], last))
    for (source, relation, target, group), (first, last) in sorted(spans.items()):
        yield {
            "source": source,
            "relation": relation,
            "target": target,
            "first": iso(first),
            "last": iso(last),
            "group": group or None,
        }


def _all(plan: Plan) -> Iterator[Held]:
    for intrusion in plan.intrusions:
        for traces in (intrusion.own, *intrusion.foreign):
            for contact in traces.contacts:
                yield from _contact(intrusion, contact)
    for group in plan.groups:
        yield from _group_edges(group)
    for zone in plan.extra_zones:
        yield _registered(zone)


def _group_edges(group: Group) -> Iterator[Held]:
    for r in group.resolutions:
        yield (r.name, "resolves-to", r.address, r.group), r.first, r.last
    for zone in group.zones:
        yield _registered(zone)
    for hop in group.hops:
        for login in hop.logins:
            yield (login.client, "logs-in-to", hop.address, group.id), login.moment, login.moment
        for relay in hop.relays:
            yield (hop.address, "relays-to", relay.origin, group.id), relay.moment, relay.moment


def _registered(zone: Zone) -> Held:
    return (zone.name, "registered-by", zone.registrant.email, zone.group), zone.created, zone.expires


def _contact(intrusion: Intrusion, contact: Contact) -> Iterator[Held]:
    """The name and the address; a sinkhole is no adversary's."""
    if contact.kind == "sinkhole":
        return
    source = f"intrusion:{intrusion.id}"
    for target in (contact.domain, contact.address):
        if target:
            yield (source, "connects-to", target, contact.group), contact.first, contact.last
    if contact.domain and not contact.group:
        yield (contact.domain, "resolves-to", contact.address, ""), contact.first, contact.last
