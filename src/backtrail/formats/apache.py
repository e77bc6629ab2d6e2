"""Access logs in the Common and Combined Log Format, as Apache and nginx write them, with or without the virtual host.

`[vhost] client ident user [time] "request" status bytes ["referer" "agent"]`
(httpd.apache.org, *Log Files*). Quotes inside a field are written `\\"`.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO

from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Lines, amount, blocks
from backtrail.formats.kit.parts import like_address, mostly
from backtrail.formats.kit.web_logs import Requests, clf_time, served
from backtrail.model.record import Record

_LINE = re.compile(rb'\S+ [^\["]{1,200}\[\d{2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2} [+-]\d{4}\] "')
_BARE = re.compile(r'[^"]{1,2000}"(.*)" (\d{3} (?:\d+|-))(?: "([^"]*)" "([^"]*)")?\s*$')
_QUOTE = "\x1a"

_Row = tuple[int, float, str, str, str, str, int]
"""number, time, client, path, referrer, agent, bytes"""


def sniff(head: bytes, name: str) -> bool:
    return mostly(head, _LINE)


def read(stream: BinaryIO) -> Iterator[Read]:
    for lines, problems in blocks(stream):
        yield from problems
        yield from _block(lines)


def _block(lines: Lines) -> Iterator[Read]:
    rows = []
    for number, line in lines:
        if row := _row(number, line.decode("utf-8", "replace")):
            rows.append(row)
        else:
            yield Record(where=f"line {number}", problem="no line of an access log")
    if rows:
        numbers, times, clients, paths, referrers, agents, down = zip(*rows, strict=True)
        yield served(
            Requests(
                numbers=numbers,
                times=times,
                clients=clients,
                paths=paths,
                referrers=referrers,
                agents=agents,
                down=down,
            )
        )


def _row(number: int, line: str) -> _Row | None:
    escaped = '\\"' in line
    pieces = (line.replace('\\"', _QUOTE) if escaped else line).split('"')
    who, _, stamp = pieces[0].partition(" [")
    time = clf_time(stamp[:26])
    if time is None or len(pieces) < 3:
        return None
    result = pieces[2].split()
    if not result or not (result[0].isdigit() or result[0] == "-"):
        pieces = _pieces_of_bare(line)
        result = pieces[2].split()
    if not result:
        return None
    path = _path(pieces[1])
    referrer, agent = (pieces[3], pieces[5]) if len(pieces) > 5 else ("", "")
    if escaped:
        path, referrer, agent = (text.replace(_QUOTE, '"') for text in (path, referrer, agent))
    return number, time, _client(who), path, referrer, agent, amount(result[1]) if len(result) > 1 else 0


def _pieces_of_bare(line: str) -> list[str]:
    """Pieces of a line whose request holds quotes that were not escaped, as Tomcat writes it."""
    found = _BARE.match(line)
    return ["", found[1], found[2], found[3] or "", "", found[4] or ""] if found else ["", "", ""]


def _client(who: str) -> str:
    """The client among `[vhost] client ident user`; a user may have spaces in it."""
    words = who.split(" ", 3)
    if len(words) < 4 or like_address(words[0]) or not like_address(words[1]):
        with_port = len(words) > 3 and ":" in words[0] and not like_address(words[0].partition(":")[0])
        return words[1] if with_port else words[0]
    return words[1]


def _path(request: str) -> str:
    """Path of `GET /a?b HTTP/1.1`; empty for what is no request."""
    words = request.split(" ")
    return words[1] if len(words) > 1 and words[1].startswith("/") else ""


FORMAT = Format(
    name="apache",
    title="Web access log (Apache, nginx)",
    media_type="text/plain",
    suffix=".log",
    sniff=sniff,
    read=read,
)
