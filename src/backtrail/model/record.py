"""What a format reader hands on: one `Record` for each record of the file, spelled as the file spells it.

Nothing here is canonical yet and nothing is judged; the observations room does both, once.
"""

from typing import Any

from msgspec import Struct

from backtrail.model.intrusion import Victim


class Seen(Struct, frozen=True, kw_only=True):
    """One value a record shows.

    Attributes:
        kind: Name from `model.kinds`, or `x-<format>:<name>`.
        value: As the file has it, defanged or not.
        role: Name from `model.kinds.ROLES` when the record says one.
        first: Moment first seen, any ISO 8601 precision, as the file has it.
        last: Moment last seen.
        confidence: 0-100 as in STIX, when the record says one.
        tlp: Marking of this value, when the record carries one of its own.
    """

    kind: str
    value: str
    role: str | None = None
    first: str | None = None
    last: str | None = None
    confidence: int | None = None
    tlp: str | None = None


class Indicator(Seen, frozen=True, kw_only=True):
    """A value as it leaves the house, with what a defender needs to use it (report specification section 6).

    Attributes:
        valid_until: After this moment a hit means little.
        evidence: Ids of the observations it rests on.
        warnings: Warning lists that know the value.
        action: `block`, `alert`, `hunt` or `context`.
        pap: What may be done with it: the strictest of what it rests on.
    """

    valid_until: str | None = None
    evidence: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    action: str = "alert"
    pap: str = "CLEAR"


class Claimed(Struct, frozen=True, kw_only=True):
    """A statement a record makes about something: kept beside other sources' statements, never merged.

    Subject and object are `type:value` texts, such as `intrusion:IN-031`, `group:APT1` or `md5:d41d…`.
    """

    subject: str
    predicate: str
    object: str


class Pattern(Struct, frozen=True, kw_only=True):
    """A detection expression kept whole, with its AND/OR structure.

    Attributes:
        language: `stix`, `openioc`, `yara`, `sigma`, `snort` ...
        text: The expression. For OpenIOC the tree as JSON: `{"operator", "children": [...]}` over
            `{"condition", "search", "document", "type", "value", "negate"}`.
        name: What the record calls it.
    """

    language: str
    text: str
    name: str = ""


class Passage(Struct, frozen=True, kw_only=True):
    """Running text to extract from.

    Attributes:
        text: The text, line breaks kept.
        page: Page number from 1 in paged formats.
        line: Number of the first line, from 1.
        offset: Characters before `text` in the whole document (in its page, for paged formats).
    """

    text: str
    page: int | None = None
    line: int = 1
    offset: int = 0


class Native(Struct, frozen=True, kw_only=True):
    """The record in its own format, decoded, so that writing it again loses no unknown property."""

    format: str
    content: dict[str, Any]


class Record(Struct, frozen=True, kw_only=True):
    """One record of an evidence file.

    Attributes:
        where: Locator, words and numbers in pairs: `line 12`, `record 17`, `page 3 offset 120`.
        seen: Values it shows.
        claims: Statements it makes.
        patterns: Detection expressions it carries.
        passage: Running text it consists of.
        intrusion: Id of the intrusion, when the record itself names one.
        victim: Who was hit, when the record is an intrusion manifest.
        problem: Why the record, or a part of it, was rejected; what could be read stands in the other fields.
        native: The record as its format has it.
    """

    where: str
    seen: tuple[Seen, ...] = ()
    claims: tuple[Claimed, ...] = ()
    patterns: tuple[Pattern, ...] = ()
    passage: Passage | None = None
    intrusion: str | None = None
    victim: Victim | None = None
    problem: str | None = None
    native: Native | None = None


class Heading(Struct, frozen=True, kw_only=True):
    """What a written file says of itself.

    Attributes:
        id: Stable id of the thing exported, such as `UNC-0001`.
        title: Its name, as published.
        created: Moment of the export (UTC, to the second).
        tlp: Marking of the whole file.
        aliases: Names others use, with the namer in brackets.
        confidence: 0-100 in the grouping.
        pap: What readers may do with it.
    """

    id: str
    title: str
    created: str
    tlp: str = "RED"
    aliases: tuple[str, ...] = ()
    confidence: int | None = None
    pap: str = "CLEAR"
