"""Sigma rules asked of logs (extra `sigma`): pySigma reads them, DuckDB runs them, events come from our readers.

An event is a line of JSON (also of a Windows event log or a Parquet row), of a table with a header, or of `key=value`;
a field is found by the last part of its path, in `EventData` before elsewhere.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import duckdb
import nanoarrow
from msgspec import Struct

from backtrail.hunts.backends.arrowlines import ArrowTable, lines_of
from backtrail.hunts.backends.backend import HuntOptions, Look
from backtrail.hunts.backends.correlations import Correlation, Correlator, correlation
from backtrail.hunts.backends.files import Found, found
from backtrail.hunts.backends.streams import Stream, streams
from backtrail.hunts.events import event_fields
from backtrail.model.errors import FormatError, NotFoundError
from backtrail.model.hit import Hit
from backtrail.model.record import Indicator

_HEADER = 1 << 14
_CONFIDENCE = {"CRITICAL": 90, "HIGH": 75, "MEDIUM": 60, "LOW": 40, "INFORMATIONAL": 20}

_SYSMON = {
    "process_creation": (1,), "file_change": (2,), "network_connection": (3,), "process_termination": (5,),
    "driver_load": (6,), "image_load": (7,), "create_remote_thread": (8,), "raw_access_thread": (9,),
    "process_access": (10,), "file_event": (11,), "registry_add": (12,), "registry_delete": (12,),
    "registry_set": (13,), "registry_rename": (14,), "registry_event": (12, 13, 14), "create_stream_hash": (15,),
    "pipe_created": (17, 18), "wmi_event": (19, 20, 21), "dns_query": (22,), "file_delete": (23, 26),
    "process_tampering": (25,), "file_block_executable": (27,),
}  # fmt: skip
"""Sysmon's event numbers for Sigma's categories (Sigma's logsource guide for Sysmon)."""

_SECURITY = {"process_creation": 4688}
_CHANNELS = {
    "security": "Security", "system": "System", "application": "Application",
    "sysmon": "Microsoft-Windows-Sysmon/Operational", "powershell": "Microsoft-Windows-PowerShell/Operational",
    "powershell-classic": "Windows PowerShell", "taskscheduler": "Microsoft-Windows-TaskScheduler/Operational",
    "bits-client": "Microsoft-Windows-Bits-Client/Operational", "wmi": "Microsoft-Windows-WMI-Activity/Operational",
    "terminalservices-localsessionmanager": "Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",
}  # fmt: skip


class Rule(Struct, frozen=True):
    """A rule ready to run.

    Attributes:
        indicator: The rule as what is looked for.
        title: Its title.
        where: SQL over the columns of events.
    """

    indicator: Indicator
    title: str
    where: str


class Rules:
    """Sigma rules, read once.

    Args:
        texts: YAML documents.
        problem: Told of a rule that cannot be run: file, place, reason.

    Raises:
        NotFoundError: The extra is not installed.
    """

    def __init__(self, texts: Mapping[str, str], problem: Any) -> None:
        try:
            from sigma.collection import SigmaCollection
            from sigma.rule import SigmaRule

            from backtrail.hunts.backends.sigma_sql import Sql
        except ModuleNotFoundError:
            raise NotFoundError("Sigma rules are an extra: pip install 'backtrail[sigma]'") from None
        self.fields: dict[str, str] = {name: f"c{n}" for n, name in enumerate(("EventID", "Channel"))}
        self.rules: list[Rule] = []
        self.correlations: list[Correlation] = []
        self.silent: set[str] = set()
        sql = Sql(self._column)
        for file, text in texts.items():
            made = _collected(SigmaCollection, file, text, problem)
            for rule in sorted(made, key=lambda one: not isinstance(one, SigmaRule)):
                try:
                    if isinstance(rule, SigmaRule):
                        self.rules.append(self._rule(rule, sql))
                    else:
                        self._correlate(rule)
                except Exception as error:  # noqa: BLE001 - pySigma raises many kinds; one bad rule stops no hunt
                    problem(file, str(rule.title), f"cannot be run: {error}")

    def _column(self, field: str) -> str:
        return self.fields.setdefault(field, f"c{len(self.fields)}")

    def _rule(self, rule: Any, sql: Any) -> Rule:
        where = f"({sql.of(rule)}){_source(rule.logsource, self._column)}"
        return Rule(_indicator(rule), str(rule.title), where)

    def _correlate(self, rule: Any) -> None:
        """Take a correlation; the rules that it names tell nothing of their own unless it says `generate`."""
        made = correlation(rule, _indicator(rule), {one.indicator.value: one for one in self.rules})
        self.correlations.append(made)
        self.silent.update(() if rule.generate else made.rules)


def _indicator(rule: Any) -> Indicator:
    level = rule.level.name if rule.level else "MEDIUM"
    return Indicator(
        kind="x-sigma:rule",
        value=str(rule.id or rule.title),
        confidence=_CONFIDENCE.get(level, 60),
        action="alert" if level in ("CRITICAL", "HIGH") else "hunt",
    )


def _collected(collection: Any, file: str, text: str, problem: Any) -> list[Any]:
    try:
        made = collection.from_yaml(text, collect_errors=True)
        made.resolve_rule_references()
    except Exception as error:  # noqa: BLE001 - YAML and pySigma raise many kinds
        problem(file, "", f"no Sigma rules: {error}")
        return []
    reasons = [*made.errors, *(e for rule in made.rules for e in rule.errors)]
    for reason in dict.fromkeys(map(str, reasons)):
        problem(file, "", reason)
    return [rule for rule in made.rules if not rule.errors]


def _source(source: Any, column: Any) -> str:
    """What the log source of a rule asks of an event, as far as it is known."""
    event, channel = column("EventID"), column("Channel")
    if source.category in _SYSMON:
        numbers = ", ".join(f"'{n}'" for n in _SYSMON[source.category])
        sysmon = f"({event} IN ({numbers}) AND contains(lower({channel}), 'sysmon'))"
        security = f" OR {event} = '{_SECURITY[source.category]}'" if source.category in _SECURITY else ""
        return f" AND ({event} IS NULL OR {sysmon}{security})"
    if source.product == "windows" and source.service in _CHANNELS:
        return f" AND lower({channel}) = '{_CHANNELS[source.service].lower()}'"
    return ""


def hunt(rules: Rules, paths: Sequence[Path], options: HuntOptions) -> Iterator[Hit]:
    """Events that satisfy a rule, one hit for each rule and event."""
    told = options.problem or (lambda *_: None)
    files = list(found(paths, told))
    size, done = sum(file.size for file in files), 0
    correlator = Correlator(rules.correlations, told)
    with _connected(options.jobs) as db:
        for file in files:
            try:
                with file.path.open("rb") as raw:
                    for stream in streams(file.name, raw, _tell(told, file)):
                        for hit, event in _stream(db, rules, stream):
                            correlator.meet(hit, event)
                            if hit.indicator.value not in rules.silent:
                                yield hit
            except (duckdb.Error, OSError, FormatError) as error:
                told(file.name, "byte 0", f"cannot be read: {str(error).splitlines()[0][:300]}")
            done += file.size
            if options.progress:
                options.progress(Look(file.name, done, size, 0))
    yield from correlator.hits()


def _tell(told: Any, file: Found) -> Any:
    return lambda place, reason: told(file.name, place, reason)


def _connected(jobs: int) -> duckdb.DuckDBPyConnection:
    from backtrail.hunts.backends.sigma_sql import macros

    db = duckdb.connect()
    db.execute(f"SET memory_limit = '512MB'; SET threads = {max(1, jobs)}")
    db.execute(macros())
    db.execute("SET enable_external_access = false; SET lock_configuration = true")
    return db


def _stream(db: duckdb.DuckDBPyConnection, rules: Rules, stream: Stream) -> Iterator[tuple[Hit, Mapping[str, str]]]:
    header = None
    for lines in lines_of(stream):
        if header is None:
            header = lines.data[:_HEADER].decode("utf-8", "replace")
        events = [event_fields(lines.line(n).decode("utf-8", "replace"), header) for n in range(len(lines.numbers))]
        db.register("given", _table(rules, events))
        db.execute("CREATE OR REPLACE TEMP TABLE events AS SELECT * FROM given")
        db.unregister("given")
        _sixes(db, events)
        for rule in rules.rules:
            for (number,) in db.execute(f"SELECT n FROM events WHERE {rule.where} ORDER BY n").fetchall():
                caught = lines.caught(stream, number)
                yield caught.hit(rule.indicator, rule.title, header), events[number]


def _table(rules: Rules, events: Sequence[Mapping[str, str]]) -> ArrowTable:
    """Events as columns: those that a rule names, and `l` with all values."""
    text = nanoarrow.string()
    columns: dict[str, Any] = {
        column: nanoarrow.c_array([event.get(field) for event in events], text)
        for field, column in rules.fields.items()
    }
    columns["l"] = nanoarrow.c_array(["\n".join(event.values()) for event in events], text)
    columns["n"] = nanoarrow.c_array(list(range(len(events))), nanoarrow.int64())
    return ArrowTable(columns, len(events))


def _sixes(db: duckdb.DuckDBPyConnection, events: Sequence[Mapping[str, str]]) -> None:
    from backtrail.hunts.backends.sigma_sql import as_six

    values = {value for event in events for value in event.values() if ":" in value and len(value) < 50}
    db.execute("DELETE FROM sixes")
    rows = [(value, number) for value in values if (number := as_six(value)) is not None]
    for value, number in rows:
        db.execute("INSERT INTO sixes VALUES (?, ?::VARCHAR::UHUGEINT)", [value, str(number)])
