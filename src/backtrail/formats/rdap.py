"""RDAP answers (RFC 9083): domains and networks with their holders, as JSON; one answer, a list, or one a line."""

import ipaddress
from collections.abc import Iterator
from typing import Any, BinaryIO

from backtrail.formats.kit.documents import documents
from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Gatherer, seconds
from backtrail.model.record import Record
from backtrail.model.telemetry import UNKNOWN_TIME

_KINDS = {"fn": "registrant-name", "org": "registrant-org", "email": "registrant-email", "tel": "registrant-phone"}
_MOST = 50
"""Entities, name servers and vCard properties looked at in one answer."""


def sniff(head: bytes, name: str) -> bool:
    return head.lstrip()[:1] in (b"{", b"[") and b'"objectClassName"' in head


def read(stream: BinaryIO) -> Iterator[Read]:
    out = Gatherer("record")
    for number, document in documents(stream):
        if isinstance(document, Record):
            yield document
            continue
        problem = _take(out, number, document)
        if problem:
            yield Record(where=f"record {number}", problem=problem)
    if out.numbers:
        yield out.taken()


def _take(out: Gatherer, number: int, answer: dict[str, Any]) -> str | None:
    """Take one answer; the reason when it cannot be used."""
    times = _events(answer)
    since = times.get("registration", UNKNOWN_TIME)
    until = max(times.get("expiration", since), since)
    match answer.get("objectClassName"):
        case "domain" if isinstance(name := answer.get("ldhName") or answer.get("unicodeName"), str):
            out.record(number, since)
            _people(out, "domain-name", name, answer, until)
            for server in _listed(answer, "nameservers"):
                if isinstance(host := server.get("ldhName"), str):
                    out.tie("registered-by", "domain-name", name, "name-server", host, until=until)
        case "ip network":
            blocks = _blocks(answer)
            if not blocks:
                return "a network without its first and last address"
            out.record(number, since)
            for block in blocks:
                _network(out, block, answer)
        case "entity" | "nameserver" | "autnum":
            out.record(number, since)
        case other:
            return f"no RDAP object: {str(other)[:40]!r}"
    return None


def _events(answer: dict[str, Any]) -> dict[str, float]:
    return {
        event["eventAction"]: seconds(event.get("eventDate"))
        for event in _listed(answer, "events")
        if isinstance(event.get("eventAction"), str)
    }


def _listed(answer: dict[str, Any], name: str) -> list[dict[str, Any]]:
    found = answer.get(name)
    return [one for one in found[:_MOST] if isinstance(one, dict)] if isinstance(found, list) else []


def _people(out: Gatherer, of_kind: str, of: str, answer: dict[str, Any], until: float | None = None) -> None:
    """Registrant and administrative contact by their vCards (RFC 7095); the registrar by its name."""
    for entity in _listed(answer, "entities"):
        roles = entity.get("roles")
        roles = roles if isinstance(roles, list) else []
        card = _card(entity)
        if "registrar" in roles and "fn" in card:
            out.tie("registered-by", of_kind, of, "registrar", card["fn"], until=until)
        elif "registrant" in roles or "administrative" in roles:
            detail = "" if "registrant" in roles else "contact=administrative"
            for name, kind in _KINDS.items():
                if value := card.get(name):
                    out.tie("registered-by", of_kind, of, kind, value, detail=detail, until=until)


def _card(entity: dict[str, Any]) -> dict[str, str]:
    card = entity.get("vcardArray")
    properties = card[1] if isinstance(card, list) and len(card) > 1 and isinstance(card[1], list) else []
    found: dict[str, str] = {}
    for one in properties[:_MOST]:
        if isinstance(one, list) and len(one) >= 4 and isinstance(one[0], str) and isinstance(one[3], str) and one[3]:
            found.setdefault(one[0], one[3].removeprefix("tel:"))
    return found


def _blocks(answer: dict[str, Any]) -> list[str]:
    try:
        first, last = (ipaddress.ip_address(answer[name]) for name in ("startAddress", "endAddress"))
        return [str(n) for n in ipaddress.summarize_address_range(first, last)]
    except (KeyError, ValueError, TypeError):
        return []


def _network(out: Gatherer, block: str, answer: dict[str, Any]) -> None:
    for name, kind in (("name", "registrant-org"), ("country", "registrant-address")):
        if isinstance(value := answer.get(name), str) and value:
            out.tie("allocated-to", "network", block, kind, value)
    _people(out, "network", block, answer)


FORMAT = Format(
    name="rdap", title="RDAP answer", media_type="application/rdap+json", suffix=".json", sniff=sniff, read=read
)
