"""Captures: packets made here by hand, in both file formats; cut, out of order, damaged; and those of others."""

import datetime
import io
import struct
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.x509.oid import NameOID

from backtrail.evidence.reading import records
from backtrail.formats.kit.flows import Half
from backtrail.formats.kit.packets import Segment, dissect
from backtrail.formats.pcap import FORMAT
from backtrail.model.errors import FormatError
from backtrail.model.record import Record
from backtrail.model.telemetry import Telemetry

SAMPLE = Path(__file__).parent / "pcap" / "sample.pcap"
START = 1333357200
CLIENT, SERVER = "10.1.2.3", "203.0.113.7"


def address(text: str) -> bytes:
    return bytes(int(part) for part in text.split("."))


def frame(protocol: int, source: str, target: str, body: bytes) -> bytes:
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(body), 0, 0, 64, protocol, 0)
    return b"\2" * 12 + b"\x08\x00" + head + address(source) + address(target) + body


def tcp(source, sport, target, dport, seq, payload=b"", flags=0x18) -> bytes:
    return frame(6, source, target, struct.pack(">HHIIBBHHH", sport, dport, seq, 0, 0x50, flags, 0, 0, 0) + payload)


def udp(source, sport, target, dport, payload) -> bytes:
    return frame(17, source, target, struct.pack(">HHHH", sport, dport, 8 + len(payload), 0) + payload)


def talk(port: int, *said: tuple[str, bytes], client: str = CLIENT, server: str = SERVER, sport: int = 40000):
    """Packets of a connection: who says what, `>` for the client and `<` for the server."""
    up, down = 1001, 5001
    yield tcp(client, sport, server, port, up - 1, flags=0x02)
    yield tcp(server, port, client, sport, down - 1, flags=0x12)
    for side, payload in said:
        if side == ">":
            yield tcp(client, sport, server, port, up, payload)
            up += len(payload)
        else:
            yield tcp(server, port, client, sport, down, payload)
            down += len(payload)


def name_of(text: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in text.split(".")) + b"\0"


def dns(name: str, answer: str = "") -> bytes:
    asked = name_of(name) + struct.pack(">HH", 1, 1)
    if not answer:
        return struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + asked
    given = b"\xc0\x0c" + struct.pack(">HHIH", 1, 1, 60, 4) + address(answer)
    return struct.pack(">HHHHHH", 7, 0x8180, 1, 1, 0, 0) + asked + given


def tls_record(kind: int, body: bytes) -> bytes:
    message = bytes([kind]) + len(body).to_bytes(3, "big") + body
    return b"\x16\x03\x01" + struct.pack(">H", len(message)) + message


def client_hello(name: str) -> bytes:
    listed = b"\0" + struct.pack(">H", len(name)) + name.encode()
    extension = struct.pack(">HHH", 0, len(listed) + 2, len(listed)) + listed
    body = b"\x03\x03" + b"\7" * 32 + b"\0" + b"\0\2\0\x2f" + b"\1\0" + struct.pack(">H", len(extension)) + extension
    return tls_record(1, body)


def certificate(name: str = "mail.lure.example") -> bytes:
    """Signed with a key that is always the same, so that the bytes are too."""
    key = Ed25519PrivateKey.from_private_bytes(b"\7" * 32)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    at = datetime.datetime(2012, 1, 1, tzinfo=datetime.UTC)
    made = x509.CertificateBuilder(who, who, key.public_key(), 0xAA01, at, at + datetime.timedelta(365))
    from cryptography.hazmat.primitives.serialization import Encoding

    return made.sign(key, None).public_bytes(Encoding.DER)


def certificates(der: bytes) -> bytes:
    one = len(der).to_bytes(3, "big") + der
    return tls_record(2, b"\3\3" + b"\7" * 34) + tls_record(11, len(one).to_bytes(3, "big") + one)


RDP_REQUEST = b"\x03\0\0\x2b\x26\xe0\0\0\0\0\0Cookie: mstshash=admin7\r\n\x01\0\x08\0\x03\0\0\0"
RDP_PLAIN = b"\x03\0\0\x13\x0e\xd0\0\0\0\0\0\x02\0\x08\0\0\0\0\0"
RDP_TLS = RDP_PLAIN[:15] + b"\x02\0\0\0"
RDP_CORE = (
    b"\x03\0\1\x9c\x02\xf0\x80\x7f\x65\x82Duca\x81\x0c\x01\xc0\xd8\0\x04\0\x08\0\0\x05\0\4\1\xca\3\xaa"
    + struct.pack("<II", 0x0804, 2600)
    + "DESK-7".encode("utf-16-le").ljust(32, b"\0")
    + b"\4\0\0\0"
)
MAIL = (
    b"MAIL FROM:<clerk@lure.example> SIZE=70\r\nRCPT TO:<a@victim.example>\r\nDATA\r\nFrom: x\r\n"
    b"Subject: =?utf-8?b?QWdlbmRh?=\r\nX-Mailer: Mailer 6\r\nX-Originating-IP: [198.51.100.9]\r\n\r\nhello\r\n.\r\n"
)


def everything():
    yield udp(CLIENT, 5000, "10.1.2.1", 53, dns("update.lure.example"))
    yield udp("10.1.2.1", 53, CLIENT, 5000, dns("update.lure.example", SERVER))
    get = b"GET /a?b HTTP/1.1\r\nHost: update.lure.example\r\nUser-Agent: Mozilla/4.0\r\n\r\n"
    yield from talk(80, (">", get), ("<", b"HTTP/1.1 200 OK\r\n\r\n[SERVER]connection to 198.51.100.77:80 error"))
    yield from talk(443, (">", client_hello("mail.lure.example")), ("<", certificates(certificate())), sport=40001)
    yield from talk(3389, (">", RDP_REQUEST), ("<", RDP_PLAIN), (">", RDP_CORE), client="198.51.100.20", sport=40002)
    yield from talk(3389, (">", RDP_REQUEST), ("<", RDP_TLS), client="198.51.100.21", sport=40003)
    yield from talk(25, ("<", b"220 mx\r\n"), (">", b"EHLO x\r\n"), (">", MAIL), client="198.51.100.9", sport=40004)
    ftp = (
        ("<", b"220 x\r\n"),
        (">", b"USER drop\r\n"),
        ("<", b"230 in\r\n"),
        (">", b"STOR /up/out.rar\r\nRETR t.exe\r\n"),
    )
    yield from talk(21, *ftp, sport=40005)
    yield b"\2" * 12 + b"\x08\x06" + b"\0" * 28


def savefile(frames, order="<", magic=0xA1B2C3D4) -> bytes:
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, 1)
    for i, data in enumerate(frames):
        out += struct.pack(order + "IIII", START + i, 0, len(data), len(data)) + data
    return out


def block(order: str, kind: int, body: bytes) -> bytes:
    body += b"\0" * (-len(body) % 4)
    return struct.pack(order + "II", kind, len(body) + 12) + body + struct.pack(order + "I", len(body) + 12)


def sections(frames, order="<") -> bytes:
    out = block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    out += block(order, 1, struct.pack(order + "HHI", 1, 0, 65535) + struct.pack(order + "HHBxxx", 9, 1, 9))
    for i, data in enumerate(frames):
        stamp = (START + i) * 10**9
        head = struct.pack(order + "IIIII", 0, stamp >> 32, stamp & 0xFFFFFFFF, len(data), len(data))
        out += block(order, 6, head + data) if i % 9 else block(order, 6, head + data) + block(order, 5, b"\0" * 8)
    return out


def read(data: bytes) -> tuple[list[Telemetry], list[Record]]:
    given = list(FORMAT.read(io.BytesIO(data)))
    return [g for g in given if isinstance(g, Telemetry)], [g for g in given if isinstance(g, Record)]


def shown(data: bytes) -> tuple[set, set]:
    some, _ = read(data)
    values = {(c.kind, c.direction, v) for t in some for c in t.columns for v in c.values}
    return values, {
        (t.relation, *tie) for s in some for t in s.ties for tie in zip(t.of, t.values, t.details, strict=True)
    }


def test_the_sample_is_what_is_made_here(refresh):
    if refresh:
        SAMPLE.write_bytes(savefile(everything()))
    assert SAMPLE.read_bytes() == savefile(everything())


def test_what_each_conversation_shows():
    values, ties = shown(savefile(everything()))
    assert {
        ("domain-name", "out", "update.lure.example"),
        ("url", "out", "http://update.lure.example/a?b"),
        ("user-agent", "out", "Mozilla/4.0"),
        ("domain-name", "out", "mail.lure.example"),
        ("x509-serial", "in", "aa01"),
        ("x509-subject", "in", "CN=mail.lure.example"),
        ("keyboard-layout", "", "00000804"),
        ("email-addr", "in", "clerk@lure.example"),
        ("email-subject", "in", "Agenda"),
        ("user-agent", "in", "Mailer 6"),
        ("ipv4-addr", "in", "198.51.100.9"),
        ("file-name", "out", "out.rar"),
        ("file-name", "in", "t.exe"),
    } <= values
    assert {
        ("resolves-to", "update.lure.example", SERVER, ""),
        ("resolves-to", "mail.lure.example", SERVER, ""),
        ("relays-to", SERVER, "198.51.100.77", ""),
        ("logs-in-to", "198.51.100.20", SERVER, "layout=00000804;client=DESK-7;cookie=admin7"),
        ("logs-in-to", "198.51.100.21", SERVER, "cookie=admin7"),
        ("logs-in-to", CLIENT, SERVER, "service=ftp;account=drop"),
    } <= ties
    assert sum(relation == "presents" for relation, *_ in ties) == 2


def test_bytes_are_those_of_the_payload_each_way():
    [some], _ = read(savefile(talk(80, (">", b"x" * 70), ("<", b"y" * 300))))
    server = next(c for c in some.columns if (c.kind, c.direction) == ("ipv4-addr", "out"))
    assert set(server.values) == {SERVER} and (sum(server.sent), sum(server.received)) == (70, 300)


@pytest.mark.parametrize("order", ["<", ">"])
def test_both_formats_in_both_byte_orders_say_the_same(order):
    expected = shown(savefile(everything()))
    for data in (savefile(everything(), order), sections(everything(), order)):
        assert FORMAT.sniff(data[:65536], "x") and shown(data) == expected
        some, problems = read(data)
        assert not problems and list(some[0].times)[:2] == [START, START + 1]
    nano, _ = read(savefile(everything(), order, 0xA1B23C4D))
    assert len(nano[0].numbers) == len(list(everything()))


def test_what_is_cut_is_a_problem_and_the_rest_is_read():
    for whole in (savefile(everything()), sections(everything())):
        some, problems = read(whole[:-9])
        count = sum(len(t.numbers) for t in some)
        assert count + len(problems) == len(list(everything())) and len(problems) == 1


def test_segments_out_of_order_and_twice_are_put_right():
    half = Half(next=100)
    for seq, payload in ((105, b"fgh"), (100, b"ab"), (101, b"bcde"), (101, b"bcde"), (106, b"ghij")):
        half.add(Segment("a", "b", 6, sequence=seq, payload=payload))
    assert bytes(half.data) == b"abcdefghij"


def test_a_split_hello_is_put_together():
    hello = client_hello("mail.lure.example")
    said = [(">", bytes([byte])) for byte in hello]
    _, ties = shown(savefile(talk(443, *said)))
    assert ties == {("resolves-to", "mail.lure.example", SERVER, "")}


@pytest.mark.parametrize("link", [0, 1, 9, 12, 101, 113, 228, 276, 999])
def test_any_frame_is_taken(link):
    for size in range(80):
        dissect(link, bytes([0x45]) * size)
        dissect(link, (b"\0" * 12 + b"\x86\xdd\x60" + b"\0" * 90)[:size])


@pytest.mark.parametrize(
    "data",
    [b"", b"\xd4\xc3\xb2\xa1", savefile([])[:24] + b"\xff" * 16, sections([])[:28] + b"\6\0\0\0" + b"\xff" * 8],
)
def test_impossible_lengths_are_format_errors(data):
    with pytest.raises(FormatError):
        read(data)


def test_in_a_child_process_it_says_the_same():
    with SAMPLE.open("rb") as stream:
        assert list(records(FORMAT, stream)) == list(FORMAT.read(io.BytesIO(SAMPLE.read_bytes())))
