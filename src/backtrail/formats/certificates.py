"""Lists of X.509 certificates as flattened OpenSSL text: `[{"Certificate.Serial_Number": "1 (0x1)", ...}]`.

The shape in which certificate appendices of threat reports travel (the APT1 report's appendix F among them). Keys
are OpenSSL's `x509 -text` headings joined by dots. Only what names the certificate is taken: validity dates are
no sightings, and stay in the native record with everything else.
"""

import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from backtrail.formats.kit import Format, JsonElements
from backtrail.model.errors import FormatError
from backtrail.model.record import Native, Record, Seen

_SERIAL = "Certificate.Serial_Number"
_KINDS = {
    _SERIAL: "x509-serial",
    "Certificate.Subject": "x509-subject",
    "Certificate.Issuer": "x509-issuer",
    "Certificate.Fingerprint.SHA1": "x509-sha1",
    "Certificate.Fingerprint.SHA256": "x509-sha256",
    "Certificate.Fingerprint.MD5": "x-certificates:md5",
}
"""Key of the file to kind, in the order the values are given."""

_SMALL_SERIAL = re.compile(r"-?\d+ \((-?)0x([0-9A-Fa-f]+)\)")
_START = re.compile(rb"(?:\xef\xbb\xbf)?\s*[\[{]")
_KEY = re.compile(rb'"Certificate\.(?:Serial_Number|Subject|Issuer|Fingerprint\.\w+)"\s*:')


def _sniff(head: bytes, name: str) -> bool:
    return bool(_START.match(head) and _KEY.search(head))


def _read(stream: BinaryIO) -> Iterator[Record]:
    document = JsonElements(stream, "certificate list").whole()
    certificates = [document] if isinstance(document, dict) else document
    if not isinstance(certificates, list):
        raise FormatError("certificate list: expected a list of certificates", where="offset 0")
    for number, certificate in enumerate(certificates, 1):
        yield _record(f"record {number}", certificate)


def _record(where: str, certificate: Any) -> Record:
    if not isinstance(certificate, dict):
        return Record(where=where, problem="a certificate must be a JSON object")
    seen, problems = [], []
    for key, kind in _KINDS.items():
        if (value := certificate.get(key)) is None:
            continue
        if not isinstance(value, str) or not value.strip():
            problems.append(f"{key} is no text")
        else:
            seen.append(Seen(kind=kind, value=_serial(value) if key == _SERIAL else value))
    if not seen and not problems:
        problems.append("a certificate without serial number, subject, issuer or fingerprint")
    native = Native(format="certificates", content=certificate)
    return Record(where=where, seen=tuple(seen), problem="; ".join(problems) or None, native=native)


def _serial(text: str) -> str:
    """The hex digits of OpenSSL's two spellings: `290 (0x122)` when short, `(Negative)4c:0b:...` when long.

    The sign is left to the native record: half of the tools that print serials show the magnitude alone.
    """
    if match := _SMALL_SERIAL.fullmatch(text.strip()):
        return match[2]
    return text.strip().removeprefix("(Negative)").strip()


FORMAT = Format(
    name="certificates",
    title="X.509 certificate list (flattened OpenSSL text, JSON)",
    media_type="application/json",
    suffix=".json",
    sniff=_sniff,
    read=_read,
)
