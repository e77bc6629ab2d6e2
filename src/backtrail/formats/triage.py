"""What somebody found out about a malware sample: triage records, VirusTotal file reports, CAPE sandbox reports.

All of it is a finding: an analyst or a sandbox says that this file is malware and what it is made of. Hosts of its
*configuration* are its command and control; hosts that a sandbox merely saw it talk to are given without a role, since
malware asks harmless hosts too. Shapes: our own flat record, VirusTotal API v3 `file` objects, CAPE v2 `report.json`.

Flat: `{"md5", "sha1", "sha256", "size", "compile_time", "imphash", "pdb_path", "family", "mutexes", "strings",
"file_name", "language", "config": {"hosts", "urls", "password", "campaign", "key"}, "certificate": {"serial",
"sha1"}}`.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from backtrail.formats.kit.documents import documents
from backtrail.formats.kit.format import Format
from backtrail.model.record import Native, Record, Seen
from backtrail.model.telemetry import spelled

_MOST = 500
"""Members of one list that are taken."""

_LONGEST = 1_000
"""Characters of a string that is still a finding."""

_DIGESTS = ("md5", "sha1", "sha256", "sha512", "imphash", "tlsh", "ssdeep")
_HASHED = re.compile(rb'"(?:md5|sha1|sha256)"\s*:\s*"[0-9a-fA-F]{32,64}"')
_MARKS = (
    b'"compile_time"', b'"config"', b'"mutexes"', b'"pdb_path"', b'"imphash"', b'"tool"',
    b'"last_analysis_stats"', b'"last_analysis_results"', b'"CAPE"', b'"behavior"', b'"malfamily"',
)  # fmt: skip
_HOST_PORT = re.compile(r"^(?:[a-z][a-z0-9+.-]*://)?(\[[0-9a-fA-F:]+\]|[^/\s:]+)(?::(\d{1,5}))?(/.*)?$", re.I)


def sniff(head: bytes, name: str) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return (
        start[:1] in (b"{", b"[")
        and bool(_HASHED.search(head) or b'"CAPE"' in head)
        and any(mark in head for mark in _MARKS)
        and b'"objects"' not in start[:400]
        and not (b'"winlog"' in head or b'"EventID"' in head or b'"Event"' in start[:60] or b'"kind"' in start[:60])
    )


def read(stream: BinaryIO) -> Iterator[Record]:
    for number, document in documents(stream):
        if isinstance(document, Record):
            yield document
            continue
        seen = tuple(_seen(document))
        if seen:
            native = Native(format="triage", content=document)
            yield Record(where=f"record {number}", seen=seen, native=native)
        else:
            yield Record(where=f"record {number}", problem="a triage record without a digest or a configuration")


def _seen(document: dict[str, Any]) -> Iterator[Seen]:
    data = document.get("data")
    if isinstance(data, dict) and isinstance(data.get("attributes"), dict):
        yield from _virustotal(data["attributes"])
    elif isinstance(document.get("attributes"), dict):
        yield from _virustotal(document["attributes"])
    elif isinstance(document.get("target"), dict) or "CAPE" in document:
        yield from _cape(document)
    else:
        yield from _flat(document)


def _text(value: Any, kind: str, role: str | None = None) -> Iterator[Seen]:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and value.strip() and len(value) <= _LONGEST:
        yield Seen(kind=kind, value=value, role=role)


def _listed(value: Any) -> list[Any]:
    return value[:_MOST] if isinstance(value, list) else [] if value is None else [value]


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _flat(record: dict[str, Any]) -> Iterator[Seen]:
    """Our own shape; any key may be missing."""
    for name in _DIGESTS:
        yield from _text(record.get(name), name, "tool")
    for name, kind in _NAMED.items():
        for value in _listed(record.get(name)):
            yield from _text(value, kind, "tool" if kind in ("file-name", "file-path") else None)
    certificate = _dict(record.get("certificate"))
    for name, kind in (
        ("serial", "x509-serial"), ("sha1", "x509-sha1"), ("sha256", "x509-sha256"),
        ("subject", "x509-subject"), ("issuer", "x509-issuer"),
    ):  # fmt: skip
        yield from _text(certificate.get(name), kind)
    yield from _configuration(_dict(record.get("config")))


_NAMED = {
    "file_name": "file-name", "names": "file-name", "path": "file-path", "size": "file-size",
    "compile_time": "compile-time", "pdb_path": "pdb-path", "family": "software", "mutexes": "mutex", "mutex": "mutex",
    "pipes": "pipe", "services": "service", "exports": "pe-export", "registry": "registry-key", "strings": "text",
    "user_agents": "user-agent", "user_agent": "user-agent", "language": "x-triage:language",
}  # fmt: skip


def _configuration(config: dict[str, Any]) -> Iterator[Seen]:
    """What is built into a sample: command and control, and the operator's own secrets."""
    for name in ("hosts", "host", "c2", "C2", "domains", "addresses", "urls", "url"):
        for value in _listed(config.get(name)):
            if isinstance(value, str):
                yield from _place(value)
    for name, kind in (("mutex", "mutex"), ("mutexes", "mutex"), ("user_agent", "user-agent"), ("service", "service")):
        for value in _listed(config.get(name)):
            yield from _text(value, kind)
    for name in ("password", "campaign", "key"):
        for value in _listed(config.get(name)):
            yield from _text(value, "config-secret")


def _place(text: str, role: str | None = "c2") -> Iterator[Seen]:
    """A host, `host:port`, or URL of a configuration: the host, and the URL or port where there is one."""
    found = _HOST_PORT.match(text.strip())
    if not found:
        yield from _text(text, "text")
        return
    host, port, path = found[1].strip("[]"), found[2], found[3]
    address = ":" in host or host.replace(".", "").isdigit()
    yield Seen(kind="ipv4-addr" if address else "domain-name", value=host, role=role)
    if address and port and 0 < int(port) < 65536:
        yield Seen(kind="ip-port", value=f"[{host}]:{port}" if ":" in host else f"{host}:{port}", role=role)
    if path and path != "/":
        yield Seen(kind="url", value=text.strip(), role=role)


def _virustotal(report: dict[str, Any]) -> Iterator[Seen]:
    for name, kind in (("md5", "md5"), ("sha1", "sha1"), ("sha256", "sha256"), ("ssdeep", "ssdeep"), ("tlsh", "tlsh")):
        yield from _text(report.get(name), kind, "tool")
    for value in _listed(report.get("names")):
        yield from _text(value, "file-name", "tool")
    yield from _text(report.get("size"), "file-size")
    pe = _dict(report.get("pe_info"))
    yield from _text(pe.get("imphash"), "imphash")
    if isinstance(stamp := report.get("creation_date"), int):
        yield from _stamp(stamp)
    for value in _listed(pe.get("debug")):
        yield from _text(_dict(_dict(value).get("codeview")).get("name"), "pdb-path")
    label = _dict(report.get("popular_threat_classification")).get("suggested_threat_label")
    yield from _text(label, "x-triage:label")
    for config in _listed(report.get("malware_config")):
        for family in _listed(_dict(config).get("families")):
            yield from _text(_dict(family).get("family"), "software")
            for one in _listed(_dict(family).get("configs")):
                yield from _configuration({"urls": [_dict(u).get("url") for u in _listed(_dict(one).get("urls"))]})


def _stamp(seconds: int) -> Iterator[Seen]:
    if moment := spelled(float(max(seconds, 0))):
        yield Seen(kind="compile-time", value=moment)


def _cape(report: dict[str, Any]) -> Iterator[Seen]:
    file = _dict(_dict(report.get("target")).get("file"))
    for name in ("md5", "sha1", "sha256", "sha512", "ssdeep", "tlsh"):
        yield from _text(file.get(name), name, "tool")
    yield from _text(file.get("name"), "file-name", "tool")
    yield from _text(file.get("size"), "file-size")
    pe = _dict(file.get("pe"))
    yield from _text(pe.get("imphash"), "imphash")
    yield from _text(pe.get("pdbpath"), "pdb-path")
    if isinstance(stamp := pe.get("timestamp"), str):
        yield Seen(kind="compile-time", value=stamp)
    yield from _text(report.get("malfamily"), "software")
    yield from _cape_configurations(report)
    summary = _dict(_dict(report.get("behavior")).get("summary"))
    for value in _listed(summary.get("mutexes")):
        yield from _text(value, "mutex")
    for value in _listed(summary.get("created_services")):
        yield from _text(value, "service")
    network = _dict(report.get("network"))
    for host in _listed(network.get("domains")):
        yield from _text(_dict(host).get("domain"), "domain-name")
    for host in _listed(network.get("hosts")):
        yield from _text(host if isinstance(host, str) else _dict(host).get("ip"), "ipv4-addr")


def _cape_configurations(report: dict[str, Any]) -> Iterator[Seen]:
    for config in _listed(_dict(report.get("CAPE")).get("configs")):
        for family, values in _dict(config).items():
            yield from _text(family, "software")
            places = [place for some in _dict(values).values() for place in _listed(some)]
            for place in places:
                if isinstance(place, str) and "." in place and _HOST_PORT.match(place):
                    yield from _place(place)


FORMAT = Format(
    name="triage", title="Malware triage", media_type="application/json", suffix=".json", sniff=sniff, read=read
)
