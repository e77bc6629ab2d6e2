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
