"""Indicators as they are printed: nobody clicks them by accident."""

import re

_NETWORK = ("domain-name", "ipv4-addr", "network", "ip-port")


def defang(kind: str, value: str) -> str:
    """A value made harmless to click.

    >>> defang("url", "http://news.example/a.b")
    'hxxp://news[.]example/a.b'
    >>> defang("command-line", "certutil -urlcache http://news.example/a")
    'certutil -urlcache hxxp://news.example/a'
    """
    if kind == "url":
        scheme, _, rest = value.partition("://")
        host, slash, path = rest.partition("/")
        return f"{re.sub('^http', 'hxxp', scheme)}://{host.replace('.', '[.]')}{slash}{path}"
    if kind in ("email-addr", "registrant-email"):
        return value.replace("@", "[@]").replace(".", "[.]")
    if kind in _NETWORK:
        return value.replace(".", "[.]")
    return re.sub(r"\bhttp(s?)://", r"hxxp\1://", value, flags=re.IGNORECASE)


_ADDRESS = re.compile(
    r"(?<![\w.])(?:\d{1,3}(?:\.\d{1,3}){3}|[\w.+-]*@?(?:[a-z0-9-]+\.)+[a-z]{2,})(?![\w])", re.IGNORECASE
)


def defanged(cell: str) -> str:
    """A cell in which addresses, names and mailboxes cannot be clicked.

    >>> defanged("registration of a.example; account on 203.0.113.9")
    'registration of a[.]example; account on 203[.]0[.]113[.]9'
    """
    return _ADDRESS.sub(lambda found: defang("email-addr" if "@" in found[0] else "domain-name", found[0]), cell)
