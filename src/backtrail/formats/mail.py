"""A mail as it was kept (`.eml`, RFC 5322 with MIME): handed over as evidence, it is a finding and not a log.

Taken are who sent it and through which addresses, its subject, the program that wrote it, its attachments and the
links of its body. Encoded headers are decoded; relays inside the victim's own network are passed over.
"""

import re
from collections.abc import Iterator
from email import policy
from email.errors import MessageError
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import parsedate_to_datetime
from hashlib import md5, sha256
from ipaddress import ip_address
from typing import BinaryIO

from backtrail.formats.kit.format import Format
from backtrail.formats.kit.logs import mailboxes
from backtrail.formats.kit.parts import first_lines
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.record import Record, Seen
from backtrail.model.times import from_datetime

MAX_SIZE = 64 << 20
MAX_NESTING = 20
MAX_PARTS = 1_000
_MOST_LINKS = 1_000
_HEADER = re.compile(rb"[A-Za-z][A-Za-z0-9-]{0,60}:(?: |\t|$)")
_TELLING = frozenset(
    {b"received", b"return-path", b"message-id", b"mime-version", b"from", b"to", b"subject", b"date", b"delivered-to"}
)
_ADDRESS = re.compile(r"[\[(]((?:\d{1,3}\.){3}\d{1,3}|(?:IPv6:)?[0-9a-fA-F:]{3,39})[\])]")
_LINK = re.compile(r"(?:https?|ftp|hxxps?)://[^\s<>\"'\\)\]}]{3,2000}", re.I)
_BROKEN = (ValueError, TypeError, AttributeError, IndexError, KeyError, LookupError, MessageError)
"""What the standard library raises on headers and bodies that break the rules."""


def sniff(head: bytes, name: str) -> bool:
    """Headers of a mail from the first line on, at least three that mails have."""
    lines = first_lines(head.partition(b"\n\n")[0].partition(b"\r\n\r\n")[0], 40)
    if lines and lines[0].startswith(b"From "):
        lines = lines[1:]
    if not lines or not _HEADER.match(lines[0]):
        return False
    names = {line.partition(b":")[0].lower() for line in lines if _HEADER.match(line)}
    folded = all(_HEADER.match(line) or line[:1] in b" \t" for line in lines[:5])
    return folded and len(names & _TELLING) >= 3 and (b"from" in names or b"received" in names)


def read(stream: BinaryIO) -> Iterator[Record]:
    data = stream.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise LimitError(f"a mail of more than {MAX_SIZE >> 20} MiB", where="offset 0")
    if data.count(b"boundary=") > MAX_PARTS or data.lower().count(b"content-type:") > MAX_PARTS:
        raise LimitError(f"a mail of more than {MAX_PARTS} parts", where="offset 0")
    try:
        message = BytesParser(policy=policy.default).parsebytes(data)
    except RecursionError:
        raise LimitError("a mail nested too deep", where="offset 0") from None
    except _BROKEN as error:
        raise FormatError(f"no mail: {error}", where="offset 0") from None
    if not message.keys():
        raise FormatError("no mail: it has no headers", where="offset 0")
    yield _record(message)


def _record(message: EmailMessage) -> Record:
    when = _sent(message)
    found: dict[tuple[str, str], str | None] = {}
    problems: list[str] = []
    for kind, value, role in [*_of_headers(message), *_of_parts(message, problems)]:
        if value.strip():
            found.setdefault((kind, value.strip()), role)
    seen = tuple(
        Seen(kind=kind, value=value, role=role, first=when, last=when) for (kind, value), role in found.items()
    )
    return Record(where="record 1", seen=seen, problem="; ".join(problems) or None)


_Found = tuple[str, str, str | None]
"""kind, value, role"""


def _of_headers(message: EmailMessage) -> Iterator[_Found]:
    for name in ("From", "Sender", "Reply-To", "Return-Path"):
        for box in mailboxes(_header(message, name)):
            yield "email-addr", box, "delivery"
    yield "email-subject", _header(message, "Subject"), None
    yield "user-agent", _header(message, "User-Agent") or _header(message, "X-Mailer"), None
    origin = _header(message, "X-Originating-IP").strip("[] ")
    if _public(origin):
        yield "ipv4-addr", origin, "delivery"
    if relay := _first_from_outside(message):
        yield "ipv4-addr", relay, "delivery"


def _header(message: Message, name: str) -> str:
    """A header, decoded; empty when there is none or it cannot be read."""
    try:
        return str(message.get(name, "")).replace("\r", "").replace("\n", "")
    except _BROKEN:
        return next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")


def _first_from_outside(message: EmailMessage) -> str:
    """The host outside that handed the mail in: in the newest `Received` line that names a public address."""
    try:
        lines = [str(line) for line in message.get_all("Received", [])]
    except _BROKEN:
        return ""
    for line in lines:
        sender = re.split(r"\bby\b", line[:2000], maxsplit=1)[0]
        for address in _ADDRESS.findall(sender):
            if _public(address.removeprefix("IPv6:")):
                return str(address.removeprefix("IPv6:"))
    return ""


def _public(text: str) -> bool:
    """Whether it is an address that is not of an inner network; those of documentation stand for public ones."""
    try:
        address = ip_address(text)
    except ValueError:
        return False
    inner = address.is_loopback or address.is_link_local or address.is_unspecified
    return not inner and (address.is_global or text.startswith(("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:")))


def _sent(message: EmailMessage) -> str | None:
    try:
        when = parsedate_to_datetime(_header(message, "Date"))
        return from_datetime(when) if when.tzinfo else when.isoformat()
    except (*_BROKEN, OverflowError):
        return None


def _of_parts(message: EmailMessage, problems: list[str]) -> Iterator[_Found]:
    """Attachments and links of every part, within bounds."""
    waiting: list[tuple[Message, int]] = [(message, 0)]
    parts = links = 0
    while waiting:
        part, depth = waiting.pop(0)
        parts += 1
        if depth > MAX_NESTING or parts > MAX_PARTS:
            problems.append(f"more than {MAX_NESTING} levels or {MAX_PARTS} parts: the rest was not looked at")
            return
        inner = part.get_payload()
        if part.is_multipart() and isinstance(inner, list):
            waiting += [(one, depth + 1) for one in inner if isinstance(one, Message)]
            continue
        for found in _of_part(part):
            links += found[0] == "url"
            if links <= _MOST_LINKS or found[0] != "url":
                yield found


def _of_part(part: Message) -> Iterator[_Found]:
    try:
        name = part.get_filename() or ""
        kind = part.get_content_maintype()
        content = part.get_payload(decode=True)
    except _BROKEN:
        return
    data = content if isinstance(content, bytes) else b""
    if name or kind != "text":
        if data:
            yield "file-name", name.replace("\\", "/").rpartition("/")[2], "delivery"
            yield "md5", md5(data, usedforsecurity=False).hexdigest(), "delivery"
            yield "sha256", sha256(data).hexdigest(), "delivery"
        return
    for link in _LINK.findall(_text(part, data)):
        yield "url", link.rstrip(".,;:!?").replace("&amp;", "&"), "delivery"


def _text(part: Message, data: bytes) -> str:
    try:
        return data.decode(part.get_content_charset("utf-8"), "replace")
    except _BROKEN:
        return data.decode("utf-8", "replace")


FORMAT = Format(name="mail", title="Mail (.eml)", media_type="message/rfc822", suffix=".eml", sniff=sniff, read=read)
