"""The kinds of things that can be observed: STIX 2.1 cyber-observable names where STIX has one.

A reader that meets something outside this table keeps it under `x-<format>:<its own name>`: it stays searchable
and in its place, carries no weight, and no comparison looks at it.
"""

import re

KINDS: dict[str, str] = {
    "domain-name": "host name, lower case, no trailing dot, IDN as A-label",
    "ipv4-addr": "IPv4 address, dotted quad",
    "ipv6-addr": "IPv6 address, RFC 5952 spelling",
    "network": "address range in CIDR notation",
    "ip-port": "address and port, `192.0.2.1:443` or `[2001:db8::1]:443`",
    "port": "TCP or UDP port number",
    "asn": "autonomous system number, digits only",
    "url": "URL; scheme and host lower case, `http://` where the source gave none",
    "url-path": "path of a URL, with its query",
    "email-addr": "mail address, lower case",
    "email-subject": "subject line of a mail",
    "user-agent": "HTTP User-Agent header",
    "http-fingerprint": "fingerprint of a web server's answer",
    "ja3": "JA3 fingerprint of a TLS client",
    "ja4": "JA4 fingerprint of a TLS client",
    "md5": "MD5 of a file",
    "sha1": "SHA-1 of a file",
    "sha256": "SHA-256 of a file",
    "sha512": "SHA-512 of a file",
    "imphash": "MD5 of a PE import table",
    "tlsh": "TLSH locality-sensitive hash",
    "ssdeep": "ssdeep fuzzy hash",
    "file-name": "name of a file",
    "file-path": "path of a file or folder",
    "file-size": "size of a file in bytes",
    "pdb-path": "debug path inside a PE file",
    "compile-time": "PE time stamp, UTC",
    "pe-export": "name of a function that a PE file exports",
    "mutex": "mutex or named handle",
    "pipe": "named pipe",
    "registry-key": "Windows registry key or value",
    "service": "name of a Windows service",
    "command-line": "command line of a process",
    "text": "string found in a file, in memory or on the wire",
    "x509-serial": "certificate serial number, lower-case hex",
    "x509-sha1": "SHA-1 of a certificate",
    "x509-sha256": "SHA-256 of a certificate",
    "x509-subject": "subject of a certificate",
    "x509-issuer": "issuer of a certificate",
    "vulnerability": "CVE id",
    "technique": "ATT&CK technique id",
    "software": "malware family or tool, in capitals, or its ATT&CK id",
    "registrant-name": "name in a domain registration",
    "registrant-org": "organisation in a domain registration",
    "registrant-email": "mail address in a domain registration",
    "registrant-phone": "telephone number in a domain registration",
    "registrant-address": "street, city or country in a domain registration",
    "registrar": "company that registered a domain",
    "name-server": "host name of a name server",
    "persona": "handle of an operator",
    "keyboard-layout": "keyboard layout, Windows LCID in hex or its name",
    "config-secret": "password, key or campaign name in the configuration of a malware sample",
    "archive-password": "password of an archive that the operator made",
}

ADDRESSES = ("ipv4-addr", "ipv6-addr")
"""Kinds of addresses."""

ROLES: dict[str, str] = {
    "c2": "commands the implants; the adversary's server",
    "hop": "relays the operator's connections",
    "origin": "where the operator's connections come from",
    "delivery": "brought the malware in: mail sender, lure site, dropper",
    "exfil": "took stolen data",
    "login-source": "address an operator logged in from",
    "registration": "named in a registration of infrastructure",
    "tool": "file or program the operator used",
    "sinkhole": "held by defenders",
    "lead": "shared by telemetry of several victims, and taken for the adversary's by an analyst",
    "victim-asset": "belongs to the victim; never leaves the case",
}


def is_kind(name: str) -> bool:
    """Whether a name is a kind of this table or a well-formed `x-format:name` of a reader."""
    return name in KINDS or (name.startswith("x-") and ":" in name)


def host_of(kind: str, value: str) -> str | None:
    """The host name or address that a canonical value is at; None for a value that is at none.

    >>> host_of("url", "http://u@news.example:8080/a"), host_of("ip-port", "[2001:db8::1]:443"), host_of("md5", "x")
    ('news.example', '2001:db8::1', None)
    """
    match kind:
        case "domain-name" | "ipv4-addr" | "ipv6-addr":
            return value
        case "email-addr" | "registrant-email":
            return value.rpartition("@")[2]
        case "url":
            return _without_port(re.split(r"[/?#]", value.partition("://")[2], maxsplit=1)[0].rpartition("@")[2])
        case "ip-port":
            return _without_port(value)
    return None


def looked_for(kind: str, value: str) -> tuple[str, str]:
    """What logs show of a value: of an address with a port, the address."""
    if kind == "ip-port" and (host := host_of(kind, value)):
        return ("ipv6-addr" if ":" in host else "ipv4-addr", host)
    return kind, value


def _without_port(place: str) -> str:
    return place[1:].partition("]")[0] if place.startswith("[") else place.partition(":")[0]


OFFICES = frozenset(
    {"administrator", "admin", "guest", "user", "root", "test", "support", "service", "system", "default", "backup",
     "webmaster", "hostmaster", "postmaster", "info", "domain", "domains", "abuse", "sales", "mail", "contact", "home"}
)  # fmt: skip
"""Accounts and mailboxes that stand for an office and no person."""
