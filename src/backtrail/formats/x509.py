"""Certificates as files, PEM or DER: one handed over as evidence is a finding. Parsed by `cryptography` (Rust)."""

import re
from collections.abc import Callable, Iterator
from typing import BinaryIO

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes

from backtrail.formats.kit.format import Format
from backtrail.model.errors import FormatError, LimitError
from backtrail.model.record import Record, Seen

MAX_SIZE = 16 << 20
_BLOCK = re.compile(
    rb"-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----.*?-----END (?:X509 |TRUSTED )?CERTIFICATE-----", re.S
)
_BEGIN = b"-----BEGIN CERTIFICATE-----"
_BROKEN = (ValueError, TypeError, UnsupportedAlgorithm, x509.InvalidVersion, x509.UnsupportedGeneralNameType)


def sniff(head: bytes, name: str) -> bool:
    if _BEGIN in head:
        return True
    return head[:2] == b"\x30\x82" and name.lower().endswith((".der", ".cer", ".crt")) and len(head) > 100


def read(stream: BinaryIO) -> Iterator[Record]:
    data = stream.read(MAX_SIZE + 1)
    if len(data) > MAX_SIZE:
        raise LimitError(f"certificates of more than {MAX_SIZE >> 20} MiB", where="offset 0")
    found = list(_BLOCK.finditer(data))
    if not found and data[:1] != b"\x30":
        raise FormatError("no certificate", where="offset 0")
    for number, match in enumerate(found, 1):
        yield _record(f"record {number}", _pem, match[0])
    if not found:
        yield _record("record 1", x509.load_der_x509_certificate, data)


def _pem(block: bytes) -> x509.Certificate:
    return x509.load_pem_x509_certificate(block.replace(b"X509 CERT", b"CERT").replace(b"TRUSTED CERT", b"CERT"))


def _record(where: str, load: Callable[[bytes], x509.Certificate], data: bytes) -> Record:
    try:
        return Record(where=where, seen=tuple(_seen(load(data))))
    except _BROKEN as error:
        return Record(where=where, problem=f"no certificate that can be read: {error}")


def _seen(certificate: x509.Certificate) -> Iterator[Seen]:
    yield Seen(kind="x509-serial", value=f"{certificate.serial_number:x}")
    yield Seen(kind="x509-sha1", value=certificate.fingerprint(hashes.SHA1()).hex())  # noqa: S303 - its common name
    yield Seen(kind="x509-sha256", value=certificate.fingerprint(hashes.SHA256()).hex())
    for kind, name in (("x509-subject", certificate.subject), ("x509-issuer", certificate.issuer)):
        if text := name.rfc4514_string():
            yield Seen(kind=kind, value=text)


FORMAT = Format(
    name="x509", title="Certificate (PEM, DER)", media_type="application/pem-certificate-chain", suffix=".pem",
    sniff=sniff, read=read,
)  # fmt: skip
