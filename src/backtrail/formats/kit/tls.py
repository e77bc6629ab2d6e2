"""What a TLS connection shows before it is encrypted: the name asked for and the server's certificate.

RFC 8446 and 5246; in TLS 1.3 the certificate is encrypted already. Only the first certificate is the server's own.
"""

import struct
import warnings

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from backtrail.formats.kit.flows import Flow, Half
from backtrail.formats.kit.logs import Gatherer
from backtrail.formats.kit.parts import resolves

_HANDSHAKE = 22
_CLIENT_HELLO, _CERTIFICATE = 1, 11


def speaks(start: bytes) -> bool:
    """Whether a direction begins with a TLS handshake."""
    return start[:2] == b"\x16\x03"


def look(gatherer: Gatherer, flow: Flow) -> bool:
    """Take what there is; whether more may come."""
    if "hello" not in flow.said:
        for kind, body in _messages(flow.up, flow.said, "up", bytearray()):
            if kind == _CLIENT_HELLO:
                flow.said["hello"] = "yes"
                _hello(gatherer, flow, body)
                break
    for kind, body in _messages(flow.down, flow.said, "down", flow.scratch):
        if kind == _CERTIFICATE:
            _certificate(gatherer, flow, body[6 : 6 + int.from_bytes(body[3:6], "big")])
            return False
    return "ended" not in flow.said and not flow.down.full


def _messages(half: Half, said: dict[str, str], which: str, scratch: bytearray) -> list[tuple[int, bytes]]:
    """Whole handshake messages that came since the last look. Each record is read once, each message given once."""
    while len(half.data) >= half.taken + 5 and f"{which} ended" not in said:
        kind, _, size = struct.unpack_from(">BHH", half.data, half.taken)
        if kind != _HANDSHAKE:
            said["ended" if which == "down" else "up ended"] = "yes"
            break
        if len(half.data) < half.taken + 5 + size:
            half.wanted = half.taken + 5 + size
            break
        scratch += half.data[half.taken + 5 : half.taken + 5 + size]
        half.taken += 5 + size
    return _whole(scratch)


def _whole(scratch: bytearray) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while len(scratch) >= at + 4:
        size = int.from_bytes(scratch[at + 1 : at + 4], "big")
        if len(scratch) < at + 4 + size:
            break
        found.append((scratch[at], bytes(scratch[at + 4 : at + 4 + size])))
        at += 4 + size
    del scratch[:at]
    return found


def _hello(gatherer: Gatherer, flow: Flow, body: bytes) -> None:
    name = server_name(body)
    gatherer.value("domain-name", name, "out")
    resolves(gatherer, name, flow.server)


def server_name(hello: bytes) -> str:
    """The server name in a ClientHello; empty when it has none."""
    try:
        at = 34 + 1 + hello[34]
        at += 2 + struct.unpack_from(">H", hello, at)[0]
        at += 1 + hello[at] + 2
        while at + 4 <= len(hello):
            kind, size = struct.unpack_from(">HH", hello, at)
            if kind == 0:
                length = struct.unpack_from(">H", hello, at + 7)[0]
                return hello[at + 9 : at + 9 + length].decode("ascii", "replace")
            at += 4 + size
    except (struct.error, IndexError):
        pass
    return ""


def _certificate(gatherer: Gatherer, flow: Flow, der: bytes) -> None:
    shown = names_of(der)
    for kind, value in shown.items():
        gatherer.value(kind, value, "in")
        if kind in ("x509-sha1", "x509-sha256"):
            gatherer.tie("presents", "ipv4-addr", flow.server, kind, value)


def names_of(der: bytes) -> dict[str, str]:
    """What names a certificate, by kind; empty when it is none."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            certificate = x509.load_der_x509_certificate(der)
            return {
                "x509-sha1": certificate.fingerprint(SHA1()).hex(),  # noqa: S303
                "x509-sha256": certificate.fingerprint(SHA256()).hex(),
                "x509-serial": f"{abs(certificate.serial_number):x}",
                "x509-subject": certificate.subject.rfc4514_string(),
                "x509-issuer": certificate.issuer.rfc4514_string(),
            }
    except (ValueError, TypeError, x509.InvalidVersion, UnsupportedAlgorithm):
        return {}
