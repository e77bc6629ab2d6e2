"""Suricata's eve.json."""

from random import Random
from typing import Any

import msgspec

from backtrail_worlds.clock import stamp
from backtrail_worlds.emit.sink import Log
from backtrail_worlds.emit.traffic import Request
from backtrail_worlds.plan.model import Certificate, Mail, Sample


class Suricata:
    """A Suricata sensor: one log for everything."""

    def __init__(self, rng: Random, gz: bool) -> None:
        self._rng = rng
        self._log = Log("eve.json", "json", gz=gz)

    def logs(self) -> list[Log]:
        """What was written so far."""
        return [self._log]

    def size(self) -> int:
        """Bytes so far."""
        return self._log.size

    def _event(
        self, moment: float, kind: str, ends: tuple[str, int, str, int], more: dict[str, Any], proto: str = "TCP"
    ) -> None:
        head = {
            "timestamp": stamp(moment, "%Y-%m-%dT%H:%M:%S") + f".{int(moment % 1 * 1e6):06d}+0000",
            "flow_id": self._rng.getrandbits(50),
            "in_iface": "eth1",
            "event_type": kind,
            "src_ip": ends[0],
            "src_port": ends[1],
            "dest_ip": ends[2],
            "dest_port": ends[3],
            "proto": proto,
        }
        self._log.add(moment, msgspec.json.encode(head | more))

    def _ends(self, host: str, address: str, port: int) -> tuple[str, int, str, int]:
        return host, self._rng.randint(1024, 65535), address, port

    def _flow(
        self, moment: float, ends: tuple[str, int, str, int], request: Request, proto: str, seconds: float
    ) -> None:
        flow = {
            "pkts_toserver": request.sent // 1200 + 4,
            "pkts_toclient": request.received // 1200 + 4,
            "bytes_toserver": request.sent,
            "bytes_toclient": request.received,
            "start": stamp(moment, "%Y-%m-%dT%H:%M:%S") + ".000000+0000",
            "end": stamp(moment + seconds, "%Y-%m-%dT%H:%M:%S") + ".000000+0000",
            "age": int(seconds),
            "state": "closed",
            "reason": "timeout",
            "alerted": False,
        }
        self._event(moment + 0.001, "flow", ends, {"app_proto": proto, "flow": flow})

    def dns(self, moment: float, host: str, name: str, address: str) -> None:
        """An answer."""
        answer: dict[str, Any] = {
            "version": 2,
            "type": "answer",
            "id": self._rng.getrandbits(16),
            "flags": "8180",
            "qr": True,
            "rd": True,
            "ra": True,
            "rrname": name,
            "rrtype": "A",
            "rcode": "NOERROR" if address else "NXDOMAIN",
        }
        if address:
            answer["answers"] = [{"rrname": name, "rrtype": "A", "ttl": 300, "rdata": address}]
        self._event(moment, "dns", self._ends(host, "10.0.0.53", 53), {"dns": answer}, "UDP")

    def http(self, moment: float, host: str, request: Request) -> None:
        """A request and its flow."""
        ends = self._ends(host, request.address, request.port)
        http = {
            "hostname": request.host or request.address,
            "url": request.path,
            "http_user_agent": request.agent,
            "http_content_type": "text/html",
            "http_method": request.method,
            "protocol": "HTTP/1.1",
            "status": 200,
            "length": request.received,
        }
        self._event(moment, "http", ends, {"tx_id": 0, "http": http})
        self._flow(moment, ends, request, "http", 1)

    def tls(self, moment: float, host: str, request: Request, certificate: Certificate | None) -> None:
        """A handshake and its flow."""
        ends = self._ends(host, request.address, request.port)
        tls: dict[str, Any] = {"version": "TLS 1.0"}
        if request.host:
            tls["sni"] = request.host
        if certificate:
            tls |= {
                "subject": certificate.subject.replace(",", ", "),
                "issuerdn": certificate.issuer.replace(",", ", "),
                "serial": _colons(certificate.serial),
                "fingerprint": _colons(certificate.sha1),
                "notbefore": stamp(certificate.not_before, "%Y-%m-%dT%H:%M:%S"),
                "notafter": stamp(certificate.not_after, "%Y-%m-%dT%H:%M:%S"),
            }
        self._event(moment, "tls", ends, {"tls": tls})
        self._flow(moment, ends, request, "tls", 3)

    def flow(self, moment: float, host: str, request: Request, seconds: float) -> None:
        """A flow of another protocol."""
        proto = "ftp" if request.port == 21 else "failed"
        self._flow(moment, self._ends(host, request.address, request.port), request, proto, seconds)

    def file(self, moment: float, host: str, address: str, sample: Sample) -> None:
        """A file that came over HTTP."""
        info = {
            "filename": f"/{sample.file_name}",
            "gaps": False,
            "state": "CLOSED",
            "stored": False,
            "size": sample.size,
            "tx_id": 0,
            "md5": sample.md5,
            "sha1": sample.sha1,
            "sha256": sample.sha256,
        }
        self._event(
            moment,
            "fileinfo",
            (address, 80, host, self._rng.randint(1024, 65535)),
            {"app_proto": "http", "fileinfo": info},
        )

    def mail(self, moment: float, mail: Mail, server: str) -> None:
        """A message."""
        ends = (mail.origin or "10.0.0.25", self._rng.randint(1024, 65535), server, 25)
        smtp = {
            "helo": mail.sender.partition("@")[2],
            "mail_from": f"<{mail.sender}>",
            "rcpt_to": [f"<{mail.recipient}>"],
        }
        email: dict[str, Any] = {
            "status": "PARSE_DONE",
            "from": mail.sender,
            "to": [mail.recipient],
            "subject": mail.subject,
        }
        if mail.attachment:
            email["attachment"] = [mail.attachment]
        self._event(moment, "smtp", ends, {"smtp": smtp, "email": email})


def _colons(digits: str) -> str:
    return ":".join(digits[i : i + 2] for i in range(0, len(digits), 2)).lower()
