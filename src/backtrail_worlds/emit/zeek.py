"""Zeek logs, as tab-separated values or JSON lines."""

from base64 import b64encode
from random import Random

import msgspec

from backtrail_worlds.clock import stamp
from backtrail_worlds.emit.sink import Log
from backtrail_worlds.emit.traffic import Request
from backtrail_worlds.plan.model import Certificate, Login, Mail, Sample

Cell = str | int | float | bool | list[str] | None

_ID = "ts:time uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port "
_FIELDS = {
    "conn": _ID + "proto:enum service:string duration:interval orig_bytes:count resp_bytes:count conn_state:string "
    "local_orig:bool local_resp:bool missed_bytes:count history:string orig_pkts:count orig_ip_bytes:count "
    "resp_pkts:count resp_ip_bytes:count tunnel_parents:set[string]",
    "dns": _ID + "proto:enum trans_id:count rtt:interval query:string qclass:count qclass_name:string qtype:count "
    "qtype_name:string rcode:count rcode_name:string AA:bool TC:bool RD:bool RA:bool Z:count answers:vector[string] "
    "TTLs:vector[interval] rejected:bool",
    "http": _ID + "trans_depth:count method:string host:string uri:string referrer:string version:string "
    "user_agent:string origin:string request_body_len:count response_body_len:count status_code:count "
    "status_msg:string resp_fuids:vector[string] resp_mime_types:vector[string]",
    "ssl": _ID + "version:string cipher:string curve:string server_name:string resumed:bool last_alert:string "
    "next_protocol:string established:bool ssl_history:string cert_chain_fps:vector[string] "
    "client_cert_chain_fps:vector[string] sni_matches_cert:bool validation_status:string",
    "x509": "ts:time fingerprint:string certificate.version:count certificate.serial:string "
    "certificate.subject:string certificate.issuer:string certificate.not_valid_before:time "
    "certificate.not_valid_after:time certificate.key_alg:string certificate.sig_alg:string "
    "certificate.key_type:string certificate.key_length:count host_cert:bool client_cert:bool",
    "files": "ts:time fuid:string uid:string id.orig_h:addr id.orig_p:port id.resp_h:addr id.resp_p:port "
    "source:string depth:count analyzers:set[string] mime_type:string filename:string duration:interval "
    "local_orig:bool is_orig:bool seen_bytes:count total_bytes:count missing_bytes:count overflow_bytes:count "
    "timedout:bool md5:string sha1:string sha256:string",
    "smtp": _ID + "trans_depth:count helo:string mailfrom:string rcptto:set[string] date:string from:string "
    "to:set[string] subject:string x_originating_ip:addr last_reply:string path:vector[addr] tls:bool "
    "fuids:vector[string]",
    "ftp": _ID + "user:string command:string arg:string file_size:count reply_code:count reply_msg:string",
    "rdp": _ID + "cookie:string result:string security_protocol:string client_channels:vector[string] "
    "keyboard_layout:string client_build:string client_name:string client_dig_product_id:string "
    "desktop_width:count desktop_height:count requested_color_depth:string cert_type:string cert_count:count "
    "cert_permanent:bool encryption_level:string encryption_method:string",
}
_NAMES = {path: [part.partition(":")[0] for part in fields.split()] for path, fields in _FIELDS.items()}
_TYPES = {path: [part.partition(":")[2] for part in fields.split()] for path, fields in _FIELDS.items()}

LAYOUTS = {
    "0x0804": "Chinese - PRC",
    "0x0409": "English - United States",
    "0x0419": "Russian",
    "0x0412": "Korean",
    "0x0411": "Japanese",
    "0x0404": "Chinese - Taiwan",
    "0x0429": "Farsi",
    "0x042a": "Vietnamese",
}


class Zeek:
    """A Zeek sensor.

    Args:
        rng: For identifiers and ports.
        as_json: JSON lines rather than tab-separated values.
        gz: Whether the larger logs are compressed.
        only: Logs that are written; all when empty.
    """

    def __init__(self, rng: Random, as_json: bool, gz: bool, only: tuple[str, ...] = ()) -> None:
        self._rng = rng
        self._json = as_json
        self._gz = gz
        self._only = only
        self._iso = as_json and rng.random() < 0.5
        self._logs: dict[str, Log] = {}

    def logs(self) -> list[Log]:
        """What was written so far."""
        return list(self._logs.values())

    def size(self) -> int:
        """Bytes so far."""
        return sum(log.size for log in self._logs.values())

    def _uid(self, kind: str = "C") -> str:
        return kind + b64encode(self._rng.randbytes(12), b"xy").decode()

    def _log(self, path: str) -> Log:
        log = self._logs.get(path)
        if log is None:
            packed = self._gz and path in ("conn", "dns", "http", "files")
            if self._json:
                log = Log(f"{path}.json" if self._iso else f"{path}.log", "json", gz=packed)
            else:
                log = Log(f"{path}.log", "tsv", _header(path), b"#close\t2013-12-31-23-59-59", gz=packed)
            self._logs[path] = log
        return log

    def row(self, path: str, moment: float, cells: tuple[Cell, ...]) -> None:
        """One record; `cells` follow the fields after the time."""
        if self._only and path not in self._only:
            return
        if self._json:
            when: Cell = stamp(moment, "%Y-%m-%dT%H:%M:%S.") + f"{moment % 1:.6f}"[2:] + "Z" if self._iso else moment
            pairs = zip(_NAMES[path], (when, *cells), strict=True)
            line = msgspec.json.encode({name: cell for name, cell in pairs if cell is not None})
        else:
            line = "\t".join([f"{moment:.6f}", *map(_tsv, cells)]).encode()
        self._log(path).add(moment, line)

    def dns(self, moment: float, host: str, name: str, address: str) -> None:
        """A query and its answer."""
        rng = self._rng
        answers: Cell = [address] if address else None
        self.row(
            "dns",
            moment,
            (
                self._uid(),
                host,
                rng.randint(1024, 65535),
                "10.0.0.53",
                53,
                "udp",
                rng.getrandbits(16),
                rng.randint(400, 90000) / 1e6,
                name,
                1,
                "C_INTERNET",
                1,
                "A",
                0 if address else 3,
                "NOERROR" if address else "NXDOMAIN",
                False,
                False,
                True,
                True,
                0,
                answers,
                [f"{rng.choice((60, 300, 3600))}.000000"] if address else None,
                False,
            ),
        )

    def _conn(
        self, moment: float, uid: str, ends: tuple[str, int, str, int], what: tuple[str | None, float, int, int]
    ) -> None:
        service, seconds, sent, received = what
        out, back = sent // 1200 + 4, received // 1200 + 4
        self.row(
            "conn",
            moment,
            (
                uid,
                *ends,
                "tcp",
                service,
                seconds,
                sent,
                received,
                "SF",
                True,
                False,
                0,
                "ShADadFf",
                out,
                sent + 40 * out,
                back,
                received + 40 * back,
                None,
            ),
        )

    def _ends(self, host: str, address: str, port: int) -> tuple[str, int, str, int]:
        return host, self._rng.randint(1024, 65535), address, port

    def http(self, moment: float, host: str, request: Request) -> None:
        """A request, with its connection."""
        uid, ends = self._uid(), self._ends(host, request.address, request.port)
        self._conn(moment, uid, ends, ("http", 0.4, request.sent, request.received))
        self.row(
            "http",
            moment,
            (
                uid,
                *ends,
                1,
                request.method,
                request.host or request.address,
                request.path,
                None,
                "1.1",
                request.agent,
                None,
                0,
                request.received,
                200,
                "OK",
                None,
                ["text/html"],
            ),
        )

    def tls(self, moment: float, host: str, request: Request, certificate: Certificate | None) -> None:
        """A TLS session, with its connection and certificate."""
        uid, ends = self._uid(), self._ends(host, request.address, request.port)
        self._conn(moment, uid, ends, ("ssl", 2.5, request.sent, request.received))
        prints: Cell = [certificate.sha256] if certificate else None
        self.row(
            "ssl",
            moment,
            (
                uid,
                *ends,
                "TLSv10",
                "TLS_RSA_WITH_AES_128_CBC_SHA",
                None,
                request.host or None,
                False,
                None,
                None,
                True,
                "CsxknGIi",
                prints,
                None,
                None,
                "self signed certificate" if certificate else "ok",
            ),
        )
        if certificate:
            self.row(
                "x509",
                moment,
                (
                    certificate.sha256,
                    3,
                    certificate.serial,
                    certificate.subject,
                    certificate.issuer,
                    float(certificate.not_before),
                    float(certificate.not_after),
                    "rsaEncryption",
                    "sha1WithRSAEncryption",
                    "rsa",
                    1024,
                    True,
                    False,
                ),
            )

    def flow(self, moment: float, host: str, request: Request, seconds: float) -> None:
        """A connection whose protocol nobody knows, or FTP."""
        uid, ends = self._uid(), self._ends(host, request.address, request.port)
        service = "ftp" if request.port == 21 else None
        self._conn(moment, uid, ends, (service, seconds, request.sent, request.received))
        if service:
            self.row(
                "ftp",
                moment,
                (
                    uid,
                    *ends,
                    "upload",
                    "STOR",
                    f"ftp://{request.address}/{request.path}",
                    request.sent,
                    226,
                    "Transfer complete.",
                ),
            )

    def file(self, moment: float, host: str, address: str, sample: Sample) -> None:
        """A file that came over HTTP."""
        self.row(
            "files",
            moment,
            (
                self._uid("F"),
                self._uid(),
                *self._ends(host, address, 80),
                "HTTP",
                0,
                ["MD5", "PE", "SHA1"],
                "application/x-dosexec",
                sample.file_name,
                0.2,
                False,
                False,
                sample.size,
                sample.size,
                0,
                0,
                False,
                sample.md5,
                sample.sha1,
                None,
            ),
        )

    def mail(self, moment: float, mail: Mail, server: str) -> None:
        """A message on its way in or out."""
        ends = (mail.origin or "10.0.0.25", self._rng.randint(1024, 65535), server, 25)
        self.row(
            "smtp",
            moment,
            (
                self._uid(),
                *ends,
                1,
                mail.sender.partition("@")[2],
                mail.sender,
                [mail.recipient],
                stamp(moment, "%a, %d %b %Y %H:%M:%S +0000"),
                f"{mail.sender_name} <{mail.sender}>",
                [mail.recipient],
                mail.subject,
                mail.origin or None,
                "250 2.0.0 Ok: queued",
                [server],
                False,
                None,
            ),
        )

    def rdp(self, moment: float, hop: str, login: Login, layout: str) -> None:
        """An RDP session at a hop."""
        self.row(
            "rdp",
            moment,
            (
                self._uid(),
                *self._ends(login.client, hop, 3389),
                login.account[:9],
                "Success",
                "RDP",
                ["rdpdr", "cliprdr"],
                layout,
                "RDP 5.1",
                login.machine,
                None,
                1024,
                768,
                "16bit",
                "RSA",
                1,
                True,
                "Client compatible",
                "128bit",
            ),
        )

    def knock(self, moment: float, hop: str, client: str, cookie: str) -> None:
        """Somebody who tried RDP and did not get in: no layout is seen."""
        self.row(
            "rdp",
            moment,
            (
                self._uid(),
                *self._ends(client, hop, 3389),
                cookie,
                "encrypted",
                "HYBRID",
                None,
                None,
                None,
                None,
                None,
                None,
                None,
                None,
                None,
                0,
                None,
                None,
                None,
            ),
        )


def _header(path: str) -> tuple[bytes, ...]:
    return (
        b"#separator \\x09",
        b"#set_separator\t,",
        b"#empty_field\t(empty)",
        b"#unset_field\t-",
        f"#path\t{path}".encode(),
        b"#open\t2006-01-01-00-00-00",
        ("#fields\t" + "\t".join(_NAMES[path])).encode(),
        ("#types\t" + "\t".join(_TYPES[path])).encode(),
    )


def _tsv(cell: Cell) -> str:
    if cell is None:
        return "-"
    if cell is True or cell is False:
        return "T" if cell else "F"
    if isinstance(cell, float):
        return f"{cell:.6f}"
    if isinstance(cell, list):
        return ",".join(part.replace(",", "\\x2c") for part in cell) or "(empty)"
    return str(cell).replace("\t", "\\x09")
