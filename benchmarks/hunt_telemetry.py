"""Telemetry for hunts, made with a seed: Zeek, Suricata, Sysmon, Squid and syslog, with planted hits and near misses.

Background values come from a pool that no indicator is taken from. `python -m benchmarks.hunt_telemetry DIR [GB]`.
"""

import random
import sys
from pathlib import Path

SEED = 20130218
PLANTED = 3980
_TLDS = ("com", "net", "org", "info", "ru", "cn", "co.uk", "biz")
_POOL = 24 << 20
"""Bytes of different lines of each format; a file repeats them."""


class World:
    """Words, hosts and addresses of the background, and indicators apart from them.

    Args:
        seed: The seed.
    """

    def __init__(self, seed: int = SEED) -> None:
        self.r = random.Random(seed)
        self.words = [
            "".join(self.r.choices("abcdefghijklmnopqrstuvwxyz", k=self.r.randint(4, 11))) for _ in range(9000)
        ]

    def name(self) -> str:
        return f"{self.r.choice(self.words)}.{self.r.choice(self.words)}.{self.r.choice(_TLDS)}"

    def address(self) -> str:
        r = self.r
        return f"{r.randint(11, 126)}.{r.randint(0, 255)}.{r.randint(0, 255)}.{r.randint(1, 254)}"

    def indicators(self, count: int) -> list[tuple[str, str]]:
        """Indicators, half of them domains, the rest addresses (above 128., the background is below), digests, URLs."""
        r = self.r
        out = []
        for n in range(count):
            share = n % 20
            bad = f"{r.choice(self.words)}-{r.choice(self.words)}{n % 97}.{r.choice(_TLDS)}"
            if share < 10:
                out.append(("domain-name", bad if share % 2 else f"{r.choice(self.words)}.{bad}"))
            elif share < 14:
                out.append(
                    ("ipv4-addr", f"{r.randint(129, 223)}.{r.randint(0, 255)}.{r.randint(0, 255)}.{r.randint(1, 254)}")
                )
            elif share < 16:
                out.append(("md5", f"{r.getrandbits(128):032x}"))
            elif share < 19:
                out.append(("sha256", f"{r.getrandbits(256):064x}"))
            else:
                out.append(
                    ("url", f"http://{bad}/{r.choice(self.words)}/{r.choice(self.words)}.php?id={r.randint(1, 999)}")
                )
        return list(dict.fromkeys(out))


def zeek_dns(w: World, host: str, address: str, digest: str, url: str) -> str:
    r = w.r
    return (
        f"{1331901000 + r.randint(0, 999999)}.{r.randint(0, 999999):06d}\tC{r.getrandbits(80):x}\t10.0.{r.randint(0, 255)}."  # noqa: E501
        f"{r.randint(0, 255)}\t{r.randint(1024, 65535)}\t10.0.0.53\t53\tudp\t{r.randint(0, 65535)}\t{host}\t1\tC_INTERNET\t1\t"  # noqa: E501
        f"A\t0\tNOERROR\tF\tF\tT\tT\t0\t{address}\t300.000000\tF\n"
    )


def eve_http(w: World, host: str, address: str, digest: str, url: str) -> str:
    r = w.r
    name, _, path = url.partition("://")[2].partition("/")
    return (
        f'{{"timestamp":"2012-03-16T12:{r.randint(0, 59):02d}:{r.randint(0, 59):02d}.{r.randint(0, 999999):06d}+0000",'
        f'"flow_id":{r.getrandbits(50)},"event_type":"http","src_ip":"10.1.{r.randint(0, 255)}.{r.randint(0, 255)}",'
        f'"src_port":{r.randint(1024, 65535)},"dest_ip":"{address}","dest_port":80,"proto":"TCP","http":{{"hostname":'
        f'"{name}","url":"/{path}","http_user_agent":"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 '
        f'(KHTML, like Gecko) Chrome/100.0.4896.60 Safari/537.36","http_method":"GET","protocol":"HTTP/1.1","status":200,'  # noqa: E501
        f'"length":{r.randint(0, 99999)}}}}}\n'
    )


def sysmon(w: World, host: str, address: str, digest: str, url: str) -> str:
    r = w.r
    md5 = digest if len(digest) == 32 else f"{r.getrandbits(128):032x}"
    sha256 = digest if len(digest) == 64 else f"{r.getrandbits(256):064x}"
    word = r.choice(w.words)
    return (
        f'{{"EventID":1,"Computer":"{r.choice(w.words)}.corp.lan","UtcTime":"2012-03-16 12:{r.randint(0, 59):02d}:01.123",'  # noqa: E501
        f'"ProcessGuid":"{{B2796A13-6191-5F95-{r.getrandbits(16):04X}-00101D3B1A00}}","ProcessId":{r.randint(1, 99999)},'  # noqa: E501
        f'"Image":"C:\\\\Windows\\\\System32\\\\{word}.exe","CommandLine":"\\"C:\\\\Windows\\\\System32\\\\{word}.exe\\" '  # noqa: E501
        f'-k netsvcs -p -s {r.choice(w.words)}","CurrentDirectory":"C:\\\\Windows\\\\","User":"CORP\\\\{r.choice(w.words)}",'  # noqa: E501
        f'"Hashes":"MD5={md5.upper()},SHA256={sha256.upper()},IMPHASH={r.getrandbits(128):032X}",'
        f'"ParentImage":"C:\\\\Windows\\\\System32\\\\services.exe","DestinationHostname":"{host}"}}\n'
    )


def squid(w: World, host: str, address: str, digest: str, url: str) -> str:
    r = w.r
    return (
        f"{1331901000 + r.randint(0, 999999)}.{r.randint(0, 999):03d} {r.randint(1, 9999):6d} 10.2.{r.randint(0, 255)}."
        f"{r.randint(0, 255)} TCP_MISS/200 {r.randint(100, 99999)} GET {url} - HIER_DIRECT/{address} text/html\n"
    )


def syslog(w: World, host: str, address: str, digest: str, url: str) -> str:
    r = w.r
    return (
        f"Mar 16 12:{r.randint(0, 59):02d}:{r.randint(0, 59):02d} gw{r.randint(1, 9)} sshd[{r.randint(1, 99999)}]: Failed "  # noqa: E501
        f"password for invalid user {r.choice(w.words)} from {address} port {r.randint(1024, 65535)} ssh2 rhost={host}\n"  # noqa: E501
    )


FORMATS = {"dns.log": zeek_dns, "eve.json": eve_http, "sysmon.json": sysmon, "access.log": squid, "auth.log": syslog}


def _plain(w: World) -> tuple[str, str, str, str]:
    digest = f"{w.r.getrandbits(256):064x}"
    return (
        w.name(),
        w.address(),
        digest,
        f"http://{w.name()}/{w.r.choice(w.words)}/{w.r.choice(w.words)}.js?v={w.r.randint(1, 99)}",
    )


def _planted(w: World, format: str, kind: str, value: str) -> str | None:
    """A line that shows an indicator in some spelling; None when the format shows no such kind."""
    host, address, digest, url = _plain(w)
    r = w.r
    if kind == "domain-name":
        host = r.choice((value, f"www.{value}", value.upper(), f"{r.choice(w.words)}.{value}", value + "."))
        url = f"http://{host.rstrip('.')}/{r.choice(w.words)}.gif"
    elif kind == "ipv4-addr":
        address = value
    elif kind in ("md5", "sha256"):
        if format != "sysmon.json":
            return None
        digest = value
    else:
        if format not in ("access.log", "eve.json"):
            return None
        url = value
    if kind == "ipv4-addr" and format == "sysmon.json":
        return None
    return FORMATS[format](w, host, address, digest, url)


def _near(w: World, kind: str, value: str) -> tuple[str, str, str, str]:
    """Values that look like an indicator and are none."""
    host, address, digest, url = _plain(w)
    if kind == "domain-name":
        host = w.r.choice(("not" + value, value + ".au", value.replace(".", "-", 1) + ".net", "x-" + value))
    elif kind == "ipv4-addr":
        address = w.r.choice((value + "1", value + ".9.9")) if not value.endswith(".1") else "1" + value
    elif kind in ("md5", "sha256"):
        digest = value[:-1] + ("0" if value[-1] != "0" else "1")
    else:
        url = value + "1"
    return host, address, digest, url


def make(folder: Path, size: int, indicators: list[tuple[str, str]]) -> set[tuple[str, int, str]]:
    """Write files of some bytes in all; gives (file, line, value) of what is planted."""
    w = World(SEED + 1)
    truth: set[tuple[str, int, str]] = set()
    folder.mkdir(parents=True, exist_ok=True)
    each = size // len(FORMATS)
    for name, line in FORMATS.items():
        pool = _pool(w, line, min(each, _POOL))
        with (folder / name).open("w", encoding="ascii") as out:
            number, rounds = 1, max(1, each // sum(map(len, pool)))
            planted = PLANTED // len(FORMATS) // rounds
            for turn in range(rounds):
                number = _write(out, w, (name, pool), indicators, planted, number, truth)
                del turn
    return truth


def _pool(w: World, line, size: int) -> list[str]:
    out, done = [], 0
    while done < size:
        out.append(line(w, *_plain(w)))
        done += len(out[-1])
    return out


def _write(out, w: World, pool, indicators, planted: int, number: int, truth) -> int:
    """The pool once, with planted lines and as many near misses at places by chance."""
    name, lines = pool
    places = sorted(w.r.sample(range(len(lines)), 2 * planted))
    special = set(w.r.sample(places, planted))
    at = 0
    for place in places:
        out.write("".join(lines[at:place]))
        number += place - at
        at = place
        kind, value = w.r.choice(indicators)
        text = _planted(w, name, kind, value) if place in special else FORMATS[name](w, *_near(w, kind, value))
        while text is None:
            kind, value = w.r.choice(indicators)
            text = _planted(w, name, kind, value)
        out.write(text)
        if place in special:
            truth.add((name, number, value))
        number += 1
    out.write("".join(lines[at:]))
    return number + len(lines) - at


def main() -> None:
    """Write telemetry into a folder."""
    folder, size = Path(sys.argv[1]), float(sys.argv[2]) if len(sys.argv) > 2 else 1.0
    truth = make(folder, int(size * 1e9), World().indicators(3000))
    print(f"{len(truth):,} planted in {folder}")


if __name__ == "__main__":
    main()
