"""What everybody can look up: WHOIS, the address registry, RDAP, passive DNS, warning lists."""

from ipaddress import ip_network
from pathlib import Path
from random import Random

import msgspec

from backtrail_worlds.addresses import Block, registry_of
from backtrail_worlds.chance import chance
from backtrail_worlds.clock import DAY, iso, stamp
from backtrail_worlds.emit.sink import Folder, Written
from backtrail_worlds.names import Names
from backtrail_worlds.plan.model import Plan, Registrant, Resolution, Zone
from backtrail_worlds.spec import World

_REGISTRARS = ("ENAM Registrar Ltd", "Registro Paloma", "OneStop Names")
_LONG = "%d %b %Y %H:%M:%S"
_BENIGN_ZONES = 60
_SHARDS = 4


def write_reference(root: Path, world: World, plan: Plan) -> list[Written]:
    """Write everything below `reference/`."""
    rng = chance(plan.seed, "reference")
    folder = Folder(root, "reference")
    _whois(folder, plan, rng)
    _registry(folder, plan, rng)
    _pdns(folder, plan, rng)
    for listing in plan.listings:
        body = {
            "name": listing.name,
            "version": 20130101,
            "description": f"{listing.name}, in this world",
            "type": listing.type,
            "list": listing.values,
            "matching_attributes": listing.attributes,
        }
        folder.data(
            f"lists/{listing.file}.json", msgspec.json.format(msgspec.json.encode(body), indent=1) + b"\n", 1, []
        )
    return folder.written


def _whois(folder: Folder, plan: Plan, rng: Random) -> None:
    """A record for each zone of any adversary and for some harmless ones, in one of three shapes."""
    names = Names(chance(plan.seed, "benign registrants"))
    zones = [zone for group in plan.groups for zone in group.zones] + _benign(plan, names, rng)
    zones.sort(key=lambda zone: zone.name)
    for zone in zones:
        shape = rng.choice((_old, _old, _older, _modern))
        folder.text(f"whois/{zone.name}.txt", shape(zone, rng), crlf=rng.random() < 0.15)
    for zone in plan.extra_zones:
        folder.text(f"whois/{zone.name}.{stamp(zone.created, '%Y')}.txt", _modern(zone, rng))
    for zone in rng.sample(zones, min(12, len(zones))):
        folder.data(f"rdap/{zone.name}.json", _rdap(zone), 1, [])


def _benign(plan: Plan, names: Names, rng: Random) -> list[Zone]:
    zones = []
    for place in plan.popular[:_BENIGN_ZONES]:
        person = names.person()
        local = person.lower().replace(" ", ".")
        zone = ".".join(place.name.split(".")[-2:])
        whose = Registrant(
            person,
            "",
            f"{local}@{zone}",
            f"+1.{rng.randint(2_000_000_000, 9_999_999_999)}",
            f"{rng.randint(1, 999)} Main Street",
            "Portland",
            "US",
        )
        created = rng.randint(900_000_000, 1_150_000_000)
        zones.append(Zone(zone, "benign", "", whose, created, created + 5000 * DAY))
    return zones


def _who(zone: Zone) -> tuple[Registrant, str]:
    return zone.registrant, zone.registrant.misspelt if zone.slip and zone.registrant.misspelt else zone.registrant.name


def _old(zone: Zone, rng: Random) -> str:
    """Free-form, as registrars answered before 2012."""
    who, name = _who(zone)
    place = f"{who.city} {rng.randint(10000, 99999)}"
    contact = [
        f"   {line}"
        for line in (name, f"{name} {who.email}", f"{who.phone} fax: {who.phone}", who.street, place, who.country)
    ]
    lines = [f"Registration Service Provided By: {rng.choice(_REGISTRARS)}", "", f"Domain name: {zone.name}", ""]
    for role in ("Registrant", "Administrative", "Technical"):
        lines += [f"{role} Contact:", *contact, ""]
    lines += ["Status: Locked", "", "Name Servers:", f"   ns1.{zone.name}", f"   ns2.{zone.name}", ""]
    lines += [f"Creation date: {stamp(zone.created, _LONG)}", f"Expiration date: {stamp(zone.expires, _LONG)}", ""]
    return "\n".join(lines)


def _older(zone: Zone, rng: Random) -> str:
    """Free-form, in another registrar's hand: no time of day, capitals."""
    who, name = _who(zone)
    created, expires = (stamp(moment, "%d-%b-%y").upper() for moment in (zone.created, zone.expires))
    place = f"{who.city}, {who.country}"
    lines = ["Registrant:", f" {name}", f" {who.street}", f" {place}", ""]
    lines += [f"   Registrar: {rng.choice(_REGISTRARS).upper()}", f"   Domain Name: {zone.name.upper()}"]
    lines += [f"      Created on: {created}", f"      Expires on: {expires}", ""]
    lines += ["   Administrative, Technical Contact:", f"      {name}  {who.email}"]
    lines += [f"      {line}" for line in (who.street, place, who.phone)]
    lines += [
        "",
        "   Domain servers in listed order:",
        f"      NS1.{zone.name.upper()}",
        f"      NS2.{zone.name.upper()}",
        "",
    ]
    return "\n".join(lines)


def _modern(zone: Zone, rng: Random) -> str:
    """Key and value."""
    who, name = _who(zone)
    upper = zone.name.upper()
    pairs = [
        ("Domain Name", upper),
        ("Registrar", rng.choice(_REGISTRARS)),
        ("Creation Date", iso(zone.created)),
        ("Registry Expiry Date", iso(zone.expires)),
        ("Registrant Name", name),
        ("Registrant Organization", who.handle or name),
        ("Registrant Street", who.street),
        ("Registrant City", who.city),
        ("Registrant Country", who.country),
        ("Registrant Phone", who.phone),
        ("Registrant Email", who.email),
        ("Admin Email", who.email),
        ("Name Server", f"NS1.{upper}"),
        ("Name Server", f"NS2.{upper}"),
        ("DNSSEC", "unsigned"),
    ]
    return "".join(f"{key}: {value}\n" for key, value in pairs)


def _rdap(zone: Zone) -> bytes:
    who, name = _who(zone)
    card = [
        "vcard",
        [
            ["version", {}, "text", "4.0"],
            ["fn", {}, "text", name],
            ["email", {}, "text", who.email],
            ["tel", {}, "text", who.phone],
        ],
    ]
    body = {
        "objectClassName": "domain",
        "ldhName": zone.name,
        "events": [
            {"eventAction": "registration", "eventDate": iso(zone.created)},
            {"eventAction": "expiration", "eventDate": iso(zone.expires)},
        ],
        "entities": [{"objectClassName": "entity", "roles": ["registrant"], "vcardArray": card}],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": f"ns1.{zone.name}"}],
    }
    return msgspec.json.format(msgspec.json.encode(body), indent=1) + b"\n"


def _registry(folder: Folder, plan: Plan, rng: Random) -> None:
    """Delegated files by registry, and RPSL objects of the blocks that the world names."""
    by_registry: dict[str, list[Block]] = {}
    for block in plan.blocks:
        by_registry.setdefault(registry_of(block.country), []).append(block)
    for registry in sorted(by_registry):
        rows = [_delegated(registry, block) for block in by_registry[registry]]
        head = [
            f"2|{registry}|20130131|{len(rows)}|19850701|20130131|+0000",
            f"{registry}|*|ipv4|*|{len(rows)}|summary",
        ]
        folder.text(f"rir/delegated-{registry}-20130131.txt", "\n".join([*head, *rows]) + "\n", len(rows))
    named = [block for block in plan.blocks if block.allocated == "20020301"]
    person = "\n".join(
        [
            f"person: Hostmaster {Names(rng).person()}",
            "nic-hdl: HM1-WORLD",
            "phone: +86-21-00000000",
            "e-mail: hostmaster@registry.example",
            "source: APNIC",
            "",
        ]
    )
    objects = [_inetnum(block) for block in named]
    folder.text("whois/netblocks.rpsl.txt", "\n".join([*objects, person]), len(objects) + 1)


def _delegated(registry: str, block: Block) -> str:
    network = ip_network(block.network)
    return (
        f"{registry}|{block.country}|ipv4|{network.network_address}|{network.num_addresses}|{block.allocated}|allocated"
    )


def _inetnum(block: Block) -> str:
    network = ip_network(block.network)
    pairs = [
        ("inetnum", f"{network.network_address} - {network.broadcast_address}"),
        ("netname", block.holder.upper().replace(" ", "-")),
        ("descr", block.holder),
        ("country", block.country),
        ("admin-c", "HM1-WORLD"),
        ("source", "APNIC"),
    ]
    return "".join(f"{key}: {value}\n" for key, value in pairs)


def _pdns(folder: Folder, plan: Plan, rng: Random) -> None:
    """Passive DNS in some files: adversaries' names, neighbours, harmless ones, mixed."""
    found = [r for group in plan.groups for r in group.resolutions] + plan.extra_resolutions
    found += [
        Resolution(b.name, b.address, 1_150_000_000 + rng.randrange(DAY), 1_360_000_000, "") for b in plan.popular
    ]
    lines = [_cof(r, rng) for r in sorted(found, key=lambda r: (r.name, r.first, r.address))]
    rng.shuffle(lines)
    for shard in range(_SHARDS):
        part = lines[shard::_SHARDS]
        folder.data(f"pdns/{shard + 1:02d}.jsonl", b"".join(part), len(part), [])


def _cof(r: Resolution, rng: Random) -> bytes:
    count = max((r.last - r.first) // DAY, 1) * rng.randint(1, 4)
    row = {
        "rrname": r.name,
        "rrtype": "A",
        "rdata": r.address,
        "time_first": r.first,
        "time_last": r.last,
        "count": count,
    }
    return msgspec.json.encode(row) + b"\n"
