"""What a victim's logs are full of: people at work, machines that talk to one another, nothing of any adversary.

Destinations are the popular ones that the plan gave this victim (each at least once) and a tail that no other victim
ever sees. Nothing rare is shared by accident.
"""

from collections.abc import Sequence
from random import Random

from backtrail_worlds.addresses import tail_address
from backtrail_worlds.clock import DAY
from backtrail_worlds.emit.traffic import Request, Sensor
from backtrail_worlds.emit.windows import Windows
from backtrail_worlds.names import pseudo
from backtrail_worlds.plan.model import Benign, Intrusion

AGENTS = (
    "Mozilla/4.0 (compatible; MSIE 6.0; Windows NT 5.1; SV1)",
    "Mozilla/4.0 (compatible; MSIE 7.0; Windows NT 5.1; .NET CLR 2.0.50727)",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)",
    "Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 5.1; Trident/4.0)",
    "Mozilla/5.0 (Windows; U; Windows NT 5.1; en-US; rv:1.9.2.3) Gecko/20100401 Firefox/3.6.3",
    "Mozilla/5.0 (Windows NT 6.1; WOW64; rv:12.0) Gecko/20100101 Firefox/12.0",
    "Mozilla/5.0 (Windows NT 6.1) AppleWebKit/535.1 (KHTML, like Gecko) Chrome/14.0.835.163 Safari/535.1",
    "Microsoft-CryptoAPI/6.1",
    "Windows-Update-Agent",
)
_PATHS = (
    "/",
    "/index.html",
    "/style.css",
    "/logo.png",
    "/js/main.js",
    "/favicon.ico",
    "/news?id=17",
    "/search?q=weather",
    "/img/a.gif",
)
_PROCESSES = (
    ("C:\\WINDOWS\\system32\\svchost.exe", "C:\\WINDOWS\\system32\\svchost.exe -k netsvcs"),
    ("C:\\WINDOWS\\system32\\wbem\\wmiprvse.exe", "C:\\WINDOWS\\system32\\wbem\\wmiprvse.exe -Embedding"),
    (
        "C:\\Program Files\\Internet Explorer\\iexplore.exe",
        '"C:\\Program Files\\Internet Explorer\\iexplore.exe" -nohome',
    ),
    (
        "C:\\Program Files\\Microsoft Office\\Office12\\OUTLOOK.EXE",
        '"C:\\Program Files\\Microsoft Office\\Office12\\OUTLOOK.EXE" /recycle',
    ),
    (
        "C:\\Program Files\\Microsoft Office\\Office12\\WINWORD.EXE",
        '"C:\\Program Files\\Microsoft Office\\Office12\\WINWORD.EXE" /n',
    ),
    (
        "C:\\Program Files\\Microsoft Office\\Office12\\EXCEL.EXE",
        '"C:\\Program Files\\Microsoft Office\\Office12\\EXCEL.EXE" /e',
    ),
    ("C:\\WINDOWS\\system32\\taskeng.exe", "taskeng.exe {A4B1B2D6} S-1-5-18:NT AUTHORITY\\System:Service:"),
    ("C:\\WINDOWS\\system32\\ping.exe", "ping -n 1 10.0.0.1"),
    ("C:\\WINDOWS\\system32\\ipconfig.exe", "ipconfig /all"),
    ("C:\\WINDOWS\\system32\\net.exe", "net use"),
    ("C:\\WINDOWS\\system32\\cmd.exe", "cmd.exe /c logon.bat"),
    ("C:\\WINDOWS\\system32\\rundll32.exe", "rundll32.exe shell32.dll,Control_RunDLL"),
    ("C:\\WINDOWS\\system32\\msiexec.exe", "msiexec.exe /V"),
    ("C:\\Program Files\\Java\\jre6\\bin\\jusched.exe", '"C:\\Program Files\\Java\\jre6\\bin\\jusched.exe"'),
)
_SERVICES = ("Windows Update", "Print Spooler", "Automatic Updates", "Software Inventory", "Backup Agent")
_TAIL_NUMBERS = 4096
_PIECE = 400
"""Events that are planned in one go."""


def volume(seed_rng: Random, mean: int, scale: float) -> int:
    """Bytes of noise for one victim: some keep much, some little; the mean is the world's."""
    return int(mean * scale * min(seed_rng.lognormvariate(-0.18, 0.6), 4.0))


class Noise:
    """Noise of one victim.

    Args:
        span: First and last moment of the logs.
        unique: How many destinations nobody else has.
    """

    def __init__(
        self, rng: Random, intrusion: Intrusion, popular: Sequence[Benign], span: tuple[int, int], unique: int
    ) -> None:
        self._rng = rng
        self._hosts = intrusion.victim.hosts
        self._users = intrusion.victim.users
        self._domain = intrusion.victim.domain
        self._span = span
        self._days = max((span[1] - span[0]) // DAY, 1)
        known = [popular[i] for i in intrusion.popular]
        base = intrusion.number * _TAIL_NUMBERS
        tail = [
            Benign(f"{pseudo(base + i)}.{rng.choice(('com', 'net', 'org'))}", tail_address(intrusion.number, i))
            for i in range(unique)
        ]
        self._once = [*known, *tail]
        self._places = self._once[:]
        self._weights = [1 / (1 + i) ** 0.9 for i in range(len(known))] + [0.02] * len(tail)
        self._base = base

    def moment(self) -> float:
        """Any time of the logs, more often by day."""
        rng = self._rng
        hour = rng.gauss(15, 4) % 24 if rng.random() < 0.8 else rng.random() * 24
        moment = self._span[0] - self._span[0] % DAY + rng.randrange(self._days + 1) * DAY + hour * 3600
        if not self._span[0] <= moment <= self._span[1]:
            return self._span[0] + rng.random() * (self._span[1] - self._span[0])
        return moment

    def network(self, sensor: Sensor, size: int) -> None:
        """Visits until the sensor's logs have so many bytes; every destination once in any case."""
        for place in self._once:
            self._visit(sensor, place, 0.5)
        while sensor.size() < size:
            for place in self._rng.choices(self._places, self._weights, k=_PIECE):
                self._visit(sensor, place, self._rng.random())

    def _visit(self, sensor: Sensor, place: Benign, kind: float) -> None:
        """A look-up, a request, or both, by a number between 0 and 1."""
        rng = self._rng
        host, moment = rng.choice(self._hosts)[1], self.moment()
        if kind < 0.6:
            sensor.dns(moment, host, place.name, place.address)
        if kind > 0.4:
            secure = kind > 0.85
            request = Request(
                place.name,
                place.address,
                443 if secure else 80,
                path=rng.choice(_PATHS),
                agent=rng.choice(AGENTS),
                sent=rng.randint(200, 2500),
                received=rng.randint(300, 90_000),
            )
            if secure:
                sensor.tls(moment + 0.2, host, request, None)
            else:
                sensor.http(moment + 0.2, host, request)
        if kind < 0.03:
            sensor.dns(moment, host, f"wpad.{self._domain}", "")

    def windows(self, windows: Windows, size: int) -> None:
        """Events until the log has so many bytes."""
        while windows.log.size < size:
            for _ in range(_PIECE // 4):
                self._event(windows)

    def _event(self, windows: Windows) -> None:
        rng = self._rng
        host, address = rng.choice(self._hosts)
        user, moment, kind = rng.choice(self._users), self.moment(), rng.random()
        image, line = rng.choice(_PROCESSES)
        if kind < 0.35:
            windows.started(moment, host, user, image, line)
        elif kind < 0.6:
            windows.process(moment, host, user, image, line)
        elif kind < 0.8:
            windows.logon(moment, host, user, rng.choice(self._hosts)[1], rng.choice((2, 3, 3, 3, 10)))
        elif kind < 0.9:
            place = rng.choices(self._places, self._weights)[0]
            windows.connected(moment, host, (address, place.address, 443), image, place.name)
        elif kind < 0.95:
            place = rng.choices(self._places, self._weights)[0]
            windows.resolved(moment, host, image, place.name, place.address)
        elif kind < 0.99:
            windows.created(
                moment,
                host,
                f"C:\\Documents and Settings\\{user}\\Recent\\{rng.choice(('report', 'plan', 'list'))}.lnk",
            )
        else:
            windows.service(moment, host, rng.choice(_SERVICES), "C:\\WINDOWS\\system32\\svchost.exe -k netsvcs")

    def inbound(self, count: int) -> list[tuple[float, str, str, str, int]]:
        """Visitors of the victim's own web server: moment, client, path, agent, size."""
        rng = self._rng
        clients = [tail_address(self._base // _TAIL_NUMBERS, 2000 + i) for i in range(80)]
        return [
            (self.moment(), rng.choice(clients), rng.choice(_PATHS), rng.choice(AGENTS), rng.randint(200, 40_000))
            for _ in range(count)
        ]
