"""Windows events out of the JSON that exporters write: five shapes, one `Event`.

- winlogbeat: `winlog.event_id` and `winlog.event_data` (before version 7 at the top level);
- EvtxECmd: `EventId`, and the event's data as JSON text under `Payload`;
- the event's own XML as JSON (`evtx_dump -o jsonl`, Splunk): `Event.System`, `Event.EventData`;
- flat (nxlog, OTRF Security Datasets): `EventID` beside the data.
"""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from backtrail.formats.kit.logs import seconds
from backtrail.formats.kit.parts import Json, part, text
from backtrail.formats.kit.windows_events import Event, known


def event_of(document: Json) -> Event | None:
    """The event in a JSON object; None when it has no shape that we know."""
    for key, shape in _SHAPES.items():
        if key in document:
            return shape(document)
    return None


def _number(value: object) -> int:
    """An event number: itself, as text, or with its qualifiers beside it."""
    if isinstance(value, Mapping):
        value = value.get("#text", value.get("Value"))
    if isinstance(value, int) and 0 <= value < 1 << 32:
        return value
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10 else -1


@lru_cache(maxsize=64)
def _moment(stamp: str) -> float:
    return seconds(stamp.removesuffix(" UTC"))


def _first_moment(document: Mapping[str, Any], *names: str) -> float:
    for name in names:
        value = document.get(name)
        if isinstance(value, str) and 0 < len(value) < 50 and (found := _moment(value)):
            return found
    return 0.0


def _beat(document: Json) -> Event:
    """Winlogbeat 7 and later."""
    inner = part(document, "winlog")
    return Event(
        id=_number(inner.get("event_id")),
        source=f"{text(inner, 'channel')}|{text(inner, 'provider_name')}",
        time=_first_moment(document, "@timestamp"),
        data=part(inner, "event_data") or part(inner, "user_data"),
    )


def _old_beat(document: Json) -> Event:
    """Winlogbeat 5 and 6."""
    return Event(
        id=_number(document.get("event_id")),
        source=f"{text(document, 'log_name')}|{text(document, 'source_name')}",
        time=_first_moment(document, "@timestamp"),
        data=part(document, "event_data") or part(document, "user_data"),
    )


def _xml(document: Json) -> Event | None:
    """The event's own XML: attributes under `#attributes` (evtx), or `@Name` and `#text` (others)."""
    event = part(document, "Event")
    system = part(event, "System")
    if "EventID" not in system:
        return None
    created = system.get("TimeCreated")
    moment = {**part(system, "TimeCreated"), **part(part(system, "TimeCreated"), "#attributes")}
    provider = {**part(system, "Provider"), **part(part(system, "Provider"), "#attributes")}
    return Event(
        id=_number(system["EventID"]),
        source=f"{text(system, 'Channel')}|{text(provider, 'Name') or text(provider, '@Name')}",
        time=_first_moment(moment, "SystemTime", "@SystemTime") if moment else seconds(created),
        data=data_of(event),
    )


def data_of(event: Json) -> Mapping[str, Any]:
    """Named values of an event: its `EventData`, or the one element of its `UserData`."""
    data = part(event, "EventData")
    if data:
        return _named(data)
    for name, inner in part(event, "UserData").items():
        if isinstance(inner, dict):
            return inner
        if name in ("Param1", "Address"):
            return part(event, "UserData")
    return {}


def _named(data: Json) -> Mapping[str, Any]:
    """`{"Data": [{"@Name": "IpAddress", "#text": "..."}]}` as names and values; plain objects as they are."""
    pairs = data.get("Data")
    if not isinstance(pairs, list):
        return data
    named = (one for one in pairs if isinstance(one, dict))
    return {text(one, "@Name") or text(one, "Name"): one.get("#text", one.get("Value")) for one in named}


def _ecmd(document: Json) -> Event:
    """EvtxECmd. The payload is decoded only when the event is one of those that show something."""
    id = _number(document.get("EventId"))
    return Event(
        id=id,
        source=f"{text(document, 'Channel')}|{text(document, 'Provider')}",
        time=_first_moment(document, "TimeCreated"),
        data=_payload(text(document, "Payload")) if known(id) else {},
    )


def _payload(payload: str) -> Mapping[str, Any]:
    try:
        return data_of(_objects.decode(payload))
    except (msgspec.DecodeError, UnicodeError, RecursionError):
        return {}


_objects = msgspec.json.Decoder(dict[str, Any])


def _flat(document: Json) -> Event:
    """Data beside the header. Sysmon states UTC by itself; `EventTime` of nxlog is local time, so it comes last."""
    return Event(
        id=_number(document.get("EventID")),
        source=f"{text(document, 'Channel')}|{text(document, 'SourceName') or text(document, 'ProviderName')}",
        time=_first_moment(document, "UtcTime", "TimeCreated", "@timestamp", "EventTime"),
        data=document,
    )


_SHAPES = {"winlog": _beat, "Event": _xml, "EventID": _flat, "EventId": _ecmd, "event_id": _old_beat}
