"""The scan against a slow matcher that is obviously right, on lines made of pieces that nearly are indicators."""

import ipaddress
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backtrail.hunts.columns import of
from backtrail.hunts.keys import compiled
from backtrail.hunts.matching import MARGIN, Matcher, _may_begin
from backtrail.hunts.words import Wanted
from backtrail.model.record import Indicator
from backtrail.observations import canonical
from backtrail.observations.canonical import refang

NAME = r"A-Za-z0-9_.\-\x80-\U0010ffff"


def host(line: str, value: str) -> bool:
    """A name or one below it, as a token."""
    for token in re.findall(rf"[{NAME}]+", line):
        token = token.lower().rstrip(".-")
        if token == value or token.endswith("." + value):
            return True
    return False


_TAIL = re.compile(
    rf"\.(?:0|[1-9]\d{{0,4}})(?=[^{NAME}]|\.(?:[^{NAME}]|$)|$)|\.(?=[^{NAME}]|$)|-(?=[^{NAME}]|\d|$)|(?=[^{NAME}]|$)"
)


def address(line: str, value: str) -> bool:
    """An IPv4 address as a token, perhaps with a port behind a dot, or as an end of a range."""
    places = (m.start() for m in re.finditer(f"(?={re.escape(value)})", line))
    return any(_begins(line[:at]) and _TAIL.match(line, at + len(value)) for at in places)


def _begins(before: str) -> bool:
    if not re.search(rf"[{NAME}]$", before):
        return True
    if not before.endswith("-"):
        return False
    rest = before[:-1]
    if not re.search(rf"[{NAME}]$", rest):
        return True
    first = re.search(r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}$", rest)
    return bool(first) and _is_in(first[0], ipaddress.ip_network("0.0.0.0/0")) and _begins(rest[: first.start()])


def network(line: str, value: str) -> bool:
    """Any address token within a network."""
    inside = ipaddress.ip_network(value)
    tokens = set(re.findall(r"(?<!\d)\d{1,3}(?:\.\d{1,3}){3}(?!\d)", line))
    return any(_is_in(token, inside) and address(line, token) for token in tokens)


def _is_in(token: str, network) -> bool:
    try:
        return ipaddress.ip_address(token) in network
    except ValueError:
        return False


def digest(line: str, value: str) -> bool:
    """Hex digits that are a whole token."""
    return re.search(rf"(?<![A-Za-z0-9]){value}(?![A-Za-z0-9])", line, re.I) is not None


RULES = {"domain-name": host, "ipv4-addr": address, "network": network, "md5": digest, "sha1": digest, "sha256": digest}


def slow(indicators: list[tuple[str, str]], lines: list[str]) -> set[tuple[int, str]]:
    """Line numbers from 1, with values."""
    return {(n, value) for n, line in enumerate(lines, 1) for kind, value in indicators if RULES[kind](line, value)}


LABEL = st.sampled_from(["a", "ab", "evil", "bad", "x1", "com", "net", "co", "uk", "10", "not-evil"])
HOSTS = st.lists(LABEL, min_size=2, max_size=4).map(".".join).filter(lambda h: not h.rpartition(".")[2].isdigit())
OCTET = st.sampled_from([0, 1, 2, 10, 25, 255])
ADDRESSES = st.tuples(OCTET, OCTET, OCTET, OCTET).map(lambda q: ".".join(map(str, q)))
NETWORKS = st.sampled_from(["1.2.0.0/16", "10.0.0.0/8", "2.2.2.0/25", "0.0.0.0/1"])
HEXES = st.sampled_from(["0a" * 16, "bc" * 16, "12" * 20, "de" * 32])
GLUE = st.sampled_from(
    [" ", "\t", ",", "/", "://", '"', ":", "=", ".", "-", "_", "x", "1", "(", ")", "@", "[", "]", ""]
)


@st.composite
def hunts(draw):
    hosts, addresses = draw(st.lists(HOSTS, max_size=4)), draw(st.lists(ADDRESSES, max_size=4))
    hexes, networks = draw(st.lists(HEXES, max_size=2)), draw(st.lists(NETWORKS, max_size=1))
    kinds = {32: "md5", 40: "sha1", 64: "sha256"}
    indicators = [("domain-name", h) for h in hosts] + [("ipv4-addr", a) for a in addresses]
    indicators += [("network", n) for n in networks] + [(kinds[len(h)], h) for h in hexes]
    own = st.sampled_from([*hosts, *addresses, *hexes, "word"])
    piece = st.one_of(own, own.map(" {} ".format), own.map("{} ".format), HOSTS, ADDRESSES, HEXES, GLUE, GLUE)
    lines = draw(st.lists(st.lists(piece, max_size=9).map("".join), max_size=6))
    return list(dict.fromkeys(indicators)), lines


def scanned(indicators, lines):
    of_all = compiled(of([Indicator(kind=k, value=v) for k, v in indicators]), canonical, refang)
    text = "".join(line + "\n" for line in lines).encode()
    buffer = bytearray(b"\n" * MARGIN + text + b"\n" * (MARGIN + -len(text) % 8))
    found = set()
    for hit in Matcher(of_all).block(buffer, MARGIN, MARGIN + len(text)):
        found.add((buffer.count(b"\n", MARGIN, hit.start) + 1, indicators[hit.row][1]))
    return found


@settings(max_examples=1500, deadline=None)
@given(hunts())
def test_the_scan_finds_what_a_slow_matcher_finds(hunt):
    indicators, lines = hunt
    assert scanned(indicators, lines) == slow(indicators, lines)


@pytest.mark.parametrize(
    "environment", [{"NUMBA_BOUNDSCHECK": "1"}, {"NUMBA_DISABLE_JIT": "1"}], ids=lambda e: "".join(e)
)
def test_no_index_leaves_its_array(environment, tmp_path):
    """The corpus again, with every index checked: compiled so, and as plain Python."""
    code = (
        "import sys, warnings, numpy; numpy.seterr(over='ignore')\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import test_every_backend as t, pathlib\n"
        "for case in t.CASES:\n"
        "    file = pathlib.Path(sys.argv[1]) / 'lines.log'\n"
        "    file.write_text(''.join(l['line'] + '\\n' for l in case['lines']), 'utf-8')\n"
        "    wanted = {(n, v) for n, l in enumerate(case['lines'], 1) for v in l['hits']}\n"
        "    assert t.hits('scan', case, file) == wanted, case['name']\n"
    )
    cache = {"NUMBA_CACHE_DIR": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)],
        env=os.environ | environment | cache,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr[-2000:]


TEXTS = [
    ("file-name", "evil.exe"), ("file-path", r"C:\Windows\System32\odd.dll"), ("mutex", r"Global\hbr-1"),
    ("registry-key", r"HKEY_LOCAL_MACHINE\Software\Harbour\Run"), ("user-agent", "Mozilla/4.0 (odd)"),
    ("text", "бчёла"),
]  # fmt: skip
SPELLINGS = [
    "evil.exe", "EVIL.EXE", "notevil.exe", r"c:\windows\system32\odd.dll", r"C:\\Windows\\System32\\odd.dll",
    r"C:\\\\Windows\\\\System32\\\\odd.dll", "System32", r"Global\hbr-1", r"Global\\hbr-1",
    r"HKLM\Software\Harbour\Run",
    r"\REGISTRY\MACHINE\Software\Harbour\Run", "Mozilla/4.0 (odd)", "Mozilla/4.0+(odd)", r"Mozilla\/4.0 (odd)",
    "бчёла",
    r"\u0431\u0447\u0451\u043b\u0430", r"\n", '{"a":"', '"', "\t", " ", "x", "=", "harbour", "windows " * 9,
]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(st.sampled_from(SPELLINGS), max_size=12).map("".join), max_size=4))
def test_a_text_is_found_around_a_piece_of_it_as_in_the_whole_line(lines):
    """The expression of a text is asked near a piece of it only; asked of whole lines it says the same."""
    wanted = [Wanted.of(row, kind, value) for row, (kind, value) in enumerate(TEXTS)]
    truth = set()
    for number, line in enumerate((line.encode() for line in lines), 1):
        for one in wanted:
            begins = [m.start() for m in one.expression.finditer(line)]
            if any(line[max(0, at - 2) : at - 1] != b"\\" or _may_begin(line, at) for at in begins):
                truth.add((number, one.text))
    assert scanned(TEXTS, lines) == truth
