"""What the register does not know: names that look like organisations', hosts of inner networks, persons, credentials.

A heuristic, so it blocks until somebody decides; what the product is about - the adversary's indicators and personas -
is known and passes.
"""

import re
from collections.abc import Callable, Iterable, Iterator

from backtrail.reports.gate.check import Finding

_NOBODY = "nobody of the register"

_WORD = r"[A-ZÀ-Þ][\w&'’-]+"
_ORGANISATION = re.compile(
    rf"\b(?:{_WORD} ){{1,4}}(?:Ltd|Limited|LLC|LLP|PLC|Plc|Inc|Corp|Corporation|GmbH|AG|KG|S\.A\.|SAS|S\.r\.l|SpA|"
    rf"B\.V\.|N\.V\.|Pty|"
    rf"Holdings|Hospital|University|Institute|Ministry|Bank|Foundation)\b\.?|"
    rf"\b(?:University|Ministry|Department|Bank|Institute|"
    rf"Hospital) of (?:the )?{_WORD}(?: (?:and )?{_WORD}){{0,3}}"
)
_MAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}\[?@\]?(?:[\w-]+(?:\.|\[\.\]))+[a-zA-Z]{2,24}\b")
_PHONE = re.compile(r"(?<![\w.:/-])\+\d[\d\s().-]{7,18}\d(?![\w.-])")
_INNER = re.compile(
    r"(?i)(?<![\w.-])[a-z0-9][\w-]*(?:\.[\w-]+)*\.(?:local|lan|corp|intranet|internal|intern|home\.arpa)\b(?!\.)"
)
_SHARE = re.compile(r"\\\\[\w.-]{2,}\\[\w$.-]+")
_HOME = re.compile(
    r"(?i)(?:[a-z]:\\(?:users|documents and settings)\\|/home/|/users/)"
    r"(?!all users|public|default|user\b|administrator)[\w.-]{3,}"
)
_PRIVATE = re.compile(
    r"(?<![\d.])(?:10(?:\.\d{1,3}){3}|192\.168(?:\.\d{1,3}){2}|172\.(?:1[6-9]|2\d|3[01])(?:\.\d{1,3}){2})(?![\d/]|\.\d)"
)
_KEY = re.compile(
    r"-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_[A-Za-z0-9]{36}\b|"
    r"\beyJ[\w-]{10,}\.eyJ[\w-]{10,}\."
)

RULES: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("looks like an organisation", _ORGANISATION, "pseudonymise it, or say with --allow that it is no victim"),
    ("mail address of a person", _MAIL, "withhold it, or say with --allow that it is the adversary's"),
    ("phone number", _PHONE, "withhold it, or say with --allow that it is the adversary's"),
    ("host of an inner network", _INNER, "withhold it"),
    ("share of an inner network", _SHARE, "withhold it"),
    ("home of a user", _HOME, "put ‹user› in its place"),
    ("address of an inner network", _PRIVATE, "withhold it"),
    ("key or token", _KEY, "withhold it"),
)


def screened(texts: Iterable[tuple[str, str]], known: Callable[[str], bool]) -> Iterator[Finding]:
    """What looks like a victim, a person or a credential, each value once in each file.

    Args:
        texts: Where each stands, and the text.
        known: Whether a value is the adversary's, or was decided to be nobody's.
    """
    for place, text in texts:
        for rule, pattern, fix in RULES:
            seen: set[str] = set()
            for match in pattern.finditer(text):
                if match[0] not in seen and not known(match[0]):
                    seen.add(match[0])
                    yield Finding(place, match.start(), rule, _NOBODY, fix, match[0])
