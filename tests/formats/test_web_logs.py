"""Logs of web proxies and servers: which way traffic went, odd lines, changing headers, hostile input."""

import io

import pytest

from backtrail import formats
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry

SQUID = "1333357200.123 180 10.1.2.3 TCP_MISS/200 5120 GET http://a.example/x - DIRECT/203.0.113.7 text/html"
APACHE = '198.51.100.20 - - [02/Apr/2012:09:00:00 +0000] "GET /x HTTP/1.1" 200 5120'
W3C = "#Fields: date time c-ip cs-uri-stem\n2012-04-02 09:00:00 198.51.100.20 /x"
GOOD = {"squid": SQUID, "apache": APACHE, "w3c": W3C}
each = pytest.mark.parametrize("name", GOOD)


def read(name: str, text: str) -> tuple[list[Telemetry], list[str]]:
    given = list(formats.named(name).read(io.BytesIO(text.encode())))
    return [g for g in given if isinstance(g, Telemetry)], [g.where for g in given if isinstance(g, Record)]


def values(telemetry: Telemetry, kind: str, direction: str) -> list[str]:
    return [v for c in telemetry.columns if (c.kind, c.direction) == (kind, direction) for v in c.values]


def test_a_proxy_tells_where_its_clients_went():
    [some], _ = read("squid", SQUID + "\n")
    assert values(some, "ipv4-addr", "out") == ["203.0.113.7"] and values(some, "ipv4-addr", "") == ["10.1.2.3"]
    assert values(some, "url", "out") == ["http://a.example/x"]
    [tie] = [tie for tie in some.ties if tie.relation == "resolves-to"]
    assert (tie.of, tie.values) == (["a.example"], ["203.0.113.7"])


@pytest.mark.parametrize("name", ["apache", "w3c"])
def test_a_server_tells_who_came(name):
    [some], _ = read(name, GOOD[name] + "\n")
    assert values(some, "ipv4-addr", "in") == ["198.51.100.20"] and values(some, "url-path", "in") == ["/x"]
    assert list(some.times) == [1333357200.0] and not values(some, "ipv4-addr", "out")


@pytest.mark.parametrize(
    ("who", "client"),
    [
        ("192.0.2.1 - -", "192.0.2.1"),
        ("www.example:443 192.0.2.1 - -", "192.0.2.1"),
        ("www.example 2001:db8::1 - -", "2001:db8::1"),
        ("192.0.2.1 - John Q Public", "192.0.2.1"),
        ("dial.example - -", "dial.example"),
    ],
)
def test_the_client_is_found_beside_host_and_user(who, client):
    [some], _ = read("apache", APACHE.replace("198.51.100.20 - -", who) + "\n")
    assert values(some, "ipv4-addr", "in") == [client]


def test_a_request_with_bare_quotes_and_a_time_before_all_times_are_read():
    line = APACHE.replace("/x", '/x?"><b>')
    [some], problems = read("apache", line + "\n" + line.replace("02/Apr/2012:09", "01/Jan/1970:00") + ' "-" "agent"\n')
    assert not problems and values(some, "url-path", "in") == ['/x?"><b>'] * 2
    assert list(some.times) == [1333357200.0, 0.0] and values(some, "user-agent", "in") == ["", "agent"]


def test_columns_of_a_w3c_log_are_taken_in_any_order():
    text = "#Fields: cs-uri-stem c-ip time date\n/x 192.0.2.1 09:00:00 2012-04-02\n"
    text += "#Fields: r-ip cs-host date time cs-uri\n203.0.113.7 a.example 2012-04-02 09:00:01 http://a.example/y\n"
    some, problems = read("w3c", text)
    assert [list(t.times) for t in some] == [[1333357200.0], [1333357201.0]] and not problems
    assert values(some[0], "ipv4-addr", "in") == ["192.0.2.1"]
    assert values(some[1], "url", "out") == ["http://a.example/y"]


def test_rows_without_a_header_or_of_another_width_are_problems():
    _, problems = read("w3c", "2012 x\n#Fields: a b\n1 2 3\n1 2\n")
    assert problems == ["line 1", "line 3"]


@each
def test_hostile_lines_are_problems_of_their_own(name):
    bad = ["\0" * 100, "[" * 10_000, '"' * 10_000, "1e999 1 1 a/1 1 1 1 1 a/1 1", "nan " * 12, "x" * ((1 << 20) + 5)]
    some, problems = read(name, "\n".join([GOOD[name], *bad, GOOD[name].rpartition("\n")[2], ""]))
    assert sum(len(t.numbers) for t in some) == 2 and len(problems) == len(bad)


@each
def test_prose_that_quotes_a_line_is_no_log(name):
    prose = "# Report\n\nThe operator came back.\nThis was in the log:\n\n" + GOOD[name].rpartition("\n")[2]
    assert formats.detect(prose.encode(), "report.txt").name == "text"


@each
def test_the_first_lines_may_be_damaged(name):
    lines = ["cut", *GOOD[name].split("\n"), GOOD[name].rpartition("\n")[2], ""]
    assert formats.detect("\n".join(lines).encode(), "x").name == name


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("GET http://a.example/x", ("80", "http")),
        ("GET http://a.example:8080/x", ("8080", "http")),
        ("CONNECT a.example:443", ("443", "")),
    ],
)
def test_a_proxy_tells_the_port_that_a_server_was_asked_at(asked, told):
    line = f"1333357200.123 180 10.1.2.3 TCP_MISS/200 5120 {asked} - DIRECT/203.0.113.7 text/html"
    [some], _ = read("squid", line + "\n")
    [tie] = [tie for tie in some.ties if tie.relation == "serves"]
    assert (tie.of, (tie.values[0], tie.details[0])) == (["203.0.113.7"], told)
