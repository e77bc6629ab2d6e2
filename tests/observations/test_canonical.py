"""One spelling for each value, and a reason where there is none."""

import pytest
from hypothesis import given, settings

from backtrail.model.kinds import KINDS
from backtrail.observations import canonical, registered_domain
from backtrail.observations.canonical import MAX_LENGTH, refang

from .strategies import NEAR_VALUES

SPELLINGS = [
    ("domain-name", "WWW.Evil[.]COM.", "domain-name", "www.evil.com"),
    ("domain-name", "*.evil.com", "domain-name", "evil.com"),
    ("domain-name", "bücher。example", "domain-name", "xn--bcher-kva.example"),
    ("domain-name", "_sip.evil.com", "domain-name", "_sip.evil.com"),
    ("domain-name", "hxxp.evil.com", "domain-name", "hxxp.evil.com"),
    ("domain-name", "192.0.2[.]7", "ipv4-addr", "192.0.2.7"),
    ("domain-name", "①.2.3.4", "ipv4-addr", "1.2.3.4"),
    ("ipv4-addr", "2001:DB8:0:0::1", "ipv6-addr", "2001:db8::1"),
    ("ipv4-addr", "192.0.2.0/24", "network", "192.0.2.0/24"),
    ("ipv6-addr", "::ffff:192.0.2.7", "ipv4-addr", "192.0.2.7"),
    ("network", "192.0.2.9/24", "network", "192.0.2.0/24"),
    ("network", "192.0.2.9/32", "ipv4-addr", "192.0.2.9"),
    ("ip-port", "192.0.2[.]7[:]0443", "ip-port", "192.0.2.7:443"),
    ("ip-port", "192.0.2.7|443", "ip-port", "192.0.2.7:443"),
    ("ip-port", "[2001:DB8::1]:443", "ip-port", "[2001:db8::1]:443"),
    ("url", "hXXps[:]//WWW.Evil[.]com:443/A%7eb?Q=%3d#frag", "url", "https://www.evil.com/A~b?Q=%3D"),
    ("url", "evil.com/?u=http://x", "url", "http://evil.com/?u=http://x"),
    ("url", "evil.com:8080", "url", "http://evil.com:8080/"),
    ("url", "http://evil.com/100%/%zz", "url", "http://evil.com/100%25/%25zz"),
    ("url", "fxp://evil.com/hxxp", "url", "ftp://evil.com/hxxp"),
    ("email-addr", "<mailto:Foo[at]Evil[.]com>", "email-addr", "foo@evil.com"),
    ("md5", "D41D8CD98F00B204E9800998ECF8427E", "md5", "d41d8cd98f00b204e9800998ecf8427e"),
    ("x509-sha1", ":".join(["AB"] * 20), "x509-sha1", "ab" * 20),
    ("x509-serial", "1 (0x1)", "x509-serial", "1"),
    ("x509-serial", "00:AB CD", "x509-serial", "abcd"),
    ("asn", "AS17621", "asn", "17621"),
    ("technique", "t1059/001", "technique", "T1059.001"),
    ("vulnerability", "cve-2012-0158", "vulnerability", "CVE-2012-0158"),
    ("registry-key", r"hklm\\Software\x" + "\\", "registry-key", r"HKEY_LOCAL_MACHINE\Software\x"),
    ("registry-key", "HKCU/Software/x", "registry-key", r"HKEY_CURRENT_USER\Software\x"),
    ("file-path", r'"C:\A b\c.exe"', "file-path", r"C:\A b\c.exe"),
    ("software", " webc2 \n table", "software", "WEBC2 TABLE"),
    ("keyboard-layout", "0x00000804", "keyboard-layout", "0804"),
    ("keyboard-layout", "Chinese (Simplified)", "keyboard-layout", "Chinese (Simplified)"),
    ("compile-time", "2012-01-02 03:04:05", "compile-time", "2012-01-02T03:04:05Z"),
    ("x-misp:comment", " as is ", "x-misp:comment", "as is"),
]

REFUSED = [
    ("domain-name", "localhost"),
    ("domain-name", "1.2.3"),
    ("domain-name", "-a.com"),
    ("domain-name", "a" * 64 + ".com"),
    ("domain-name", "é" * 9000),
    ("ipv4-addr", "010.1.1.1"),
    ("ipv4-addr", "256.1.1.1"),
    ("ipv6-addr", "fe80::1%eth0"),
    ("ip-port", "1.2.3.4:0"),
    ("ip-port", "1.2.3.0/24:80"),
    ("url", "http:///x"),
    ("url", "http://[::1/"),
    ("email-addr", "nobody"),
    ("md5", "d41d"),
    ("sha1", "d41d8cd98f00b204e9800998ecf8427e"),
    ("sha256", "g" * 64),
    ("asn", "ASX"),
    ("technique", "T１０５９"),
    ("vulnerability", "CVE-12-1"),
    ("port", "65536"),
    ("port", "9" * 5000),
    ("x509-serial", "0x"),
    ("compile-time", "soon"),
    ("banana", "x"),
    ("x-a:", "x"),
    ("x-a:\n", "x"),
    ("text", "  "),
    ("text", "a\0b"),
    ("text", "\udcff"),
    ("text", "x" * (MAX_LENGTH + 1)),
    ("url", "http://a.com/" + "é" * 8000),
    ("domain-name", "[." * 4000),
]


@pytest.mark.parametrize(("kind", "value", "want_kind", "want"), SPELLINGS)
def test_spelling(kind, value, want_kind, want):
    assert canonical(kind, value) == (want_kind, want)


@pytest.mark.parametrize(("kind", "value"), REFUSED, ids=lambda text: text[:20].encode("unicode_escape").decode())
def test_refuses_with_a_reason(kind, value):
    with pytest.raises(ValueError, match=r"\w"):
        canonical(kind, value)


@pytest.mark.parametrize("kind", [*KINDS, "x-misp:comment"])
@given(value=NEAR_VALUES)
@settings(deadline=None, max_examples=60)
def test_canonical_values_are_fixed_points(kind, value):
    try:
        once = canonical(kind, value)
    except ValueError:
        return
    assert canonical(*once) == once


@pytest.mark.parametrize("value", [" " * 8000 + ".", "[" * 8000, "(" * 8000, "\\" * 8000, "%4" * 4000, "a." * 4000])
@pytest.mark.parametrize("kind", sorted(KINDS))
def test_hostile_values_take_no_time(kind, value):
    try:
        canonical(kind, "a" + value)
    except ValueError as error:
        assert str(error)


def test_refang_leaves_plain_values_alone():
    assert refang("http://evil.com/a(b)?x=[1]") == "http://evil.com/a(b)?x=[1]"


def test_registered_domain_respects_private_suffixes():
    assert registered_domain("a.b.co.uk") == "b.co.uk"
    assert registered_domain("x.dyndns.org") == "x.dyndns.org"
    assert registered_domain("dyndns.org") is None
    assert registered_domain("192.0.2.7") is None
