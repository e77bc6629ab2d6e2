"""Host names: canonical spelling and the public suffix list (publicsuffix.org, as packed by publicsuffixlist)."""

import re
from functools import cache

from publicsuffixlist import PublicSuffixList

_HOST = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
)
_RESERVED = frozenset({"onion", "i2p", "bit", "example", "test", "invalid"})
_LONGEST = 1_000
"""Characters of a name before its canonical spelling; DNS has 253."""

_DOTS = str.maketrans("。．｡", "...")


def host(text: str) -> str:
    """A host name in lower case, without its last dot, IDN as A-labels.

    Raises:
        ValueError: No host name (RFC 1123 letters, digits and hyphens; underscores are allowed since malware uses
            them).
    """
    if len(text) > _LONGEST:
        raise ValueError("not a host name")
    name = text if text.isascii() else text.translate(_DOTS)
    name = name.strip().lower().rstrip(".").removeprefix("*.")
    if not name.isascii():
        try:
            name = ".".join(
                label.encode("idna").decode() if not label.isascii() else label for label in name.split(".")
            )
        except UnicodeError:
            raise ValueError("an international name that has no ASCII form") from None
    if not _HOST.fullmatch(name):
        raise ValueError("not a host name")
    return name


@cache
def _suffixes() -> PublicSuffixList:
    return PublicSuffixList()


@cache
def _top_level() -> frozenset[str]:
    """The top-level domains there are, those outside the DNS and those reserved for examples (RFC 2606) included."""
    return _RESERVED | frozenset(
        suffix.rpartition(".")[2] for suffix in _suffixes()._publicsuffix if suffix.rpartition(".")[2]
    )


def has_known_suffix(name: str) -> bool:
    """Whether a host name ends in a top-level domain that exists, given as A-label or in its own script."""
    last = name.rpartition(".")[2].lower()
    if not last.isascii():
        try:
            last = host(last)
        except ValueError:
            return False
    return last in _top_level()


def registered_domain(name: str) -> str | None:
    """The registrable part of a host name, private suffixes such as dynamic-DNS parents respected.

    >>> registered_domain("a.b.co.uk"), registered_domain("x.dyndns.org")
    ('b.co.uk', 'x.dyndns.org')
    """
    if name.rpartition(".")[2].isdigit():
        return None
    found = _suffixes().privatesuffix(name)
    return str(found) if found else None


def public_suffix(name: str) -> str | None:
    """The suffix under which a host name is registered, private ones (dynamic DNS, hosting) included.

    >>> public_suffix("a.b.co.uk"), public_suffix("x.dyndns.org")
    ('co.uk', 'dyndns.org')
    """
    found = _suffixes().publicsuffix(name)
    return str(found) if found else None
