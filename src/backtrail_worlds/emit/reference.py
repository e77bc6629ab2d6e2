"""What everybody can look up: WHOIS, the address registry, RDAP, passive DNS, warning lists."""

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
            "name": listing.name, "version": 20130101, "description": f"{listing.name}, in this world", "type": listing.type,
            "list": listing.values, "matching_attributes": listing.attributes,
        }  # fmt: skip
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
    contact = f"   {name}\n   {name} {who.email}\n   {who.phone} fax: {who.phone}\n   {who.street}\n   {who.city} {rng.randint(10000, 99999)}\n   {who.country}\n"
    return (
        f"Registration Service Provided By: {rng.choice(_REGISTRARS)}\n\nDomain name: {zone.name}\n\nRegistrant Contact:\n{contact}\n"
        f"Administrative Contact:\n{contact}\nTechnical Contact:\n{contact}\nStatus: Locked\n\nName Servers:\n   ns1.{zone.name}\n   ns2.{zone.name}\n\n"
        f"Creation date: {stamp(zone.created, '%d %b %Y %H:%M:%S')}\nExpiration date: {stamp(zone.expires, '%d %b %Y %H:%M:%S')}\n"
    )


def _older(zone: Zone, rng: Random) -> str:
    """Free-form, in another registrar's hand."""
    who, name = _who(zone)
    return (
        f"Registrant:\n {name}\n {who.street}\n {who.city}, {who.country}\n\n   Registrar: {rng.choice(_REGISTRARS).upper()}\n"
        f"   Domain Name: {zone.name.upper()}\n      Created on: {stamp(zone.created, '%d-%b-%y').upper()}\n"
        f"      Expires on: {stamp(zone.expires, '%d-%b-%y').upper()}\n\n   Administrative, Technical Contact:\n      {name}  {who.email}\n"
        f"      {who.street}\n      {who.city}, {who.country}\n      {who.phone}\n\n   Domain servers in listed order:\n"
        f"      NS1.{zone.name.upper()}\n      NS2.{zone.name.upper()}\n"
    )


def _modern(zone: Zone, rng: Random) -> str:
    """Key and value."""
    who, name = _who(zone)
    return (
        f"Domain Name: {zone.name.upper()}\nRegistrar: {rng.choice(_REGISTRARS)}\nCreation Date: {iso(zone.created)}\n"
        f"Registry Expiry Date: {iso(zone.expires)}\nRegistrant Name: {name}\nRegistrant Organization: {who.handle or name}\n"
        f"Registrant Street: {who.street}\nRegistrant City: {who.city}\nRegistrant Country: {who.country}\nRegistrant Phone: {who.phone}\n"
        f"Registrant Email: {who.email}\nAdmin Email: {who.email}\nName Server: NS1.{zone.name.upper()}\nName Server: NS2.{zone.name.upper()}\n"
        "DNSSEC: unsigned\n"
    )


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
        "objectClassName": "domain", "ldhName": zone.name,
        "events": [{"eventAction": "registration", "eventDate": iso(zone.created)}, {"eventAction": "expiration", "eventDate": iso(zone.expires)}],
        "entities": [{"objectClassName": "entity", "roles": ["registrant"], "vcardArray": card}],
        "nameservers": [{"objectClassName": "nameserver", "ldhName": f"ns1.{zone.name}"}],
    }  # fmt: skip
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
    person = f"person: Hostmaster {Names(rng).person()}\nnic-hdl: HM1-WORLD\nphone: +86-21-00000000\ne-mail: hostmaster@registry.example\nsource: APNIC\n"
    objects = [_inetnum(block) for block in named]
    folder.text("whois/netblocks.rpsl.txt", "\n".join([*objects, person]), len(objects) + 1)


def _delegated(registry: str, block: Block) -> str:
    from ipaddress import ip_network

    network = ip_network(block.network)
    return (
        f"{registry}|{block.country}|ipv4|{network.network_address}|{network.num_addresses}|{block.allocated}|allocated"
    )


def _inetnum(block: Block) -> str:
    from ipaddress import ip_network

    network = ip_network(block.network)
    return (
        f"inetnum: {network.network_address} - {network.broadcast_address}\nnetname: {block.holder.upper().replace(' ', '-')}\n"
        f"descr: {block.holder}\ncountry: {block.country}\nadmin-c: HM1-WORLD\nsource: APNIC\n"
    )


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
