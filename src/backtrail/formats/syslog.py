"""System logs of Unix hosts and appliances: RFC 3164, RFC 5424, and the mixture of both that rsyslog writes.

Taken are logins over SSH, commands of sudo, names that dnsmasq or BIND were asked for, connections that conntrack saw
end, and HTRAN's words; every other line is only counted. A line of RFC 3164 has no year: unless it says one, its time
stays unknown.
"""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import BinaryIO

from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Gatherer, Lines, blocks, seconds
from backtrail.formats.kit.operators import archive_password
from backtrail.formats.kit.parts import detail, like_address, mostly, origins, resolves, serves
from backtrail.model.record import Record
from backtrail.model.telemetry import HERE, UNKNOWN_TIME

_MONTH = rb"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_OLD = _MONTH + rb" [ \d]?\d (?:\d{4} )?\d\d:\d\d:\d\d"
_NEW = rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?"
_TAG = rb" \S{1,255} [\w./()-]{1,48}(?:\[\d+\])?: "
_SNIFFED = re.compile(rb"<\d{1,3}>(?:1 )?(?:" + _OLD + rb"|" + _NEW + rb"|- )|(?:" + _OLD + rb"|" + _NEW + rb")" + _TAG)
_LINE = re.compile(rb"(?:<\d{1,3}>)?(?:1 (?=\d|- ))?(" + _OLD + rb"|" + _NEW + rb"|-):? ")

_ACCEPTED = re.compile(r"Accepted (\S{1,40}) for (\S{1,256}) from (\S{1,256}) port \d+")
_FAILED = re.compile(r"Failed \S{1,40} for (?:invalid user )?\S{0,256} from (\S{1,256}) port \d+")
_COMMAND = re.compile(r"COMMAND=(.+)")
_ASKED = re.compile(r"query(?:\[\w+\]|:) (\S{1,256}) (?:from|IN) ")
_CONNECTION = re.compile(r"\[DESTROY\].{1,40}? src=(\S{2,45}) dst=(\S{2,45}) sport=\d{1,5} dport=(\d{1,5}) ")
_BYTES = re.compile(r" bytes=(\d{1,18})")
_REPLIED = re.compile(r"(?:reply|cached) (\S{1,256}) is ([0-9a-fA-F.:]{3,45})$")


def sniff(head: bytes, name: str) -> bool:
    return mostly(head, _SNIFFED)


def read(stream: BinaryIO) -> Iterator[Read]:
    for lines, problems in blocks(stream):
        yield from problems
        yield from _block(lines)


def _block(lines: Lines) -> Iterator[Read]:
    gatherer = Gatherer()
    for number, line in lines:
        start = _LINE.match(line)
        if start is None:
            yield Record(where=f"line {number}", problem="no line of a system log")
            continue
        gatherer.record(number, _moment(start[1]))
        if meanings := _meanings(line):
            message = line[start.end() :].decode("utf-8", "replace")
            for meaning in meanings:
                meaning(gatherer, message)
    if gatherer.numbers:
        yield gatherer.taken()


@lru_cache(maxsize=4096)
def _moment(stamp: bytes) -> float:
    """Seconds since 1970; unknown without a year."""
    text = stamp.decode("ascii", "replace")
    if text[:1].isdigit():
        return seconds(text)
    words = text.split()
    if len(words) != 4:
        return UNKNOWN_TIME
    month, day, year, clock = words
    return seconds(f"{year}-{_NUMBERS.get(month, 0):02d}-{int(day):02d}T{clock}")


_NUMBERS = {
    name: number
    for number, name in enumerate(
        ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"), 1
    )
}

_Meaning = Callable[[Gatherer, str], None]


def _meanings(line: bytes) -> list[_Meaning]:
    """What a line may show, told by a word in it: most lines show nothing, and a search for words is cheap."""
    found = [meaning for word, meaning in _WORDS if word in line]
    if b"SERVER]" in line or b"tran " in (lower := line.lower()) or b"slave " in lower:
        found.append(_relay)
    return found


def _accepted(gatherer: Gatherer, message: str) -> None:
    if login := _ACCEPTED.search(message):
        method, account, address = login.groups()
        if like_address(address):
            gatherer.value("ipv4-addr", address, "in")
            said = detail(method=method, account=account)
            gatherer.tie("logs-in-to", "ipv4-addr", address, "ipv4-addr", HERE, detail=said, each=True)


def _failed(gatherer: Gatherer, message: str) -> None:
    if (login := _FAILED.search(message)) and like_address(login[1]):
        gatherer.value("ipv4-addr", login[1], "in")


def _command(gatherer: Gatherer, message: str) -> None:
    if command := _COMMAND.search(message):
        gatherer.value("command-line", command[1])
        gatherer.value("archive-password", archive_password(command[1]))


def _asked(gatherer: Gatherer, message: str) -> None:
    if query := _ASKED.search(message):
        gatherer.value("domain-name", query[1], "out")


def _replied(gatherer: Gatherer, message: str) -> None:
    if reply := _REPLIED.search(message):
        resolves(gatherer, reply[1], reply[2])


def _flow(gatherer: Gatherer, message: str) -> None:
    """A connection that Netfilter's conntrack saw end: bytes each way, where it counts them."""
    if flow := _CONNECTION.search(message):
        source, target, port = flow.groups()
        out, back = (*(int(size) for size in _BYTES.findall(message)[:2]), 0, 0)[:2]
        gatherer.value("ipv4-addr", target, "out", out, back)
        gatherer.value("ipv4-addr", source, "in", back, out)
        serves(gatherer, target, port)


def _relay(gatherer: Gatherer, message: str) -> None:
    origins(gatherer, HERE, message)


_WORDS: tuple[tuple[bytes, _Meaning], ...] = (
    (b"Accepted ", _accepted),
    (b"Failed ", _failed),
    (b"COMMAND=", _command),
    (b"query", _asked),
    (b" is ", _replied),
    (b"[DESTROY]", _flow),
)

FORMAT = Format(name="syslog", title="System log", media_type="text/plain", suffix=".log", sniff=sniff, read=read)
