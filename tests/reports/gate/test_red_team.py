"""Identifiers of twenty kinds, hidden in over thirty ways, in products of all sorts: none gets out, little else held.

Kinds, ways and carriers are drawn by seed. Names are made of invented syllables.
"""

import base64
import codecs
import gzip
import html
import io
import json
import quopri
import random
import struct
import zipfile
import zlib
from urllib.parse import quote

import pytest

from backtrail.reports.gate import pieces
from backtrail.reports.gate.check import in_texts

SYLLABLES = ("bar cel dov fen gur hal jen kor lum mav nop pel rud sev tor ulm ves wix yor zan").split()  # noqa: SIM905


def word(rng: random.Random, parts: int = 3) -> str:
    return "".join(rng.choice(SYLLABLES) for _ in range(parts)).capitalize()


KINDS = {
    "full name": lambda r: f"{word(r)} {word(r, 2)} Systems",
    "name with a legal form": lambda r: f"{word(r)} {word(r, 2)} GmbH",
    "university": lambda r: f"University of {word(r, 4)}",
    "name with accents": lambda r: f"Ångström {word(r)}är",
    "one word": lambda r: word(r, 4),
    "person": lambda r: f"{word(r, 2)} {word(r)}",
    "user": lambda r: f"{word(r, 1).lower()}.{word(r).lower()}",
    "mail address": lambda r: f"{word(r, 2).lower()}@{word(r).lower()}.example",
    "mail domain": lambda r: f"{word(r, 4).lower()}.example",
    "inner domain": lambda r: f"ad.{word(r, 3).lower()}.local",
    "host": lambda r: f"{word(r, 2).upper()}-DC0{r.randint(1, 9)}",
    "project": lambda r: f"Project {word(r, 3)}",
    "city": lambda r: f"{word(r, 3)}ville",
    "path": lambda r: rf"\\{word(r, 2)}\share\{word(r)}",
    "customer id": lambda r: f"{word(r, 1).upper()}-{r.randint(100000, 999999)}",
    "hyphenated": lambda r: f"{word(r, 2)}-{word(r, 2)} Aerospace",
    "inner address": lambda r: f"10.{r.randint(16, 250)}.{r.randint(16, 250)}.{r.randint(16, 250)}",
    "phone": lambda r: f"+49 30 {r.randint(100, 999)} {r.randint(1000, 9999)}",
    "moment": lambda r: (
        f"2011-0{r.randint(1, 9)}-1{r.randint(0, 9)}T0{r.randint(1, 9)}:{r.randint(10, 59)}:{r.randint(10, 59)}Z"
    ),
    "volume": lambda r: str(r.randint(10**9, 10**12)),
}

DIGITS = {"inner address", "phone", "moment", "volume"}
"""Kinds whose digits mean something: respelling their letters makes no sense."""

HOMOGLYPHS = str.maketrans("aeopcABEHKMOPT", "аеорсАВЕНКМОРТ")
LEET = str.maketrans("aeos", "4305")


def _slip(text: str) -> str:
    at = len(text) // 3
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


def _wrapped(content: str) -> str:
    encoded = base64.b64encode(f"some words before {content} and words after it, so that it wraps".encode()).decode()
    return "\n".join(encoded[n : n + 30] for n in range(0, len(encoded), 30))


WAYS = {
    "exact": str,
    "upper": str.upper,
    "lower": str.lower,
    "entities": lambda t: "".join(f"&#{ord(c)};" for c in t),
    "hex entities": lambda t: "".join(f"&#x{ord(c):x};" for c in t),
    "percent": lambda t: quote(t, safe=""),
    "percent of all": lambda t: "".join(f"%{b:02X}" for b in t.encode()),
    "double percent": lambda t: quote(quote(t, safe=""), safe=""),
    "json escapes": lambda t: "".join(f"\\u{ord(c):04x}" for c in t),
    "base64": lambda t: base64.b64encode(t.encode()).decode(),
    "base64 shifted": lambda t: base64.b64encode(f"ab{t}cd".encode()).decode(),
    "base64 of the web": lambda t: base64.urlsafe_b64encode(f"?>{t}".encode()).decode(),
    "base64 wrapped": _wrapped,
    "base64 of utf-16": lambda t: base64.b64encode(t.encode("utf-16-le")).decode(),
    "base64 of gzip": lambda t: base64.b64encode(gzip.compress(t.encode(), mtime=0)).decode(),
    "base64 twice": lambda t: base64.b64encode(base64.b64encode(f"{t} and more".encode())).decode(),
    "base32": lambda t: base64.b32encode(t.encode()).decode(),
    "ascii85": lambda t: base64.a85encode(t.encode(), adobe=True).decode(),
    "base85": lambda t: base64.b85encode(f"{t} and some more".encode()).decode(),
    "hex": lambda t: t.encode().hex(),
    "hex spaced": lambda t: t.encode().hex(" "),
    "hex escapes": lambda t: "".join(f"\\x{b:02x}" for b in t.encode()),
    "quoted-printable": lambda t: quopri.encodestring(t.encode(), quotetabs=True).decode().replace(" ", "=20"),
    "tags between": lambda t: "<b>".join([t[: len(t) // 2], "</b>" + t[len(t) // 2 :]]),
}

LETTERS_ONLY = {
    "spaced": " ".join,
    "hyphenated": "-".join,
    "underscored": lambda t: t.replace(" ", "_").replace("-", "_"),
    "line broken": lambda t: t[: len(t) // 2] + "-\n" + t[len(t) // 2 :],
    "soft hyphen": lambda t: "\u00ad".join(t),
    "zero width": lambda t: "\u200b".join(t),
    "reversed": lambda t: t[::-1],
    "homoglyphs": lambda t: t.translate(HOMOGLYPHS),
    "full width": lambda t: "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in t),
    "rot13": lambda t: codecs.encode(t, "rot13"),
    "digits for letters": lambda t: t.translate(LEET),
    "joined": lambda t: "".join(t.split()),
    "slip of the pen": _slip,
    "split over cells": lambda t: '","'.join(t.split()),
}


def _png(text: str) -> bytes:
    body = b"Comment\0" + text.encode("utf-8")
    chunk = struct.pack(">I4s", len(body), b"tEXt") + body + b"\0\0\0\0"
    return b"\x89PNG\r\n\x1a\n" + chunk + struct.pack(">I4s", 0, b"IEND") + b"\0\0\0\0"


def _zip(text: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("inner/notes.txt", text)
    return made.getvalue()


def _pdf(text: str) -> bytes:
    return (
        b"%PDF-1.7\n1 0 obj\n<<>>\nstream\n"
        + zlib.compress(f"<x:xmpmeta>{text}</x:xmpmeta>".encode())
        + b"\nendstream\n%%EOF"
    )


CARRIERS = {
    "notes.txt": lambda t: f"At the time {t} was seen.".encode(),
    "report.html": lambda t: f"<html><body><p title='x'>We saw {t} there.</p></body></html>".encode(),
    "figure.svg": lambda t: f"<svg><desc>{t}</desc></svg>".encode(),
    "list.csv": lambda t: f'kind,value\nfile-name,"{t}"\n'.encode(),
    "bundle.json": lambda t: json.dumps({"x_note": html.unescape(t)} if "&#" in t else {"x_note": t}).encode(),
    "wide.txt": lambda t: f"It was {t}.".encode("utf-16"),
    "figure.png": _png,
    "package.zip": _zip,
    "old.txt.gz": lambda t: gzip.compress(t.encode(), mtime=0),
    "report.pdf": _pdf,
}


def leaks(name: str, content: bytes, secret: str) -> bool:
    found = list(pieces(name, content, {"%PDF-": lambda _: ()}))
    assert not [one for one in found if one.problem]
    return bool(in_texts(((one.place, one.text) for one in found), [("IN-1", secret)]))


def ways(kind: str) -> dict:
    return WAYS if kind in DIGITS else WAYS | LETTERS_ONLY


@pytest.mark.parametrize("seed", range(10))
def test_no_identifier_gets_out(seed):
    rng = random.Random(seed)
    planted = [(kind, way) for kind in KINDS for way in ways(kind)]
    missed = []
    for kind, way in planted:
        secret = KINDS[kind](rng)
        carrier = rng.choice(sorted(CARRIERS))
        hidden = ways(kind)[way](secret)
        if not leaks(carrier, CARRIERS[carrier](hidden), secret):
            missed.append((kind, way, carrier, secret))
    assert len(planted) >= 300
    assert missed == []


def test_what_is_not_the_secret_passes():
    rng = random.Random(99)
    secrets = [KINDS[kind](rng) for kind in KINDS for _ in range(5)]
    others = [KINDS[kind](rng) for kind in KINDS for _ in range(20)]
    text = "\n".join(others).encode()
    found = list(pieces("facts.txt", text, {}))
    held = {(f.rule, f.at) for f in in_texts(((one.place, one.text) for one in found), [("IN-1", s) for s in secrets])}
    assert len(held) <= 0.05 * len(others), held


def test_a_few_bytes_of_no_format_cannot_be_looked_into_and_old_text_can():
    [_, problem] = pieces("x.dat", b"\x8d\x03\xf7\x1c\x92 secret", {})
    assert "cannot be looked into" in problem.problem
    told = list(pieces("x.txt", "Bericht über Zephyrine\r\n\t\f".encode("latin-1"), {}))
    assert not any(one.problem for one in told) and "über Zephyrine" in told[-1].text


def test_what_cannot_be_looked_into_is_said():
    [_, problem] = pieces("x.bin", b"\0\1\2\3" * 100, {})
    assert "cannot be looked into" in problem.problem
    broken = [one for one in pieces("x.zip", _zip("x")[:60], {}) if one.problem]
    assert broken and "cannot be opened" in broken[0].problem
