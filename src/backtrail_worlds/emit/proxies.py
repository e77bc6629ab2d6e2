"""What older sites keep: a Squid or W3C proxy log, a name server's and a firewall's syslog, a web server's log."""

from random import Random

from backtrail_worlds.clock import stamp
from backtrail_worlds.emit.sink import Log
from backtrail_worlds.emit.traffic import Request
from backtrail_worlds.emit.zeek import Zeek
from backtrail_worlds.plan.model import Certificate, Mail, Sample

_W3C = (
    "date time time-taken c-ip cs-username s-action sc-status cs-method cs-uri-scheme cs-host cs-uri-port cs-uri-path "
    "cs-uri-query cs(User-Agent) r-ip sc-bytes cs-bytes"
)


class Syslog:
    """A log of several daemons, with ISO time stamps as rsyslog writes them; `offset` as text, empty for none."""

    def __init__(self, name: str = "messages.log", offset: str = "+00:00") -> None:
        self.log = Log(name, "text")
        self._offset = offset

    def line(self, moment: float, host: str, daemon: str, text: str) -> None:
        """One message."""
        self.log.add(moment, f"{stamp(moment, '%Y-%m-%dT%H:%M:%S')}{self._offset} {host} {daemon}: {text}".encode())


class Squid:
    """Squid's native log, dnsmasq's queries and the firewall's finished connections."""

    def __init__(self, rng: Random, gz: bool) -> None:
        self._rng = rng
        self._log = Log("access.log", "columns", gz=gz)
        self._syslog = Syslog()

    def logs(self) -> list[Log]:
        """What was written so far."""
        return [self._log, self._syslog.log]

    def size(self) -> int:
        """Bytes so far."""
        return self._log.size + self._syslog.log.size

    def _access(self, moment: float, host: str, request: Request, what: tuple[str, str, str]) -> None:
        code, method, url = what
        millis = int(moment % 1 * 1000)
        line = (
            f"{int(moment)}.{millis:03d} {self._rng.randint(20, 4000):6d} {host} {code} {request.received} "
            f"{method} {url} - "
            f"DIRECT/{request.address} {'text/html' if method != 'CONNECT' else '-'}"
        )
        self._log.add(moment, line.encode())

    def dns(self, moment: float, host: str, name: str, address: str) -> None:
        """A query and its answer, as dnsmasq logs them."""
        self._syslog.line(moment, "ns1", "dnsmasq[812]", f"query[A] {name} from {host}")
        self._syslog.line(moment + 0.1, "ns1", "dnsmasq[812]", f"reply {name} is {address or 'NXDOMAIN'}")

    def http(self, moment: float, host: str, request: Request) -> None:
        """A request through the proxy."""
        port = "" if request.port == 80 else f":{request.port}"
        url = f"http://{request.host or request.address}{port}{request.path}"
        self._access(moment, host, request, ("TCP_MISS/200", request.method, url))

    def tls(self, moment: float, host: str, request: Request, certificate: Certificate | None) -> None:
        """A tunnel through the proxy; the certificate is not seen."""
        self._access(
            moment, host, request, ("TCP_MISS/200", "CONNECT", f"{request.host or request.address}:{request.port}")
        )

    def flow(self, moment: float, host: str, request: Request, seconds: float) -> None:
        """A connection past the proxy, when it ended."""
        port = self._rng.randint(1024, 65535)
        back = f"src={request.address} dst={host} sport={request.port} dport={port}"
        self._syslog.line(
            moment + seconds,
            "fw1",
            "conntrack[1044]",
            f"[DESTROY] tcp 6 src={host} dst={request.address} sport={port} dport={request.port} "
            f"packets={request.sent // 1200 + 4} bytes={request.sent} {back} "
            f"packets={request.received // 1200 + 4} bytes={request.received} [ASSURED]",
        )

    def file(self, moment: float, host: str, address: str, sample: Sample) -> None:
        """A download; the file is not hashed."""
        self.http(moment, host, Request("", address, 80, path=f"/{sample.file_name}", received=sample.size))

    def mail(self, moment: float, mail: Mail, server: str) -> None:
        """A message, as Postfix logs it."""
        queue = f"{self._rng.getrandbits(40):010X}"
        self._syslog.line(
            moment,
            "mx1",
            "postfix/qmgr[990]",
            f"{queue}: from=<{mail.sender}>, size={len(mail.body) + 41_000}, nrcpt=1 (queue active)",
        )
        self._syslog.line(
            moment + 1, "mx1", "postfix/local[2201]", f"{queue}: to=<{mail.recipient}>, relay=local, status=sent"
        )


class W3c:
    """A proxy that writes W3C extended logs, beside a small Zeek for connections and names."""

    def __init__(self, rng: Random, gz: bool) -> None:
        self._rng = rng
        self._zeek = Zeek(rng, as_json=False, gz=gz, only=("conn", "dns", "smtp", "files", "ftp"))
        header = (
            b"#Software: SGOS 6.5.1.5",
            b"#Version: 1.0",
            b"#Start-Date: 2006-01-01 00:00:00",
            f"#Fields: {_W3C}".encode(),
        )
        self._log = Log("proxy.log", "columns", header, bom=rng.random() < 0.3, crlf=rng.random() < 0.7, gz=gz)

    def logs(self) -> list[Log]:
        """What was written so far."""
        return [self._log, *self._zeek.logs()]

    def size(self) -> int:
        """Bytes so far."""
        return self._log.size + self._zeek.size()

    def _access(self, moment: float, host: str, request: Request, what: tuple[str, str, str]) -> None:
        action, method, scheme = what
        path, _, query = request.path.partition("?")
        agent = request.agent.replace(" ", "+") or "-"
        line = (
            f"{stamp(moment, '%Y-%m-%d %H:%M:%S')} {self._rng.randint(10, 3000)} {host} - {action} 200 {method} "
            f"{scheme} {request.host or request.address} {request.port} {path if method != 'CONNECT' else '/'} "
            f"{query or '-'} {agent} {request.address} {request.received} {request.sent}"
        )
        self._log.add(moment, line.encode())

    def dns(self, moment: float, host: str, name: str, address: str) -> None:
        """A query and its answer."""
        self._zeek.dns(moment, host, name, address)

    def http(self, moment: float, host: str, request: Request) -> None:
        """A request through the proxy."""
        self._access(moment, host, request, ("TCP_NC_MISS", request.method, "http"))

    def tls(self, moment: float, host: str, request: Request, certificate: Certificate | None) -> None:
        """A tunnel through the proxy."""
        self._access(moment, host, request, ("TCP_TUNNELED", "CONNECT", "tcp"))

    def flow(self, moment: float, host: str, request: Request, seconds: float) -> None:
        """A connection past the proxy."""
        self._zeek.flow(moment, host, request, seconds)

    def file(self, moment: float, host: str, address: str, sample: Sample) -> None:
        """A file that came in."""
        self._zeek.file(moment, host, address, sample)

    def mail(self, moment: float, mail: Mail, server: str) -> None:
        """A message."""
        self._zeek.mail(moment, mail, server)


def apache(moment: float, client: str, path: str, agent: str, size: int) -> bytes:
    """A line of Apache's combined log."""
    when = stamp(moment, "%d/%b/%Y:%H:%M:%S +0000")
    return f'{client} - - [{when}] "GET {path} HTTP/1.1" 200 {size} "-" "{agent}"'.encode()
