"""Warning lists: what they know and what they must not claim to know."""

import importlib.util
import time
from pathlib import Path

import pytest

from backtrail.model.errors import FormatError
from backtrail.model.warninglist import WarningList
from backtrail.observations.warninglists import Matcher, decode

LISTS = [
    WarningList(name="sites", type="hostname", entries=("Google.com", ".gov.uk")),
    WarningList(name="exact", type="string", entries=("d41d8cd98f00b204e9800998ecf8427e", "evil.com", "8.8.8.8")),
    WarningList(name="part", type="substring", entries=("sandbox.", "abc"), kinds=("domain", "url")),
    WarningList(name="ranges", type="cidr", entries=("10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32", "192.0.2.7", "no")),
    WarningList(name="phones", type="regex", entries=("/555[0-9]{4}/g", "/[/"), kinds=("whois-registrant-phone",)),
    WarningList(name="contact", type="regex", entries=("/^ABUSE@.*$/i",), kinds=("email-src",)),
]
HITS = [
    ("domain-name", "google.com", {"sites"}),
    ("domain-name", "mail.google.com", {"sites"}),
    ("domain-name", "notgoogle.com", set()),
    ("domain-name", "x.gov.uk", {"sites"}),
    ("domain-name", "evil.com", {"exact"}),
    ("domain-name", "a.evil.com", set()),
    ("domain-name", "my.sandbox.net", {"part"}),
    ("text", "my.sandbox.net", set()),
    ("url", "http://www.google.com/x", {"sites"}),
    ("url", "http://bad.net/www.google.com", set()),
    ("url", "http://u@10.2.3.4:80/x", {"ranges"}),
    ("url", "http://[2001:db8::1]:80/", {"ranges"}),
    ("email-addr", "a@google.com", {"sites"}),
    ("email-addr", "abuse@bad.net", {"contact"}),
    ("ipv4-addr", "10.1.2.3", {"ranges"}),
    ("ipv4-addr", "11.0.0.0", set()),
    ("ipv4-addr", "192.0.2.7", {"ranges"}),
    ("ipv4-addr", "8.8.8.8", {"exact"}),
    ("ip-port", "8.8.8.8:53", {"exact"}),
    ("ip-port", "[2001:db8::1]:53", {"ranges"}),
    ("network", "10.9.0.0/16", {"ranges"}),
    ("network", "8.0.0.0/6", set()),
    ("ipv6-addr", "2001:db8::1", {"ranges"}),
    ("registrant-phone", "+15551234", {"phones"}),
    ("md5", "aa5551234aaaaaaaaaaaaaaaaaaaaaaa", set()),
    ("md5", "d41d8cd98f00b204e9800998ecf8427e", {"exact"}),
]


@pytest.mark.parametrize(("kind", "value", "names"), HITS)
def test_hits(kind, value, names):
    assert set(Matcher(LISTS).hits(kind, value)) == names


def test_no_lists_no_hits():
    assert Matcher([]).hits("domain-name", "google.com") == ()


def test_decodes_the_shape_of_misp():
    body = b'{"name": "N", "version": 20240101, "type": "cidr", "description": "d", "matching_attributes": ["ip-dst"], '
    body += b'"list": ["10.0.0.0/8", 5]}'
    assert decode(body) == WarningList(
        name="N", version=20240101, type="cidr", entries=("10.0.0.0/8", "5"), kinds=("ip-dst",)
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff",
        b'{"name": 1}',
        b'{"name": "x", "type": "banana", "list": []}',
        b'{"name":"x","list":[[]]}',
        b'{"name":"x","list":{}}',
        b"[" * 100_000,
        b'{"name":"x","list":' + b"[" * 100_000,
    ],
)
def test_anything_else_raises_format_error(body):
    with pytest.raises(FormatError):
        decode(body)


def test_lookups_do_not_walk_the_list():
    """Measured: 0.8 s. A walk over the list at each lookup takes an hour."""
    entries = tuple(f"host{n}.example.com" for n in range(300_000))
    ranges = tuple(f"{a}.{b}.0.0/16" for a in range(20, 200, 3) for b in range(0, 256, 5))
    matcher = Matcher(
        [WarningList(name="a", type="hostname", entries=entries), WarningList(name="b", type="cidr", entries=ranges)]
    )
    start = time.process_time()
    for n in range(20_000):
        matcher.hits("domain-name", f"x.host{n}.example.com")
        matcher.hits("ipv4-addr", f"{n % 223}.{n % 251}.1.1")
    assert time.process_time() - start < 40


def test_the_published_lists_can_be_read():
    package = importlib.util.find_spec("pymispwarninglists")
    if package is None or package.origin is None:
        pytest.skip("needs pymispwarninglists")
    folder = Path(package.origin).parent / "data" / "misp-warninglists" / "lists"
    lists = [decode(path.read_bytes()) for path in sorted(folder.glob("*/list.json"))]
    assert len(lists) > 100
    matcher = Matcher([one for one in lists if len(one.entries) < 50_000])
    assert any("RFC 1918" in name for name in matcher.hits("ipv4-addr", "192.168.1.1"))
    assert matcher.hits("md5", "aaa55555012345678901234567890123") == ()
