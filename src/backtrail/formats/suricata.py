"""Suricata's eve.json: events of any type, a JSON object a line.

What each type shows stands in `kit/suricata_events.py`; of a type that is not there, the two ends of the connection
are taken. Reference: docs.suricata.io, *EVE JSON Format*.
"""

from collections.abc import Iterator
from typing import BinaryIO

from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Gatherer, blocks, json_lines
from backtrail.formats.kit.parts import first_lines
from backtrail.formats.kit.suricata_events import Sessions, show


def sniff(head: bytes, name: str) -> bool:
    return any(
        line.startswith(b"{") and b'"event_type"' in line and b'"timestamp"' in line for line in first_lines(head)
    )


def read(stream: BinaryIO) -> Iterator[Read]:
    sessions = Sessions()
    for lines, problems in blocks(stream):
        yield from problems
        documents, broken = json_lines(lines)
        yield from broken
        gatherer = Gatherer()
        for number, document in documents:
            show(gatherer, number, document, sessions)
        if gatherer.numbers:
            yield gatherer.taken()


FORMAT = Format(
    name="suricata", title="Suricata events", media_type="application/x-ndjson", suffix=".json", sniff=sniff, read=read
)
