"""OpenIOC 1.0 (Mandiant, 2010) and 1.1: terms as observations, the AND/OR tree kept whole.

Only a term that says `is` shows a value; what a file should `contain` is a text to look for, and what it should not
be shows nothing. Entities and document types are refused: an indicator needs neither, an attack does.

References:
    - http://schemas.mandiant.com/2010/ioc, http://openioc.org/schemas/OpenIOC_1.1
"""

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO
from uuid import UUID, uuid5
from xml.etree import ElementTree as ET
from xml.parsers import expat

import msgspec
from msgspec import Struct

from backtrail.formats.kit.format import Format
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.kinds import KINDS
from backtrail.model.record import Claimed, Heading, Native, Pattern, Record, Seen

MAX_SIZE = 64 << 20
MAX_DEPTH = 64

_NAMESPACE = UUID("f6f6f0a4-9a83-4d0c-9e0b-5a0a6d6d2a11")
_VERSION_11 = "http://openioc.org/schemas/OpenIOC_1.1"
_OURS = "Backtrail/"

_KINDS = {
    "FileItem/Md5sum": "md5",
    "FileItem/Sha1sum": "sha1",
    "FileItem/Sha256sum": "sha256",
    "FileItem/FileName": "file-name",
    "FileItem/FullPath": "file-path",
    "FileItem/FilePath": "file-path",
    "FileItem/SizeInBytes": "file-size",
    "FileItem/PEInfo/Exports/ExportedFunctions/string": "pe-export",
    "FileItem/PEInfo/PETimeStamp": "compile-time",
    "FileItem/PEInfo/ImpHash": "imphash",
    "FileItem/PEInfo/PDBPath": "pdb-path",
    "FileItem/StringList/string": "text",
    "RegistryItem/Path": "registry-key",
    "RegistryItem/KeyPath": "registry-key",
    "ServiceItem/name": "service",
    "ProcessItem/HandleList/Handle/Name": "mutex",
    "ProcessItem/arguments": "command-line",
    "Network/DNS": "domain-name",
    "DnsEntryItem/Host": "domain-name",
    "DnsEntryItem/RecordName": "domain-name",
    "Network/URI": "url-path",
    "Network/UserAgent": "user-agent",
    "UrlHistoryItem/URL": "url",
    "PortItem/remoteIP": "ipv4-addr",
    "PortItem/remotePort": "port",
    "RouteEntryItem/Destination": "ipv4-addr",
    "Email/From": "email-addr",
    "Email/Subject": "email-subject",
    "FileItem/PEInfo/DigitalSignature/CertificateSubject": "x509-subject",
    "FileItem/PEInfo/DigitalSignature/CertificateIssuer": "x509-issuer",
}
KIND_OF_SEARCH = dict(_KINDS)
"""Search term to kind, for those who evaluate the tree."""

_SEARCH = {kind: search for search, kind in reversed(_KINDS.items())}
_TYPES = {"md5": "md5", "sha1": "sha1", "sha256": "sha256", "compile-time": "date", "file-size": "int",
          "ipv4-addr": "IP", "ipv6-addr": "IP", "port": "int"}  # fmt: skip
_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


_IN_TREE = Native(format="openioc", content={})
"""Marks a term that stands in the tree which the last record of its file carries whole."""


class Term(Struct, frozen=True):
    """One term of an indicator."""

    condition: str
    search: str
    document: str
    type: str
    value: str
    negate: bool = False
    id: str = ""
    preserve_case: bool = False


class Branch(Struct, frozen=True):
    """Terms and branches joined by AND or OR."""

    operator: str
    children: list["Branch | Term"]
    id: str = ""


def sniff(head: bytes, name: str) -> bool:
    start = head[:4096].replace(b"\0", b"")
    return b"<ioc" in start or (b"<OpenIOC" in start and b"openioc" in start.lower())


def read(stream: BinaryIO) -> Iterator[Record]:
    root = _parse(stream)
    branches = [_branch(node) for node in _top(root)]
    number = 0
    for branch in branches:
        for term in _terms(branch):
            number += 1
            yield _record(term, f"record {number}{' ' + term.id if term.id else ''}")
    yield _definition(root, branches)


def _parse(stream: BinaryIO) -> ET.Element:
    """The document as a tree, with bounds that hold while it grows."""
    builder = ET.TreeBuilder()
    parser = expat.ParserCreate(namespace_separator=None)
    depth = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        if depth > MAX_DEPTH:
            raise LimitError(f"nested more than {MAX_DEPTH} deep", where=f"line {parser.CurrentLineNumber}")
        builder.start(
            _local(tag),
            {_local(name): value for name, value in attributes.items() if name != "xmlns"}
            | ({"xmlns": attributes["xmlns"]} if "xmlns" in attributes else {}),
        )

    def end(tag: str) -> None:
        nonlocal depth
        depth -= 1
        builder.end(_local(tag))

    def refused(*_: object) -> None:
        raise FormatError(
            "a document type or entity, which no indicator needs", where=f"line {parser.CurrentLineNumber}"
        )

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = builder.data
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refused
    data = stream.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise LimitError(f"larger than {MAX_SIZE >> 20} MiB", where="offset 0")
    try:
        parser.Parse(data, True)
        root = builder.close()
    except (expat.ExpatError, ValueError, AssertionError, LookupError) as error:
        raise FormatError(f"not well-formed: {error}", where=f"line {max(parser.CurrentLineNumber, 1)}") from None
    if root.tag not in ("ioc", "OpenIOC"):
        raise FormatError(f"an element {root.tag[:40]!r} where ioc or OpenIOC should be", where="line 1")
    return root


def _local(tag: str) -> str:
    return tag.rpartition(":")[2]


def _top(root: ET.Element) -> list[ET.Element]:
    holder = root.find("definition")
    holder = root.find("criteria") if holder is None else holder
    return [] if holder is None else holder.findall("Indicator")


def _branch(node: ET.Element) -> Branch:
    children: list[Branch | Term] = [
        _branch(child) if child.tag == "Indicator" else _term(child)
        for child in node
        if child.tag in ("Indicator", "IndicatorItem")
    ]
    return Branch(node.get("operator", "OR").upper(), children, node.get("id", ""))


def _term(node: ET.Element) -> Term:
    context, content = node.find("Context"), node.find("Content")
    search = "" if context is None else context.get("search", "")
    condition = node.get("condition", "is")
    negated = node.get("negate", "false").lower() == "true" or condition.endswith("not")
    return Term(
        condition.removesuffix("not"),
        search,
        "" if context is None else context.get("document", ""),
        "" if content is None else content.get("type", ""),
        "" if content is None else (content.text or ""),
        negated,
        node.get("id", ""),
        node.get("preserve-case", "false").lower() == "true",
    )


def _terms(branch: Branch) -> Iterator[Term]:
    for child in branch.children:
        if isinstance(child, Term):
            yield child
        else:
            yield from _terms(child)


def _record(term: Term, where: str) -> Record:
    if not term.search or not term.value.strip():
        return Record(where=where, problem=f"a term without {'a search' if not term.search else 'content'}")
    if term.negate:
        return Record(where=where, native=_IN_TREE)
    return Record(where=where, seen=(Seen(kind=_kind(term), value=term.value),), native=_IN_TREE)


def _kind(term: Term) -> str:
    if term.search.startswith(_OURS):
        return term.search.removeprefix(_OURS)
    kind = _KINDS.get(term.search)
    if term.condition != "is":
        return "text" if kind or term.type == "string" else f"x-openioc:{term.search}"
    if kind in ("compile-time", "file-size") and " TO " in term.value:  # a range is no single value
        return f"x-openioc:{term.search}"
    if kind == "ipv4-addr" and ":" in term.value:
        return "ipv6-addr"
    return kind or f"x-openioc:{term.search}"


def _definition(root: ET.Element, branches: list[Branch]) -> Record:
    metadata = root.find("metadata")
    about = root if metadata is None else metadata
    name = (about.findtext("short_description") or "").strip()
    tree = branches[0] if len(branches) == 1 else Branch("OR", list(branches))
    patterns = (
        (Pattern(language="openioc", text=msgspec.json.encode(_plain(tree)).decode(), name=name),) if branches else ()
    )
    links = [node for node in root.iter("link") if node.get("rel") and (node.text or "").strip()]
    claims = tuple(
        Claimed(
            subject=f"openioc:{name or root.get('id', '')}",
            predicate=node.get("rel", ""),
            object=(node.text or "").strip(),
        )
        for node in links
        if name or root.get("id")
    )
    return Record(where="definition", patterns=patterns, claims=claims)


def _plain(node: Branch | Term) -> dict[str, object]:
    if isinstance(node, Term):
        return {name: value for name in node.__struct_fields__ if (value := getattr(node, name)) not in ("", False)}
    return {"operator": node.operator, "children": [_plain(child) for child in node.children]}


def write(records: Iterable[Record], heading: Heading) -> Iterator[bytes]:
    """OpenIOC 1.1: trees as they were, single values as terms of one OR."""
    top = ET.Element("Indicator", {"id": _id(heading.id), "operator": "OR"})
    for record in records:
        for pattern in record.patterns:
            if pattern.language == "openioc":
                _write_tree(top, msgspec.json.decode(pattern.text), heading.id)
        for seen in record.seen if record.native != _IN_TREE else ():
            _write_term(top, _as_term(seen), heading.id)
    yield _document(top, heading)


def _as_term(seen: Seen) -> dict[str, str]:
    search = _SEARCH.get(seen.kind, _OURS + seen.kind)
    if seen.kind.startswith("x-openioc:"):
        search = seen.kind.removeprefix("x-openioc:")
    condition = "contains" if seen.kind == "text" else "is"
    return {"condition": condition, "search": search, "type": _TYPES.get(seen.kind, "string"), "value": seen.value}


def _write_tree(parent: ET.Element, node: dict[str, object], seed: str) -> None:
    """Trees are as deep as they were read: at most `MAX_DEPTH`."""
    if "children" not in node:
        _write_term(parent, {name: str(value) for name, value in node.items()}, seed)
        return
    branch = ET.SubElement(parent, "Indicator", {"id": "", "operator": str(node["operator"])})
    children = node["children"]
    for child in children if isinstance(children, list) else []:
        _write_tree(branch, child, seed)
    branch.set("id", _id(seed + msgspec.json.encode(node).decode()))


def _write_term(parent: ET.Element, term: dict[str, str], seed: str) -> None:
    attributes = {
        "id": term.get("id") or _id(f"{seed}\0{len(parent)}\0{term}"),
        "condition": term.get("condition", "is"),
    }
    item = ET.SubElement(
        parent,
        "IndicatorItem",
        attributes
        | {
            "preserve-case": str(term.get("preserve_case", "False")).lower(),
            "negate": str(term.get("negate", "False")).lower(),
        },
    )
    search = term.get("search", "")
    ET.SubElement(
        item, "Context", {"document": term.get("document") or search.partition("/")[0], "search": search, "type": "mir"}
    )
    content = ET.SubElement(item, "Content", {"type": term.get("type", "string")})
    content.text = _NOT_XML.sub("\ufffd", term.get("value", ""))


def _document(top: ET.Element, heading: Heading) -> bytes:
    root = ET.Element(
        "OpenIOC",
        {
            "xmlns": _VERSION_11,
            "id": _id(f"document {heading.id}"),
            "last-modified": heading.created.removesuffix("Z"),
            "published-date": heading.created.removesuffix("Z"),
        },
    )
    metadata = ET.SubElement(root, "metadata")
    ET.SubElement(metadata, "short_description").text = _NOT_XML.sub("\ufffd", heading.title)
    ET.SubElement(metadata, "description").text = f"TLP:{heading.tlp}"
    ET.SubElement(metadata, "authored_by").text = "Backtrail"
    ET.SubElement(metadata, "authored_date").text = heading.created.removesuffix("Z")
    ET.SubElement(metadata, "links")
    ET.SubElement(root, "criteria").append(top)
    ET.SubElement(root, "parameters")
    ET.indent(root)
    content: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return content + b"\n"


def _id(seed: str) -> str:
    return str(uuid5(_NAMESPACE, seed))


FORMAT = Format(
    name="openioc",
    title="OpenIOC 1.0 and 1.1",
    media_type="application/xml",
    suffix=".ioc",
    sniff=sniff,
    read=read,
    write=write,
)

assert set(_KINDS.values()) <= set(KINDS)
