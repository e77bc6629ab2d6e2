"""MISP attribute types and what they are here: one table, read in both directions.

Source: *MISP core format*, section 2.4.2.2 (types and categories).
"""

KINDS_OF: dict[str, tuple[str, ...]] = {
    "domain": ("domain-name",),
    "hostname": ("domain-name",),
    "ip-dst": ("ipv4-addr",),
    "ip-src": ("ipv4-addr",),
    "ip-dst|port": ("ipv4-addr", "port"),
    "ip-src|port": ("ipv4-addr", "port"),
    "hostname|port": ("domain-name", "port"),
    "domain|ip": ("domain-name", "ipv4-addr"),
    "url": ("url",),
    "link": ("x-misp:link",),
    "uri": ("url-path",),
    "port": ("port",),
    "AS": ("asn",),
    "email": ("email-addr",),
    "email-src": ("email-addr",),
    "email-dst": ("email-addr",),
    "email-reply-to": ("email-addr",),
    "email-subject": ("email-subject",),
    "email-attachment": ("file-name",),
    "user-agent": ("user-agent",),
    "ja3-fingerprint-md5": ("ja3",),
    "jarm-fingerprint": ("http-fingerprint",),
    "md5": ("md5",),
    "sha1": ("sha1",),
    "sha256": ("sha256",),
    "sha512": ("sha512",),
    "imphash": ("imphash",),
    "tlsh": ("tlsh",),
    "ssdeep": ("ssdeep",),
    "filename": ("file-name",),
    "filename|md5": ("file-name", "md5"),
    "filename|sha1": ("file-name", "sha1"),
    "filename|sha256": ("file-name", "sha256"),
    "filename|sha512": ("file-name", "sha512"),
    "filename|imphash": ("file-name", "imphash"),
    "filename|tlsh": ("file-name", "tlsh"),
    "filename|ssdeep": ("file-name", "ssdeep"),
    "malware-sample": ("file-name", "md5"),
    "size-in-bytes": ("file-size",),
    "pdb": ("pdb-path",),
    "mutex": ("mutex",),
    "named pipe": ("pipe",),
    "regkey": ("registry-key",),
    "regkey|value": ("registry-key", "text"),
    "windows-service-name": ("service",),
    "x509-fingerprint-sha1": ("x509-sha1",),
    "x509-fingerprint-sha256": ("x509-sha256",),
    "vulnerability": ("vulnerability",),
    "whois-registrant-name": ("registrant-name",),
    "whois-registrant-org": ("registrant-org",),
    "whois-registrant-email": ("registrant-email",),
    "whois-registrant-phone": ("registrant-phone",),
    "dns-soa-email": ("registrant-email",),
    "pattern-in-file": ("text",),
    "pattern-in-memory": ("text",),
    "pattern-in-traffic": ("text",),
}
"""Type to the kinds of its parts, which a bar divides. Types that are not here become `x-misp:<type>`."""

PATTERNS: dict[str, str] = {
    "yara": "yara",
    "sigma": "sigma",
    "snort": "snort",
    "suricata": "suricata",
    "zeek": "zeek",
    "bro": "zeek",
    "stix2-pattern": "stix",
    "kusto-query": "kusto",
    "gene": "gene",
}
"""Type to the language of the expression it holds."""

TYPE_OF: dict[str, str] = {
    kinds[0]: type
    for type, kinds in reversed(KINDS_OF.items())
    if len(kinds) == 1 and type not in ("link", "dns-soa-email", "email-attachment")
} | {
    "ipv6-addr": "ip-dst",
    "network": "ip-dst",
    "ip-port": "ip-dst|port",
    "email-addr": "email-src",
    "command-line": "text",
    "persona": "text",
}
"""Kind to the type that is written for it."""

CATEGORY: dict[str, str] = {
    **dict.fromkeys(
        ["domain", "hostname", "ip-dst", "ip-src", "ip-dst|port", "url", "uri", "port", "AS", "user-agent",
         "ja3-fingerprint-md5", "jarm-fingerprint", "x509-fingerprint-sha1", "x509-fingerprint-sha256", "snort",
         "suricata", "zeek", "stix2-pattern"],
        "Network activity",
    ),
    **dict.fromkeys(["email-src", "email-subject"], "Payload delivery"),
    **dict.fromkeys(
        ["md5", "sha1", "sha256", "sha512", "imphash", "tlsh", "ssdeep", "filename", "pdb", "mutex", "named pipe",
         "windows-service-name"],
        "Artifacts dropped",
    ),
    "regkey": "Persistence mechanism",
    "vulnerability": "External analysis",
    "pattern-in-file": "Payload installation",
    "yara": "Payload installation",
    "sigma": "Payload installation",
    **dict.fromkeys(
        ["whois-registrant-name", "whois-registrant-org", "whois-registrant-email", "whois-registrant-phone"],
        "Attribution",
    ),
}  # fmt: skip
"""Type to the category it is written under; `Other` for the rest."""


def parts_of(type: str, value: str) -> list[tuple[str, str]]:
    """Kind and value of each part; nothing when a part is missing, the unknown type as `x-misp:<type>`.

    >>> parts_of("ip-dst|port", "192.0.2.7|443")
    [('ip-port', '192.0.2.7:443'), ('ipv4-addr', '192.0.2.7')]
    """
    kinds = KINDS_OF.get(type, (f"x-misp:{type}",))
    if len(kinds) == 1:
        return [(_address_kind(kinds[0], value), value)]
    left, bar, right = value.partition("|") if "|" in value else value.rpartition(":")
    if not (bar and left.strip() and right.strip()):
        return []
    if kinds == ("ipv4-addr", "port"):
        kind = _address_kind("ipv4-addr", left)
        joined = f"[{left}]:{right}" if kind == "ipv6-addr" and not left.startswith("[") else f"{left}:{right}"
        return [("ip-port", joined), (kind, left)]
    return [(_address_kind(kind, part), part) for kind, part in zip(kinds, (left, right), strict=True)]


def _address_kind(kind: str, value: str) -> str:
    if kind != "ipv4-addr":
        return kind
    if "/" in value:
        return "network"
    return "ipv6-addr" if ":" in value else kind
