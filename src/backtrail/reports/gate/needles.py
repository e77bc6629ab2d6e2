"""What is looked for of a secret: a name, an account, an address, a phone, a moment, each in the forms it hides in."""

import base64
import contextlib
import ipaddress
import re
from collections.abc import Iterable
from datetime import UTC, datetime

from msgspec import Struct

from backtrail.reports.gate import accounts
from backtrail.reports.gate.forms import bare, fold, leet, plain, spaced
from backtrail.reports.gate.near import LEAST, halves

_SHORT = 4
"""Letters up to which a name is looked for as a whole word only, since it would turn up inside others by chance."""

_LEGAL_FORM = re.compile(
    r"[,\s]+(?:ltd|limited|llc|llp|plc|inc|corp|corporation|co|company|gmbh|ag|kg|se|sa|s\.a\.|sas|srl|spa|bv|nv|ab|as|oy|"
    r"pty|pte|kk)\.?$",
    re.IGNORECASE,
)
_UMLAUTS = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "å": "aa", "Å": "Aa", "ø": "oe",
     "Ø": "Oe", "æ": "ae", "Æ": "Ae"}
)  # fmt: skip


class Needle(Struct, frozen=True):
    """A form of a secret.

    Attributes:
        intrusion: Whose it is.
        rule: What a finding is told as.
        form: The form of a text it is looked for in.
        core: What stands literally in every match; empty where nothing does.
        pattern: The match.
        slips: A name that is looked for with one error in it; the core is a half of it then.
    """

    intrusion: str
    rule: str
    form: str
    core: str
    pattern: re.Pattern[str]
    slips: str = ""


def needles(intrusion: str, name: str) -> Iterable[Needle]:
    """What is looked for of a secret, by its shape."""
    if special := list(_shaped(intrusion, name.strip())):
        yield from special
        return
    for spelling in dict.fromkeys((name, _without_legal_form(name), _transliterated(name), *_as_hosts(name))):
        yield from _needles_of(intrusion, spelling)


def _needles_of(intrusion: str, name: str) -> Iterable[Needle]:
    folded = fold(name).strip()
    letters = bare(folded)
    if not letters:
        return
    if len(letters) <= _SHORT:
        yield from _short(intrusion, plain(name).strip(), folded)
        return
    yield Needle(intrusion, "name", "folded", folded, re.compile(re.escape(folded)))
    yield Needle(intrusion, "name with its spaces or hyphens changed", "bare", letters, re.compile(letters))
    yield Needle(intrusion, "name reversed", "bare", letters[::-1], re.compile(letters[::-1]))
    yield from _veiled(intrusion, folded, letters)
    for spelling in {name, name.lower(), name.upper()}:
        for content in (spelling.encode(), spelling.encode("utf-16-le")):
            yield Needle(intrusion, "name in hex", "bare", content.hex(), re.compile(content.hex()))
            for core in _base64(content):
                yield Needle(intrusion, "name in base64", "raw", core, re.compile(re.escape(core)))


def _veiled(intrusion: str, folded: str, letters: str) -> Iterable[Needle]:
    """A name turned by thirteen places, with digits for letters, or with a slip of the pen."""
    yield Needle(intrusion, "name in rot13", "turned", letters, re.compile(letters))
    if len(letters) > _SHORT + 1 and (written := leet(folded)):
        yield Needle(intrusion, "name with digits for letters", "leet", written, re.compile(re.escape(written)))
    if len(letters) >= LEAST:
        for words in dict.fromkeys((spaced(folded).strip(), letters)):
            for half in halves(words):
                yield Needle(intrusion, "name with a slip of the pen", "spaced", half, re.compile(half), slips=words)


_PHONE = re.compile(r"\+?[\d\s().-]{7,22}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?")
_COUNT = re.compile(r"\d{1,3}(?:[,\u2009\u00a0 .]\d{3})+|\d{6,}")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


def _shaped(intrusion: str, text: str) -> Iterable[Needle]:
    """Secrets that are no names: their digits mean something, and letters around them nothing."""
    if account := accounts.account(text):
        yield Needle(intrusion, "account of a person", "folded", account, accounts.written(account))
        return
    with contextlib.suppress(ValueError):
        yield from _address(intrusion, ipaddress.ip_address(text))
        return
    if _MOMENT.fullmatch(text):
        yield from _moment(intrusion, datetime.fromisoformat(text.replace("Z", "+00:00")))
    elif _COUNT.fullmatch(text):
        digits = re.sub(r"\D", "", text)
        grouped = r"[,\u2009\u00a0\u202f .']?".join(re.findall(r"\d{1,3}(?=(?:\d{3})*$)", digits))
        yield Needle(intrusion, "number", "cased", "", re.compile(rf"(?<!\d){grouped}(?!\d)"))
    elif _PHONE.fullmatch(text) and len(digits := re.sub(r"\D", "", text)) >= 7:
        spread = r"[\s().\-/]{0,3}".join(digits)
        yield Needle(intrusion, "phone", "cased", "", re.compile(rf"(?<!\d){spread}(?!\d)"))
        yield Needle(intrusion, "phone reversed", "bare", digits[::-1], re.compile(digits[::-1]))


def _address(intrusion: str, address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> Iterable[Needle]:
    if isinstance(address, ipaddress.IPv6Address):
        for spelling in {address.compressed, address.exploded}:
            whole = rf"(?<![0-9a-f:]){re.escape(spelling)}(?![0-9a-f:])"
            yield Needle(intrusion, "address", "folded", spelling, re.compile(whole))
        return
    parts = str(address).split(".")
    dots = r"(?:\s?[\[({]?(?:\.|dot)[\])}]?\s?|-|_)"
    pattern = rf"(?<![\d.])0{{0,2}}{(dots + '0{0,2}').join(parts)}(?![\d])(?!\.\d)"
    yield Needle(intrusion, "address", "folded", "", re.compile(pattern))
    yield Needle(intrusion, "address backwards", "folded", ".".join(parts[::-1]), re.compile(
        rf"(?<![\d.]){re.escape('.'.join(parts[::-1]))}(?![\d])"))  # fmt: skip
    yield Needle(intrusion, "address in hex", "folded", f"{int(address):08x}", re.compile(
        rf"(?<![0-9a-f])(?:0x)?{int(address):08x}(?![0-9a-f])"))  # fmt: skip
    yield Needle(intrusion, "address as a number", "cased", str(int(address)), re.compile(
        rf"(?<!\d){int(address)}(?!\d)"))  # fmt: skip
    encoded = str(address).encode()
    for core in _base64(encoded):
        yield Needle(intrusion, "address in base64", "raw", core, re.compile(re.escape(core)))


def _moment(intrusion: str, at: datetime) -> Iterable[Needle]:
    """A moment to the minute, as logs and people write it."""
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    day, clock = f"{at:%Y-%m-%d}", f"{at:%H:%M}"
    named = f"{at.day}(?:st|nd|rd|th)?[ /-]{_MONTHS[at.month - 1]}[a-z]*[ ,/-]+{at.year}"
    turned = f"{_MONTHS[at.month - 1]}[a-z]*[ .-]+0?{at.day}[a-z]*,?[ -]+{at.year}"
    days = (day, f"{at:%Y/%m/%d}", f"{at:%Y%m%d}", f"{at:%d/%m/%Y}", f"{at:%m/%d/%Y}", f"{at:%d.%m.%Y}")
    dates = "|".join([*map(re.escape, days), named, turned])
    yield Needle(intrusion, "moment", "folded", "", re.compile(rf"(?:{dates})[t ,:at]{{1,5}}{clock}"))
    yield Needle(intrusion, "moment", "folded", "", re.compile(rf"(?<!\d){at:%Y%m%d}[t_-]?{at:%H%M}(?:\d\d)?(?!\d)"))
    seconds = str(int(at.timestamp()))
    within = seconds if at.second else rf"{seconds[:-2]}\d\d"
    yield Needle(intrusion, "moment in seconds", "cased", "", re.compile(rf"(?<!\d){within}(?:\.\d+|\d{{3}})?(?!\d)"))


def _base64(content: bytes) -> Iterable[str]:
    """The characters of Base64 that depend on the content alone, at each of the three offsets it may begin at."""
    for shift in range(3):
        inner = base64.b64encode(b"\0" * shift + content).decode().rstrip("=")
        core = inner[[0, 2, 3][shift] : len(inner) - (1 if (shift + len(content)) % 3 else 0)]
        if len(core) >= _SHORT:
            yield core


def _without_legal_form(name: str) -> str:
    """`Example Holdings Ltd` is as well known as `Example Holdings`."""
    return _LEGAL_FORM.sub("", name)


def _transliterated(name: str) -> str:
    """German umlauts as they are written where there are none."""
    return name.translate(_UMLAUTS)


def _as_hosts(name: str) -> Iterable[str]:
    """A name with letters outside ASCII as it stands in host names (IDNA)."""
    if name.isascii():
        return
    for text in (name, re.sub(r"\s+", "-", name), re.sub(r"\s+", "", name)):
        with contextlib.suppress(UnicodeError):
            yield ".".join(label.lower().encode("idna").decode() for label in text.split("."))


def _short(intrusion: str, name: str, folded: str) -> Iterable[Needle]:
    """A name of a few letters: as a whole word spelled as in the register, and in any case inside hosts and paths.

    In any case everywhere, a victim called IT would forbid the word "it".
    """
    text = re.escape(folded)
    if name != name.upper():
        yield Needle(intrusion, "name", "folded", folded, re.compile(rf"(?<![a-z0-9]){text}(?![a-z0-9])"))
        return
    whole = re.compile(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![A-Za-z0-9])")
    yield Needle(intrusion, "name", "cased", name, whole)
    inside = rf"(?<=[.@\\/_-]){text}(?![a-z0-9])|(?<![a-z0-9]){text}(?=[.@\\/_-][a-z0-9])"
    yield Needle(intrusion, "name inside a host or path", "folded", folded, re.compile(inside))
