"""YARA rules: strings of the group's tools, and its files by hash (YARA 4 manual; YARA-X takes the same)."""

from collections.abc import Iterator

from backtrail.model.record import Indicator
from backtrail.reports.products.material import Material

_STRINGS = ("text", "mutex", "pipe", "pdb-path", "user-agent", "domain-name", "url", "email-addr", "registry-key",
            "service")  # fmt: skip
_FILES = ("md5", "sha1", "sha256", "imphash")
KINDS = frozenset({*_STRINGS, *_FILES})
_WHOLE_WORDS = frozenset({"domain-name", "email-addr", "service", "pipe", "mutex"})
_SHORTEST = 6
"""Characters from which a string may stand in a rule; a shorter one is in every tenth file."""


def write(material: Material) -> Iterator[bytes]:
    """One rule for each kind that a file may show."""
    if material.of("md5", "sha1", "sha256"):
        yield b'import "hash"\n'
    if material.of("imphash"):
        yield b'import "pe"\n'
    for kind in _STRINGS:
        found = [one for one in material.of(kind) if len(one.value) >= _SHORTEST]
        if found:
            yield _rule(material, kind, found, _strings(material, kind, found), "any of them").encode()
    files = material.of(*_FILES)
    if files:
        yield _rule(material, "files", files, [], " or\n        ".join(_hash(material, one) for one in files)).encode()


def _rule(material: Material, part: str, found: list[Indicator], strings: list[str], condition: str) -> str:
    id = material.id("yara", part)
    name = "Backtrail_" + "".join(c if c.isascii() and c.isalnum() else "_" for c in f"{material.heading.id}_{part}")
    valid = max((one.valid_until[:10] for one in found if one.valid_until), default="")
    about = [
        f"        id = {_quoted(id)}",
        f"        description = {_quoted(f'{part} of {material.heading.title}')}",
        '        author = "Backtrail"',
        f"        tlp = {_quoted(material.heading.tlp)}",
        *([f"        valid_until = {_quoted(valid)}"] if valid else []),
    ]
    held = ["    strings:", *strings] if strings else []
    inner = "\n".join([*held, "    condition:", f"        {condition}", "}"])
    body = "\n".join([f"rule {name} {{", "    meta:", *about, inner])
    revision, _ = material.revision(id, body)
    meta = "\n".join([*about, f"        revision = {revision}"])
    return f"\n// {material.mark(id, body)}\n" + "\n".join([f"rule {name} {{", "    meta:", meta, inner]) + "\n"


def _strings(material: Material, kind: str, found: list[Indicator]) -> list[str]:
    word = " fullword" if kind in _WHOLE_WORDS else ""
    nocase = " nocase" if kind in ("domain-name", "email-addr", "registry-key", "service") else ""
    return [
        f"        $s{number} = {_quoted(one.value)} ascii wide{nocase}{word} // {material.provenance(one)}"
        for number, one in enumerate(found, 1)
    ]


def _hash(material: Material, one: Indicator) -> str:
    function = "pe.imphash()" if one.kind == "imphash" else f"hash.{one.kind}(0, filesize)"
    return f'{function} == "{one.value}" /* {material.provenance(one).replace("*/", "* /")} */'


def _quoted(text: str) -> str:
    r"""A YARA string: `\` and `"` escaped, and every byte that is no printable ASCII as `\xNN`."""
    out = []
    for byte in text.encode():
        if byte in b'"\\':
            out.append("\\" + chr(byte))
        elif 32 <= byte < 127:
            out.append(chr(byte))
        else:
            out.append(f"\\x{byte:02x}")
    return '"' + "".join(out) + '"'
