"""What connections in the clear show: HTTP requests, mail being sent, files going by FTP (RFC 9112, 5321, 959)."""

import re
from collections.abc import Callable, Iterator
from email.parser import BytesHeaderParser
from email.policy import default

from backtrail.formats.kit import rdp, tls
from backtrail.formats.kit.flows import Flow, Half
from backtrail.formats.kit.logs import Gatherer, mailboxes
from backtrail.formats.kit.parts import bare_host, detail, resolves

_METHODS = (b"GET ", b"POST", b"HEAD", b"PUT ", b"CONN", b"OPTI", b"DELE", b"PROP")
_REQUEST = re.compile(rb"([A-Z]{3,9}) (\S{1,8000}) HTTP/1\.[01]\r?\n")
_FIELD = re.compile(rb"^(Host|User-Agent):[ \t]*([^\r\n]{0,2000})", re.I | re.M)
_LONGEST_HEAD = 16384
_MOST_HEADERS = 32768


def look(gatherer: Gatherer, flow: Flow) -> bool:
    """Take what a connection shows by now; whether more may come."""
    if not flow.protocol:
        flow.protocol = _guess(bytes(flow.up.data[:8]), bytes(flow.down.data[:4]))
    if flow.protocol:
        return _SPOKEN[flow.protocol](gatherer, flow)
    return len(flow.up.data) < 8 and len(flow.down.data) < 4096


def _guess(up: bytes, down: bytes) -> str:
    """What is spoken, by how it begins; empty while that is not told."""
    if up[:4] in _METHODS:
        return "http"
    if tls.speaks(up) or tls.speaks(down):
        return "tls"
    if rdp.speaks(up):
        return "rdp"
    if down[:3] == b"220":
        return {b"EHLO": "smtp", b"HELO": "smtp", b"USER": "ftp", b"AUTH": "ftp"}.get(up[:4].upper(), "")
    return ""


def _http(gatherer: Gatherer, flow: Flow) -> bool:
    for method, target, fields in _requests(flow.up):
        request(gatherer, flow.server, method, target, fields)
    return not flow.up.full


def _requests(half: Half) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Requests since the last look; what stands between them is a body."""
    while found := _REQUEST.search(half.data, half.taken):
        end = half.data.find(b"\r\n\r\n", found.end() - 2)
        if end < 0 and not half.full and len(half.data) - found.start() < _LONGEST_HEAD:
            half.taken = found.start()
            half.wanted = len(half.data) + 1
            return
        end = end if end >= 0 else len(half.data)
        yield head_of(found, bytes(half.data[found.end() : end]))
        half.taken = end
    half.taken = max(half.taken, len(half.data) - 8192)


def head_of(start: re.Match[bytes], head: bytes) -> tuple[str, str, dict[str, str]]:
    """Method, target and the fields of a request that are looked at."""
    fields = {name.lower().decode(): value.decode("utf-8", "replace").strip() for name, value in _FIELD.findall(head)}
    return start[1].decode(), start[2].decode("utf-8", "replace"), fields


def lone_request(payload: bytes) -> tuple[str, str, dict[str, str]] | None:
    """A request in one packet, of a connection that is no longer put together."""
    if payload[:4] in _METHODS and (found := _REQUEST.match(payload)):
        return head_of(found, payload[found.end() : found.end() + _LONGEST_HEAD])
    return None


def request(gatherer: Gatherer, server: str, method: str, target: str, fields: dict[str, str]) -> None:
    """Add an HTTP request; one through a proxy says the whole URL and ties no name to the proxy."""
    host = fields.get("host", "")
    gatherer.value("user-agent", fields.get("user-agent"), "out")
    if method == "CONNECT":
        gatherer.value("domain-name", bare_host(target), "out")
        return
    if "://" in target:
        gatherer.value("url", target, "out")
        gatherer.value("domain-name", bare_host(host), "out")
        return
    name = bare_host(host)
    if name != server:
        gatherer.value("domain-name", name, "out")
    resolves(gatherer, name, server)
    gatherer.value("url", f"http://{host or server}{target}", "out")


def _lines(half: Half) -> Iterator[bytes]:
    """Whole lines since the last look."""
    while (end := half.data.find(b"\n", half.taken)) >= 0:
        line = bytes(half.data[half.taken : end]).rstrip(b"\r")
        half.taken = end + 1
        yield line
    half.wanted = len(half.data) + 1


def _smtp(gatherer: Gatherer, flow: Flow) -> bool:
    for line in _lines(flow.up):
        if flow.said.get("part") == "headers":
            flow.scratch += line + b"\r\n"
            if not line or len(flow.scratch) > _MOST_HEADERS:
                _headers(gatherer, bytes(flow.scratch))
                flow.scratch.clear()
                flow.said["part"] = "body"
        elif flow.said.get("part") == "body":
            if line == b".":
                flow.said["part"] = ""
        elif line[:10].upper() == b"MAIL FROM:":
            for box in mailboxes(line[10:].decode("utf-8", "replace").split(" ")[0]):
                gatherer.value("email-addr", box, "in")
        elif line.upper() == b"DATA":
            flow.said["part"] = "headers"
        elif line.upper() == b"STARTTLS":
            return False
    return not flow.up.full


def _headers(gatherer: Gatherer, block: bytes) -> None:
    """Subject, program and origin of a mail; a header that cannot be read says nothing."""
    try:
        headers = BytesHeaderParser(policy=default).parsebytes(block)
        found = [(kind, str(headers.get(name, ""))) for name, kind in _OF_MAIL]
    except (ValueError, IndexError, AttributeError, TypeError, KeyError, LookupError):
        return
    for kind, value in found:
        gatherer.value(kind, value.strip("[] ") if kind == "ipv4-addr" else value.strip(), "in")


_OF_MAIL = (("Subject", "email-subject"), ("X-Mailer", "user-agent"), ("X-Originating-IP", "ipv4-addr"))


def _ftp(gatherer: Gatherer, flow: Flow) -> bool:
    for line in _lines(flow.up):
        command, _, argument = line.decode("utf-8", "replace").partition(" ")
        match command.upper():
            case "USER":
                flow.said["account"] = argument[:256]
            case "STOR" | "APPE":
                gatherer.value("file-name", _base(argument), "out")
            case "RETR":
                gatherer.value("file-name", _base(argument), "in")
    for line in _lines(flow.down):
        if line[:4] == b"230 " and "account" in flow.said:
            said = detail(service="ftp", account=flow.said.pop("account"))
            gatherer.tie("logs-in-to", "ipv4-addr", flow.client, "ipv4-addr", flow.server, detail=said, each=True)
    return not (flow.up.full or flow.down.full)


def _base(path: str) -> str:
    return path.replace("\\", "/").rpartition("/")[2].strip()


_SPOKEN: dict[str, Callable[[Gatherer, Flow], bool]] = {
    "http": _http,
    "tls": tls.look,
    "rdp": rdp.look,
    "smtp": _smtp,
    "ftp": _ftp,
}
