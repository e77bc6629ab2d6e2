"""What a hunt finds: an indicator in telemetry, with its place and enough around it to judge."""

from msgspec import Struct

from backtrail.model.record import Indicator
from backtrail.model.telemetry import Direction


class Hit(Struct, frozen=True, kw_only=True):
    """One place in telemetry that shows an indicator.

    The same indicator on the same line is one hit, however often the line shows it.

    Attributes:
        indicator: What was looked for, with its evidence, confidence, action, validity and warning lists.
        matched: The text that matched, as the telemetry spells it.
        file: Where it is: a path, or `archive!/member`.
        unit: What `number` counts: `line`, `record` or `row`.
        number: Number of the line, record or row, from 1.
        offset: Byte at which the match begins in the (unpacked) file; None where bytes have no meaning.
        at: Moment of the event, canonical; None when the record says none.
        valid: Whether the indicator was valid at that moment; None when either is unknown.
        direction: Which way the traffic went, as the victim's side sees it.
        side: The victim's own end: address, host or user.
        fields: The fields around the match, as far as the record has them.
    """

    indicator: Indicator
    matched: str
    file: str
    unit: str = "line"
    number: int = 0
    offset: int | None = None
    at: str | None = None
    valid: bool | None = None
    direction: Direction = ""
    side: str = ""
    fields: dict[str, str] = {}
