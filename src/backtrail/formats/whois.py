"""WHOIS text of domains: `Key: value` as registries write it today, and the free forms of 2004 to 2012.

Before 2013 each registrar printed a registration in a form of its own: blocks under headings, a contact's name, mail
address and telephone in any order, hardly a label. Three things are the same in all of them and are what this reader
goes by: a heading ends with a colon, a block ends at an empty line or at the next heading, and mail addresses and
telephone numbers look like nothing else. One file may hold several registrations.
"""

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO

from msgspec import Struct

from backtrail.formats.kit.dates import dated
from backtrail.formats.kit.format import Format, Read
from backtrail.formats.kit.logs import Gatherer
from backtrail.formats.kit.passages import looks_like_text
from backtrail.formats.kit.text import text_lines
from backtrail.model.record import Record
from backtrail.model.telemetry import UNKNOWN_TIME

MAX_LINES = 5_000
"""Lines of one registration."""

_DOMAIN = re.compile(
    r"^[\s\[*]*(?:domain[ _]?name|domain|domainname|nserver_domain)[\]\s.]*:?[\].\s]*:?\s*"
    r"((?:[a-z0-9_](?:[a-z0-9_-]{0,62})\.)+[a-z0-9-]{2,24})\.?\s*$",
    re.I,
)
_MARKS = re.compile(
    rb"^\s*(?:\[?registrant\b|registrar\b|registration service provided|record (?:created|expires)"
    rb"|creat(?:ed|ion)[ _]?(?:on|date)?\b|expir(?:es|ation)|name ?servers?\b|domain servers in listed order"
    rb"|administrative contact|\[?holder|nserver\b|registered on)",
    re.I | re.M,
)
_DOMAIN_LINE = re.compile(rb"^[\s\[*]*domain(?:[ _]?name)?[\]\s.]*(?:[:\]]|\.{2})", re.I | re.M)
_RPSL = re.compile(rb"^(?:inetnum|inet6num|route6?|aut-num):", re.I | re.M)

_PAIR = re.compile(r"^\s*[\[*]?\s*([A-Za-z][A-Za-z0-9 _/&(),.-]{1,60}?)\s*(?:[.]{2,}:?|:|\])\s*(.*)$")
_MAIL = re.compile(r"[A-Za-z0-9._%+~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,24}")
_PHONE = re.compile(r"(?:\+|\b)\d[\d().\s/-]{5,24}\d")
_HOST = re.compile(r"(?:[a-z0-9_-]{1,63}\.)+[a-z]{2,24}\.?", re.I)


class _Contact(Struct):
    """What a registration says of one person."""

    name: str = ""
    org: str = ""
    mail: str = ""
    phone: str = ""
    address: list[str] = []

    @property
    def empty(self) -> bool:
        return not (self.name or self.org or self.mail or self.phone or self.address)


class _Registration(Struct):
    """One domain as registered."""

    domain: str
    registrar: str = ""
    created: float = UNKNOWN_TIME
    updated: float = UNKNOWN_TIME
    expires: float = UNKNOWN_TIME
    servers: list[str] = []
    contacts: dict[str, _Contact] = {}


def sniff(head: bytes, name: str) -> bool:
    """A line that names a domain and at least two headings of a registration, and no address range."""
    return bool(
        _DOMAIN_LINE.search(head)
        and len({m.group().strip().lower()[:12] for m in _MARKS.finditer(head)}) >= 2
        and not _RPSL.search(head)
        and not head.lstrip().startswith((b"{", b"[{", b"<"))
        and looks_like_text(head)
    )


def read(stream: BinaryIO) -> Iterator[Read]:
    out = Gatherer("record")
    number = 0
    for number, lines in enumerate(_split(text_lines(stream)), 1):
        found = _parsed(lines)
        if found is None:
            yield Record(where=f"record {number}", problem="a registration that names no domain")
        else:
            _gather(out, number, found)
        if len(out.numbers) >= 5_000:
            yield out.taken()
    if out.numbers:
        yield out.taken()
    elif not number:
        yield Record(where="record 1", problem="no registration")


def _split(lines: Iterable[tuple[int, str]]) -> Iterator[list[str]]:
    """Lines of each registration: a second domain line after contacts or dates begins the next one."""
    held: list[str] = []
    domain = ""
    for _, line in lines:
        if line.startswith(("%", "#", ">>>", "NOTICE:", "TERMS OF USE:", "The Data in")):
            continue
        found = _DOMAIN.match(line)
        if found and domain and found[1].lower() != domain:
            at = _start(held)
            yield held[:at]
            held = held[at:]
        if found:
            domain = found[1].lower()
        if len(held) < MAX_LINES:
            held.append(line)
    if any(line.strip() for line in held):
        yield held


def _start(held: list[str]) -> int:
    """Where the next registration begins in lines before its domain: after the last gap of two empty lines."""
    for at in range(len(held) - 1, 0, -1):
        if not held[at].strip() and not held[at - 1].strip():
            return at + 1
    return len(held)


_SECTION = (
    ("registrant", ("registrant", "holder", "owner", "organization", "registrant contact", "domain holder")),
    ("admin", ("administrative", "admin")),
    ("tech", ("technical", "tech", "zone")),
    ("billing", ("billing", "accounting")),
    ("domain", ("domain name", "domain")),
    ("registrar", ("registrar", "sponsoring registrar")),
    ("servers", ("domain servers", "name server", "nameserver", "dns servers", "domain nameservers", "host names")),
)


_SERVERS = ("domain servers", "domain nameservers")


def _section(heading: str) -> str | None:
    """Which block a heading without a value opens."""
    words = heading.lower().strip(" []*")
    named = (name for name, starts in _SECTION if words.startswith(starts))
    return "servers" if words.startswith(_SERVERS) else next(named, None)


def _parsed(lines: list[str]) -> _Registration | None:
    found = _Registration(domain="")
    section, block = "", list[str]()
    for line in lines:
        pair = _pair(line)
        key, value = pair or ("", line.strip())
        opened = _section(key) if pair and not value else None
        if opened or (pair and _known(found, key, value)) or not line.strip():
            _close(found, section, block)
            keeps = section == "servers" and not line.strip() and not block
            section, block = (opened or (section if keeps else "")), []
        elif section:
            block.append(f"{key}: {value}" if pair and key in _LABELS else line.strip())
    _close(found, section, block)
    return found if found.domain else None


_LABELS = frozenset({"name", "organization", "organisation", "email", "e-mail", "phone", "tel", "fax", "address"})

_DATES = (
    ("created", ("creation date", "created on", "created", "record created", "registered on", "registration date",
                 "domain created", "created date", "registered date", "domain registration date", "record created on",
                 "domain create date", "activated", "registration time", "domain name commencement date")),
    ("expires", ("expiration date", "expires on", "expires", "registry expiry date", "expiry date", "paid-till",
                 "record expires on", "record expires", "registrar registration expiration date", "renewal date",
                 "domain expiration date", "expiration time", "domain expires", "valid until", "free-date")),
    ("updated", ("updated date", "last updated on", "last updated", "database last updated on", "last modified",
                 "record last updated on", "changed", "last update", "modified", "domain last updated date")),
)  # fmt: skip

_FIELDS = {
    "name": "name", "person": "name", "contact name": "name", "contact": "name", "id": "", "handle": "",
    "organization": "org", "organisation": "org", "organization name": "org", "org": "org", "company": "org",
    "email": "mail", "e-mail": "mail", "contact email": "mail", "mail": "mail",
    "phone": "phone", "phone number": "phone", "telephone": "phone", "voice": "phone",
    "street": "address", "street1": "address", "street2": "address", "street3": "address", "address": "address",
    "address1": "address", "city": "address", "state": "address", "state/province": "address", "province": "address",
    "country": "address", "country/economy": "address", "country code": "address", "postal code": "",
    "postal_code": "", "zip": "", "fax": "", "fax number": "", "phone ext.": "", "fax ext.": "",
}  # fmt: skip
"""What a contact's label means after `Registrant ` or `Admin `; an empty one is passed over."""

_OWNERS = {
    "registrant": "registrant", "owner": "registrant", "holder": "registrant", "admin": "admin",
    "administrative": "admin", "administrative contact": "admin", "tech": "tech", "technical": "tech",
    "billing": "billing",
}  # fmt: skip


_SENTENCE = re.compile(r"^\s*record (created|expires|last updated) on\.*\s+(\S.*)$", re.I)


def _pair(line: str) -> tuple[str, str] | None:
    """Label and value of a line; of a sentence such as `Record created on 25-Oct-2004.` too."""
    if len(line) > 400:
        return None
    if sentence := _SENTENCE.match(line):
        return f"record {sentence[1].lower()} on", sentence[2]
    found = _PAIR.match(line)
    return (found[1].strip().lower(), found[2].strip()) if found else None


def _known(found: _Registration, key: str, value: str) -> bool:
    """Take a labelled value; whether the label was one of a registration's."""
    if not value:
        return False
    if key in ("domain name", "domain", "domainname", "domain_name") and _HOST.fullmatch(value):
        found.domain = found.domain or value.rstrip(".").lower()
        return True
    if key in ("registrar", "sponsoring registrar", "registration service provided by", "registrar name"):
        found.registrar = found.registrar or value
        return True
    if key in ("name server", "nameserver", "nserver", "nameservers", "name servers", "dns"):
        found.servers += _HOST.findall(value)
        return True
    for field, labels in _DATES:
        if key in labels:
            if getattr(found, field) == UNKNOWN_TIME:
                setattr(found, field, dated(value))
            return True
    return _contact_field(found, key, value)


def _contact_field(found: _Registration, key: str, value: str) -> bool:
    """A contact's labelled value: `Registrant Email`, `admin-name`, `person` of the Russian registry."""
    words = key.replace("_", " ").replace("-", " ") if key not in ("e-mail",) else key
    for owner, role in _OWNERS.items():
        if words.startswith(owner + " "):
            field = _FIELDS.get(words[len(owner) + 1 :].strip())
            if field is None:
                return False
            _set(found.contacts.setdefault(role, _Contact()), field, value)
            return True
    if key in _BARE and found.domain:
        _set(found.contacts.setdefault("registrant", _Contact()), _BARE[key], value)
        return True
    return False


_BARE = {
    "person": "name", "e-mail": "mail", "phone": "phone", "org": "org", "organisation name": "name",
    "organization name": "name", "organisation address": "address", "organization address": "address",
}  # fmt: skip
"""Labels that some registries give the registrant without saying whose they are."""


def _set(contact: _Contact, field: str, value: str) -> None:
    if field == "address":
        contact.address.append(value)
    elif field and not getattr(contact, field):
        setattr(contact, field, value)


def _close(found: _Registration, section: str, block: list[str]) -> None:
    """Take a block of lines under a heading."""
    if not block:
        return
    if section == "domain":
        found.domain = found.domain or next((h.rstrip(".").lower() for h in _HOST.findall(block[0])), "")
    elif section == "registrar":
        found.registrar = found.registrar or block[0]
    elif section == "servers":
        found.servers += [host for line in block for host in _HOST.findall(line.split()[0])[:1]]
    elif section:
        contact = _contact(block)
        if not contact.empty:
            found.contacts.setdefault(section, contact)


def _contact(block: list[str]) -> _Contact:
    """A contact in free form: mail and telephone by their looks, the first other line a name, the rest an address."""
    contact = _Contact()
    for line in block:
        rest = line
        label, _, value = line.partition(": ")
        if label in _LABELS:
            _set(contact, _FIELDS.get(label, ""), value.strip())
            continue
        if mail := _MAIL.search(rest):
            contact.mail = contact.mail or mail[0]
            rest = rest.replace(mail[0], " ").replace("()", " ").replace("<>", " ")
        phone, rest = _phone(rest)
        contact.phone = contact.phone or phone
        if rest := rest.strip(" ,;()"):
            if not contact.name:
                contact.name = rest
            elif rest != contact.name:
                contact.address.append(rest)
    return contact


def _phone(line: str) -> tuple[str, str]:
    """A telephone number in a line, and the line without it; a line of a number and a fax number is nothing else."""
    found = _PHONE.search(line)
    digits = sum(c.isdigit() for c in found[0]) if found else 0
    letters = sum(c.isalpha() for c in line)
    if not found or digits < 7 or (letters > 8 and "+" not in found[0]):
        return "", line
    return found[0].strip(), "" if letters <= 8 else line[: found.start()]


def _gather(out: Gatherer, number: int, found: _Registration) -> None:
    """One registration as ties of its domain, from its creation until it expires."""
    since = found.created or found.updated
    out.record(number, since)

    def tie(kind: str, value: str, detail: str = "") -> None:
        if value := " ".join(value.split()):
            until = found.expires if found.expires >= since else since
            out.tie("registered-by", "domain-name", found.domain, kind, value, detail=detail, until=until)

    for role in ("registrant", "admin"):
        if contact := found.contacts.get(role):
            detail = "" if role == "registrant" else "contact=administrative"
            stands_in = role == "admin" and not (found.contacts.get("registrant") or _Contact()).mail
            tie("registrant-email", contact.mail, "" if stands_in else detail)
            tie("registrant-phone", contact.phone, detail)
            tie("registrant-name", contact.name, detail)
            tie("registrant-org", contact.org, detail)
            tie("registrant-address", ", ".join(contact.address), detail)
    tie("registrar", found.registrar)
    for server in dict.fromkeys(s.lower().rstrip(".") for s in found.servers):
        tie("name-server", server)


FORMAT = Format(name="whois", title="WHOIS of domains", media_type="text/plain", suffix=".txt", sniff=sniff, read=read)
