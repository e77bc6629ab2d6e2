"""Indicators as they are printed: nobody clicks them by accident."""

import re

_NETWORK = ("domain-name", "ipv4-addr", "network", "ip-port")


def defang(kind: str, value: str) -> str:
    """A value made harmless to click.

    >>> defang("url", "http://news.example/a.b")
    'hxxp://news[.]example/a.b'
    """
    if kind == "url":
        scheme, _, rest = value.partition("://")
        host, slash, path = rest.partition("/")
        return f"{re.sub('^http', 'hxxp', scheme)}://{host.replace('.', '[.]')}{slash}{path}"
    if kind in ("email-addr", "registrant-email"):
        return value.replace("@", "[@]").replace(".", "[.]")
    return value.replace(".", "[.]") if kind in _NETWORK else value
