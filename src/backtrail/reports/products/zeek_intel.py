"""Input of Zeek's intelligence framework: tab-separated lines under `#fields` (Zeek manual, Intelligence Framework)."""

from collections.abc import Iterator

from backtrail.reports.products.material import Material, line

_TYPES = {
    "domain-name": "DOMAIN", "ipv4-addr": "ADDR", "ipv6-addr": "ADDR", "network": "SUBNET", "url": "URL",
    "email-addr": "EMAIL", "md5": "FILE_HASH", "sha1": "FILE_HASH", "sha256": "FILE_HASH", "user-agent": "SOFTWARE",
    "file-name": "FILE_NAME", "x509-sha1": "CERT_HASH",
}  # fmt: skip
KINDS = frozenset(_TYPES)
_FIELDS = ("indicator", "indicator_type", "meta.source", "meta.desc", "meta.do_notice")


def write(material: Material) -> Iterator[bytes]:
    """A URL stands without its scheme, as Zeek compares it; a value with a tab or line break cannot be said."""
    yield ("#fields\t" + "\t".join(_FIELDS) + "\n").encode()
    for one in material.of(*_TYPES):
        value = one.value.partition("://")[2] if one.kind == "url" else one.value
        if not value.isprintable() or not value or value.startswith("#"):
            continue
        about = f"{material.id('zeek', one.kind, one.value)[:8]} {material.provenance(one)}".strip()
        notice = "T" if one.action in ("alert", "block") else "F"
        cells = (value, f"Intel::{_TYPES[one.kind]}", f"Backtrail {line(material.heading.id)}", about, notice)
        yield ("\t".join(cells) + "\n").encode()
