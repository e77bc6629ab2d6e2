"""Address data of the user: three shapes, the day of each, and asked only for what the evidence leaves unsaid."""

import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.formats.kit import address_data
from backtrail.knowledge.addresses import AddressBase
from backtrail.model.addresses import AddressRange
from backtrail.model.errors import FormatError
from backtrail.profiles import Allocation, Netblocks
from backtrail.verbs.placing import beyond

COUNTRIES = "192.0.2.0,192.0.2.255,US\n2001:db8::,2001:db8:0:ffff:ffff:ffff:ffff:ffff,JP\n"
HOLDERS = 'first,last,asn,org\n192.0.2.0,192.0.2.127,64500,"Example, Harbour"\n'
DELEGATED = "2|apnic|20130131|2|19850701|20130131|+0000\napnic|*|ipv4|*|1|summary\n" + (
    "apnic|CN|ipv4|203.0.113.0|256|20050616|allocated\napnic|KR|ipv6|2001:db8:8000::|33|20090101|allocated\n"
)
AT = datetime(2011, 5, 1, tzinfo=UTC).timestamp()


def read(text: str):
    day, ranges = address_data.read(io.BytesIO(text.encode()))
    return day, list(ranges)


def base(folder, **files: tuple[str, str]) -> AddressBase:
    made = AddressBase(folder / "addresses")
    for name, (text, day) in files.items():
        said, ranges = address_data.read(io.BytesIO(text.encode()))
        made.put(name, day or said, "2026-11-25T00:00:00Z", ranges)
    return AddressBase(folder / "addresses")


def test_each_shape_is_read_and_a_delegation_file_says_its_day():
    assert read(COUNTRIES)[0] == "" and [r.country for r in read(COUNTRIES)[1]] == ["US", "JP"]
    assert read(HOLDERS)[1] == [AddressRange(4, 3221225984, 3221226111, "64500", "Example, Harbour")]
    day, ranges = read(DELEGATED)
    assert day == "2013-01-31" and [(r.version, r.country) for r in ranges] == [(4, "CN"), (6, "KR")]
    assert ranges[0].last - ranges[0].first == 255 and ranges[1].last - ranges[1].first == (1 << 95) - 1


@pytest.mark.parametrize("text", ["nothing\n", "a,b,c\nd,e,f\n", "192.0.2.0,192.0.2.9,US\nx,y,z\n"])
def test_what_is_no_address_data_says_where(text):
    with pytest.raises(FormatError) as error:
        read(text)
    assert error.value.where.startswith("row")


def test_country_and_holder_come_from_different_data_and_the_day_is_shown_where_it_is_later(tmp_path):
    data = base(tmp_path, countries=(COUNTRIES, "2026-01-01"), holders=(HOLDERS, "2010-01-01"))
    found = beyond(data, "192.0.2.9", AT)
    assert (found.network, found.holder, found.country) == ("192.0.2.0/25", "AS64500 Example, Harbour", "US")
    assert found.dated == "2026-01-01"
    assert beyond(base(tmp_path / "b", holders=(HOLDERS, "2010-01-01")), "192.0.2.9", AT).dated == ""
    assert beyond(data, "192.0.3.1", AT) is None
    assert beyond(data, "2001:db8::1", AT).country == "JP"


def test_registries_of_the_evidence_come_first_and_loaded_data_fill_what_they_leave_unsaid(tmp_path):
    data = base(tmp_path, countries=(COUNTRIES, "2026-01-01"))
    full = Allocation("192.0.2.0/24", 0.0, "Holder", "CN", "registry line 1")
    bare = Allocation("192.0.2.0/24", 0.0, "Holder", "", "registry line 1")
    ask = lambda a, at: beyond(data, a, at)  # noqa: E731
    assert Netblocks([full], ask).of("192.0.2.9", AT) == full
    filled = Netblocks([bare], ask).of("192.0.2.9", AT)
    assert (filled.holder, filled.country, filled.dated) == ("Holder", "US", "2026-01-01")
    assert Netblocks([], ask).of("192.0.2.9", AT).country == "US"


@given(st.lists(st.integers(0, 1 << 16), min_size=1, max_size=40, unique=True), st.integers(0, 1 << 16))
def test_an_address_is_in_the_range_that_holds_it(tmp_path_factory, starts, asked):
    edges = sorted(starts)
    ranges = [AddressRange(4, a, b - 1, holder=f"h{a}") for a, b in zip(edges, [*edges[1:], 1 << 17], strict=True)]
    data = AddressBase(tmp_path_factory.mktemp("a") / "addresses")
    data.put("x", "2020-01-01", "", ranges)
    found = data.of(4, asked)
    expected = max((a for a in edges if a <= asked), default=None)
    assert [p.holder for p in found] == ([] if expected is None else [f"h{expected}"])


def mmdb() -> bytes:
    """A database of one node: 0.0.0.0/1 is Example Harbour's (MaxMind DB File Format Specification 2.0)."""

    def text(value: str) -> bytes:
        size = len(value)
        return (bytes([0x40 | size]) if size < 29 else bytes([0x40 | 29, size - 29])) + value.encode()

    def number(value: int, size: int, type: int) -> bytes:
        head = bytes([type << 5 | size]) if type < 8 else bytes([size, type - 7])
        return head + value.to_bytes(size, "big")

    data = b"\xe3" + text("autonomous_system_number") + number(64500, 4, 6)
    data += text("autonomous_system_organization") + text("Example Harbour")
    data += text("country") + b"\xe1" + text("iso_code") + text("CN")
    tree = (1 + 16).to_bytes(3, "big") + (1).to_bytes(3, "big")
    about = {
        "node_count": number(1, 4, 6), "record_size": number(24, 2, 5), "ip_version": number(4, 2, 5),
        "database_type": text("Test"), "languages": b"\x00\x04", "binary_format_major_version": number(2, 2, 5),
        "binary_format_minor_version": number(0, 2, 5), "build_epoch": number(1_356_998_400, 8, 9),
        "description": b"\xe0",
    }  # fmt: skip
    metadata = bytes([0xE0 | len(about)]) + b"".join(text(name) + value for name, value in about.items())
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + metadata


def test_mmdb_is_read_with_its_extra(tmp_path):
    pytest.importorskip("maxminddb", reason="needs the extra mmdb")
    path = tmp_path / "x.mmdb"
    path.write_bytes(mmdb())
    with path.open("rb") as stream:
        day, ranges = address_data.read(stream)
        [found] = ranges
    assert day == "2013-01-01"
    assert found == AddressRange(4, 0, (1 << 31) - 1, "64500", "Example Harbour", "CN")
    path.write_bytes(mmdb()[:-40])
    with path.open("rb") as stream, pytest.raises(FormatError):
        address_data.read(stream)
