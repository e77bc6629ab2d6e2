"""What a group did, as a finding: a sentence, the numbers in it, and what each number counts."""

from msgspec import Struct

from backtrail.model.observation import Observation
from backtrail.model.times import Interval


class Counted(Struct, frozen=True, kw_only=True):
    """A number that can be followed to what it counts.

    Attributes:
        id: Its id, by which a text names it and `facts` prints it.
        value: The number.
        unit: Of what.
        parts: Ids of what it counts: intrusions, observations, or places in evidence.
        low: Lower end of its interval, where it has one.
        high: Upper end.
        note: How it was reached, where that is not plain.
    """

    id: str
    value: int | float | str
    unit: str
    parts: tuple[str, ...] = ()
    low: float | None = None
    high: float | None = None
    note: str = ""


class Series(Struct, frozen=True, kw_only=True):
    """Values behind a finding that a figure is drawn from: what a table of texts would round or leave out.

    Attributes:
        name: What it shows: `survival`, `posterior`, `volumes`.
        columns: Names of its columns.
        rows: Its rows.
    """

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[int | float | str, ...], ...]


class Profile(Struct, frozen=True, kw_only=True):
    """A finding about a group.

    Attributes:
        kind: Which profile it is: `victims`, `dwell`, `hours`.
        group: The group.
        finding: The finding in a sentence; where data are too thin for one, what is missing.
        enough: Whether there were data enough for a finding.
        numbers: The numbers it rests on.
        columns: Names of the columns of its table.
        rows: Its table.
        limits: What could not be seen, and what was assumed.
        as_of: Only what was seen up to this moment; None for everything.
        series: What figures are drawn from.
    """

    kind: str
    group: str
    finding: str
    enough: bool
    numbers: tuple[Counted, ...] = ()
    columns: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
    limits: tuple[str, ...] = ()
    as_of: str | None = None
    series: tuple[Series, ...] = ()

    def records(self) -> list[dict[str, str]]:
        """Rows of its table by the names of the columns."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]

    def plotted(self, name: str) -> tuple[tuple[int | float | str, ...], ...]:
        """Rows of one of its series; none when it has no such."""
        return next((one.rows for one in self.series if one.name == name), ())


class Stay(Struct, frozen=True, kw_only=True):
    """How long an adversary was in one network, as far as anybody saw.

    Attributes:
        intrusion: The intrusion.
        activity: Everything dated that is the adversary's, in order of time.
        open_start: It may have begun before anything was recorded.
        open_end: It may go on after the last record.
    """

    intrusion: str
    activity: tuple[Observation, ...]
    open_start: bool
    open_end: bool

    @property
    def span(self) -> Interval:
        """First and last moment."""
        firsts = [m for o in self.activity if (m := o.seen.first or o.seen.last)]
        lasts = [m for o in self.activity if (m := o.seen.last or o.seen.first)]
        return Interval(min(firsts, default=None), max(lasts, default=None))
