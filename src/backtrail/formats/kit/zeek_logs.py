"""What each type of Zeek log shows: which field is a value of which kind, and which fields tie two values."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct

from backtrail.formats.kit.logs import amount, mailboxes
from backtrail.formats.kit.operators import hidden_origins
from backtrail.model.telemetry import HERE, Column, Direction, Ties

_NONE = frozenset({"", "-", "(empty)"})


class Documents(Mapping[str, Sequence[Any]]):
    """Fields of JSON records as columns, each made when it is asked for: most are never.

    Args:
        records: The records.
    """

    def __init__(self, records: Sequence[Mapping[str, Any]]) -> None:
        self._records = records
        self._names = dict.fromkeys(name for record in records for name in record)

    def __getitem__(self, name: str) -> Sequence[Any]:
        if name not in self._names:
            raise KeyError(name)
        return [record.get(name) for record in self._records]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


class Fields:
    """Fields of some records by name: texts of a tab-separated log or JSON values.

    Args:
        columns: Values of each field, one for each record.
        separator: What stands between the members of a set or vector in text.
        nothing: Texts that mean "no value".
        types: Zeek types of the fields in order, when the log is text and says them.
    """

    def __init__(
        self,
        columns: Mapping[str, Sequence[Any]],
        separator: str,
        nothing: tuple[str, ...] = (),
        types: tuple[str, ...] = (),
    ) -> None:
        self._columns = columns
        self._separator = separator
        self._nothing = _NONE.union(nothing)
        self._types = dict(zip(columns, types, strict=False))

    def each(self, change: Callable[[str], str]) -> "Fields":
        """The same fields with every text changed."""
        changed = {name: [change(v) for v in values] for name, values in self._columns.items()}
        return Fields(changed, self._separator, tuple(self._nothing), tuple(self._types.values()))

    def raw(self, name: str) -> Sequence[Any]:
        """Values of a field as they are; empty when there is no such field."""
        return self._columns.get(name, ())

    def texts(self, name: str) -> Sequence[str]:
        """Values of a field as text, none as an empty one."""
        values = self.raw(name)
        if self._types or all(type(v) is str for v in values):
            return values
        return [v if isinstance(v, str) else "" if v is None or isinstance(v, list | dict) else str(v) for v in values]

    def amounts(self, name: str) -> Sequence[int] | None:
        """Values of a field as numbers of bytes."""
        values = self.raw(name)
        try:
            return [0 if v == "-" or v is None else int(v) for v in values] if values else None
        except (ValueError, TypeError):
            return [amount(v) for v in values]

    def members(self, name: str) -> list[tuple[int, str]]:
        """Members of a set or vector, each with the index of its record."""
        found: list[tuple[int, str]] = []
        for row, value in enumerate(self.raw(name)):
            if isinstance(value, list):
                found += [(row, member) for member in value if isinstance(member, str)]
            elif isinstance(value, str) and value not in self._nothing:
                found += [(row, member) for member in value.split(self._separator)]
        return found

    def given(self, name: str) -> list[tuple[int, str]]:
        """Values of a field that are there, each with the index of its record."""
        return [(row, v) for row, v in enumerate(self.texts(name)) if v not in self._nothing]

    def addresses(self) -> list[str]:
        """Names of the fields that hold an address: by the log's own types, else those that end as Zeek's do."""
        if self._types:
            return [name for name, type in self._types.items() if type == "addr"]
        return [name for name in self._columns if name.endswith(("_h", "_ip", "host", ".host", "addr"))]


class Show(Struct, frozen=True):
    """A field that holds values of a kind.

    Attributes:
        field: Its name.
        kind: Kind of its values.
        direction: Which way the traffic went.
        many: Whether it is a set or vector.
        sent: Field with the bytes towards the value.
        received: Field with the bytes from it.
    """

    field: str
    kind: str
    direction: Direction = ""
    many: bool = False
    sent: str = ""
    received: str = ""

    def column(self, fields: Fields) -> Column | None:
        """The field as a column; None when the log does not have it."""
        if not fields.raw(self.field):
            return None
        if self.many:
            members = fields.members(self.field)
            return Column(
                kind=self.kind, values=[m for _, m in members], rows=[r for r, _ in members], direction=self.direction
            )
        return Column(
            kind=self.kind,
            values=fields.texts(self.field),
            direction=self.direction,
            sent=fields.amounts(self.sent) if self.sent else None,
            received=fields.amounts(self.received) if self.received else None,
        )


def path_of(document: Mapping[str, Any]) -> str:
    """Type of the log that a JSON record is of: as it says itself, else by fields that only one type has."""
    path = document.get("_path")
    return path if isinstance(path, str) else _path_with(tuple(document))


@lru_cache(maxsize=1 << 12)
def _path_with(names: tuple[str, ...]) -> str:
    return next((path for path, keys in _TELLING if all(key in names for key in keys)), "")


def shown(path: str, fields: Fields) -> tuple[tuple[Column, ...], tuple[Ties, ...]]:
    """Columns and ties of records of one type of log."""
    known = SHOWS.get(path)
    ends = _ENDS if path != "conn" else ()
    shows = [*ends, *known] if known is not None else [*_ENDS, *_other_addresses(fields)]
    columns = [column for show in shows if (column := show.column(fields))]
    more, ties = MORE.get(path, _nothing)(fields)
    hops = _origins(path, fields)
    return (*columns, *more), (*ties, *hops)


_ENDS = (Show("id.resp_h", "ipv4-addr", "out"), Show("id.orig_h", "ipv4-addr", "in"))

SHOWS: dict[str, tuple[Show, ...]] = {
    "conn": (
        Show("id.resp_h", "ipv4-addr", "out", sent="orig_bytes", received="resp_bytes"),
        Show("id.orig_h", "ipv4-addr", "in", sent="resp_bytes", received="orig_bytes"),
    ),
    "dns": (Show("query", "domain-name", "out"),),
    "http": (
        Show("host", "domain-name", "out", sent="request_body_len", received="response_body_len"),
        Show("user_agent", "user-agent", "out"),
        Show("resp_filenames", "file-name", "in", many=True),
        Show("orig_filenames", "file-name", "out", many=True),
    ),
    "ssl": (
        Show("server_name", "domain-name", "out"),
        Show("ja3", "ja3", "out"),
        Show("ja4", "ja4", "out"),
        Show("subject", "x509-subject", "in"),
        Show("issuer", "x509-issuer", "in"),
    ),
    "x509": (
        Show("certificate.serial", "x509-serial", "in"),
        Show("certificate.subject", "x509-subject", "in"),
        Show("certificate.issuer", "x509-issuer", "in"),
    ),
    "files": (
        Show("md5", "md5", "in"),
        Show("sha1", "sha1", "in"),
        Show("sha256", "sha256", "in"),
        Show("filename", "file-name", "in"),
        Show("tx_hosts", "ipv4-addr", "", many=True),
    ),
    "pe": (),
    "smtp": (
        Show("subject", "email-subject", "in"),
        Show("x_originating_ip", "ipv4-addr", "in"),
        Show("path", "ipv4-addr", "in", many=True),
        Show("user_agent", "user-agent", "in"),
    ),
    "ftp": (Show("data_channel.resp_h", "ipv4-addr", "out"),),
    "rdp": (),
    "ssh": (),
    "known_hosts": (Show("host", "ipv4-addr", ""),),
    "known_services": (Show("host", "ipv4-addr", ""),),
    "known_certs": (Show("serial", "x509-serial", ""), Show("subject", "x509-subject", "")),
}
"""Fields of each log beside the two ends of the connection, which every log is asked for."""

_TELLING: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("dns", ("trans_id",)),
    ("x509", ("certificate.serial",)),
    ("rdp", ("security_protocol",)),
    ("rdp", ("keyboard_layout",)),
    ("ssl", ("ssl_history",)),
    ("ssl", ("cipher",)),
    ("http", ("method",)),
    ("http", ("trans_depth", "uri")),
    ("files", ("seen_bytes",)),
    ("smtp", ("helo",)),
    ("ftp", ("command", "reply_code")),
    ("ssh", ("auth_attempts",)),
    ("weird", ("notice", "peer")),
    ("conn", ("conn_state",)),
)


def _other_addresses(fields: Fields) -> list[Show]:
    """Addresses of a log that is not in the table; `id.orig_h` and `id.resp_h` are asked for anyway."""
    return [Show(name, "ipv4-addr") for name in fields.addresses() if name not in ("id.orig_h", "id.resp_h")]


More = tuple[list[Column], list[Ties]]


def _nothing(_: Fields) -> More:
    return [], []


def _dns(fields: Fields) -> More:
    """Answers that are addresses, tied to the name that was asked for: the names between (CNAME) change nothing."""
    queries = fields.texts("query")
    answers = [(row, a) for row, a in fields.members("answers") if row < len(queries) and _like_address(a)]
    rows = [row for row, _ in answers]
    tied = Ties(
        relation="resolves-to", of_kind="domain-name", of=[queries[r] for r in rows], kind="ipv4-addr",
        values=[a for _, a in answers], rows=rows,
    )  # fmt: skip
    return [], [tied] if rows else []


def _conn(fields: Fields) -> More:
    """The port that each server was asked at, and the protocol that Zeek recognised there."""
    servers, ports, protocols = fields.texts("id.resp_h"), fields.texts("id.resp_p"), fields.texts("service")
    if not servers or not ports:
        return [], []
    spoken = protocols or [""] * len(ports)
    tied = Ties(
        relation="serves", of_kind="ipv4-addr", of=servers, kind="port", values=ports,
        details=["" if protocol in _NONE else protocol for protocol in spoken],
    )  # fmt: skip
    return [], [tied]


def _http(fields: Fields) -> More:
    hosts, uris, servers = fields.texts("host"), fields.texts("uri"), fields.texts("id.resp_h")
    rows = [row for row, host in enumerate(hosts) if host not in _NONE]
    columns = []
    if uris:
        urls = [f"http://{hosts[r]}{uris[r]}" for r in rows]
        columns = [Column(kind="url", values=urls, rows=rows, direction="out")]
    return columns, _served(rows, hosts, servers)


def _served(rows: list[int], names: Sequence[str], servers: Sequence[str]) -> list[Ties]:
    """Names tied to the addresses that answered for them."""
    of = [(r, names[r]) for r in rows if r < len(servers) and not _like_address(names[r])]
    if not of:
        return []
    values = [servers[r] for r, _ in of]
    return [
        Ties(
            relation="resolves-to",
            of_kind="domain-name",
            of=[n for _, n in of],
            kind="ipv4-addr",
            values=values,
            rows=[r for r, _ in of],
        )
    ]


def _ssl(fields: Fields) -> More:
    """The first certificate of a chain is the server's own."""
    names, servers = fields.texts("server_name"), fields.texts("id.resp_h")
    chain = fields.members("cert_chain_fps")
    own = dict(reversed(chain))
    columns = [
        Column(
            kind=kind,
            values=[fp for _, fp in chain if len(fp) == size],
            rows=[r for r, fp in chain if len(fp) == size],
            direction="in",
        )
        for size, kind in _DIGESTS.items()
        if any(len(fp) == size for _, fp in chain)
    ]
    ties = [
        Ties(
            relation="presents",
            of_kind="ipv4-addr",
            of=[servers[r] for r, fp in own.items() if len(fp) == size],
            kind=kind,
            values=[fp for fp in own.values() if len(fp) == size],
            rows=[r for r, fp in own.items() if len(fp) == size],
        )
        for size, kind in _DIGESTS.items()
        if servers and any(len(fp) == size for fp in own.values())
    ]
    rows = [row for row, name in enumerate(names) if name not in _NONE]
    return columns, [*ties, *_served(rows, names, servers)]


_DIGESTS = {40: "x509-sha1", 64: "x509-sha256"}


def _x509(fields: Fields) -> More:
    prints = fields.given("fingerprint")
    return [
        Column(
            kind=kind,
            values=[fp for _, fp in prints if len(fp) == size],
            rows=[row for row, fp in prints if len(fp) == size],
            direction="in",
        )
        for size, kind in _DIGESTS.items()
        if any(len(fp) == size for _, fp in prints)
    ], []


def _smtp(fields: Fields) -> More:
    found = [(row, box) for name in ("mailfrom", "from") for row, text in fields.given(name) for box in mailboxes(text)]
    column = Column(kind="email-addr", values=[b for _, b in found], rows=[r for r, _ in found], direction="in")
    return [column] if found else [], []


def _rdp(fields: Fields) -> More:
    """A session: who connected to what, with the layout, name and cookie of the client where they were seen.

    Whether the client got in is told by `result` and by what it said after: under TLS, Zeek sees neither.
    """
    layouts = fields.given("keyboard_layout")
    columns = [Column(kind="keyboard-layout", values=[v for _, v in layouts], rows=[r for r, _ in layouts])]
    said = (("layout", "keyboard_layout"), ("client", "client_name"), ("cookie", "cookie"), ("result", "result"))
    return columns if layouts else [], _logins(fields, _details(fields, said))


def _ssh(fields: Fields) -> More:
    rows = [r for r, v in enumerate(fields.raw("auth_success")) if v is True or v == "T"]
    return [], _logins(fields, _details(fields, (("client", "client"),)), rows)


def _details(fields: Fields, said: tuple[tuple[str, str], ...]) -> list[str]:
    parts: list[list[str]] = [[] for _ in fields.raw("id.orig_h")]
    for word, name in said:
        for row, value in fields.given(name):
            if row < len(parts):
                parts[row].append(f"{word}={value.replace(';', ',')}")
    return [";".join(some) for some in parts]


def _logins(fields: Fields, details: list[str], rows: list[int] | None = None) -> list[Ties]:
    clients, servers = fields.texts("id.orig_h"), fields.texts("id.resp_h")
    if not clients or not servers:
        return []
    taken = [r for r in (range(len(clients)) if rows is None else rows) if r < len(clients)]
    return [
        Ties(
            relation="logs-in-to",
            of_kind="ipv4-addr",
            of=[clients[r] for r in taken],
            kind="ipv4-addr",
            values=[servers[r] for r in taken],
            rows=taken,
            details=[details[r] for r in taken],
            each=True,
        )
    ]


def _origins(path: str, fields: Fields) -> list[Ties]:
    """HTRAN's own words in what a log quotes of payloads: the server that answered is the hop."""
    servers = fields.texts("id.resp_h")
    found: list[tuple[int, str, str]] = []
    for name in _QUOTING.get(path, ()):
        for row, text in fields.given(name):
            hop = servers[row] if row < len(servers) else HERE
            found += [(row, hop, origin) for origin in hidden_origins(text)]
    if not found:
        return []
    return [
        Ties(
            relation="relays-to",
            of_kind="ipv4-addr",
            of=[hop for _, hop, _ in found],
            kind="ipv4-addr",
            values=[origin for *_, origin in found],
            rows=[row for row, *_ in found],
            each=True,
        )
    ]


_QUOTING: dict[str, tuple[str, ...]] = {
    "weird": ("addl",),
    "http": ("status_msg", "uri", "info_msg"),
    "syslog": ("message",),
    "notice": ("msg", "sub"),
    "ftp": ("reply_msg", "arg"),
    "smtp": ("last_reply",),
    "dpd": ("failure_reason",),
    "analyzer": ("failure_reason", "failure_data"),
    "signatures": ("event_msg", "sub_msg"),
}
"""Fields in which logs quote payloads."""


def _like_address(text: str) -> bool:
    """Told at a glance: no name ends in a digit or has a colon in it."""
    return text[-1:].isdigit() or ":" in text


MORE: dict[str, Callable[[Fields], More]] = {
    "conn": _conn,
    "dns": _dns,
    "http": _http,
    "ssl": _ssl,
    "x509": _x509,
    "smtp": _smtp,
    "rdp": _rdp,
    "ssh": _ssh,
}
"""Logs of which a field alone does not tell."""
