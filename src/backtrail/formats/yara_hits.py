"""YARA hits as `yara-x` prints them (`yr scan --output-format ndjson` or `json`): a file, and the rules it matches.

A match says that the file is what the rule looks for: its digest and name are findings, and the family where the
rule says one in its `meta`. The rule's own name is kept beside them; it is a name of somebody's and links nothing.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO

from backtrail.formats.kit.documents import documents
from backtrail.formats.kit.format import Format
from backtrail.model.record import Record, Seen

_MOST = 200
_FAMILY = ("family", "malware_family", "malware", "mal_family")


def sniff(head: bytes, name: str) -> bool:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    return (
        start[:1] in (b"{", b"[")
        and b'"rules"' in head
        and b'"identifier"' in head
        and (b'"path"' in head or b'"file"' in head or b'"matches"' in head)
    )


def read(stream: BinaryIO) -> Iterator[Record]:
    for number, document in documents(stream):
        if isinstance(document, Record):
            yield document
            continue
        files = document.get("matches")
        if isinstance(files, list):  # one object for all files: `--output-format json`
            for at, file in enumerate(files, 1):
                yield _record(f"record {number}.{at}", file)
        else:
            yield _record(f"record {number}", document)


def _record(where: str, hit: Any) -> Record:
    rules = hit.get("rules") if isinstance(hit, dict) else None
    if not isinstance(rules, list) and isinstance(hit, dict) and isinstance(hit.get("rule"), str):
        rules = [{"identifier": hit["rule"], "meta": hit.get("meta")}]
    if not isinstance(rules, list):
        return Record(where=where, problem="no YARA hit: an object with a list of rules is needed")
    seen = [*_file(hit), *(s for rule in rules[:_MOST] if isinstance(rule, dict) for s in _rule(rule))]
    return Record(where=where, seen=tuple(seen)) if seen else Record(where=where, problem="a hit without file or rule")


def _file(hit: dict[str, Any]) -> Iterator[Seen]:
    for name in ("md5", "sha1", "sha256"):
        if isinstance(value := hit.get(name), str) and value:
            yield Seen(kind=name, value=value, role="tool")
    path = hit.get("path") or hit.get("file")
    if isinstance(path, str) and path.strip():
        yield Seen(kind="file-path", value=path, role="tool")


def _rule(rule: dict[str, Any]) -> Iterator[Seen]:
    if isinstance(name := rule.get("identifier"), str) and name.strip():
        yield Seen(kind="x-yara:rule", value=name)
    meta = rule.get("meta")
    pairs = (
        dict(p for p in meta if isinstance(p, list) and len(p) == 2 and isinstance(p[0], str))
        if isinstance(meta, list)
        else meta
        if isinstance(meta, dict)
        else {}
    )
    for key in _FAMILY:
        if isinstance(family := pairs.get(key), str) and family.strip():
            yield Seen(kind="software", value=family)


FORMAT = Format(
    name="yara_hits", title="YARA hits", media_type="application/x-ndjson", suffix=".jsonl", sniff=sniff, read=read
)
