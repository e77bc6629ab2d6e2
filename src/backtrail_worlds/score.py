"""How much of a world's truth a product found: intrusions to groups, edges, numbers.

B-cubed after Bagga and Baldwin, *Algorithms for Scoring Coreference Chains* (1998); intrusions that belong to nobody,
or that the product left alone, are groups of one.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct, field

from backtrail_worlds.errors import NotFound, WorldError

Value = int | float | str


class TrueIntrusion(Struct, frozen=True):
    """A line of `intrusions.jsonl`, as far as it is compared."""

    id: str
    group: str | None
    subject: bool
    thin: bool


class TrueNumber(Struct, frozen=True):
    """A row of `numbers.json`."""

    id: str
    published: Value | None
    true: Value
    unit: str
    check: str


class Edge(Struct, frozen=True):
    """An edge; times are not compared."""

    source: str
    relation: str
    target: str


class Truth(Struct, frozen=True):
    """What is true."""

    intrusions: list[TrueIntrusion]
    edges: list[Edge]
    numbers: list[TrueNumber]


class Member(Struct, frozen=True):
    """An intrusion that a product puts into a group."""

    intrusion: str
    confidence: float | None = None


class FoundNumber(Struct, frozen=True):
    """A number that a product gives for a group."""

    id: str
    value: Any = None


class FoundGroup(Struct, frozen=True):
    """A group of a product."""

    id: str
    members: list[Member] = []
    numbers: list[FoundNumber] = []


class Facts(Struct, frozen=True):
    """What a product holds to be so."""

    groups: list[FoundGroup] = []
    unassigned: list[str] = []
    edges: list[Edge] = []


class Measure(Struct, frozen=True):
    """Precision, recall and their harmonic mean."""

    precision: float
    recall: float
    f1: float


class SubjectScore(Struct, frozen=True):
    """The subject against the product's group that holds most of it."""

    group: str | None
    members_true: int
    members_found: int
    precision: float
    recall: float


class Clustering(Struct, frozen=True):
    """Intrusions to groups."""

    bcubed: Measure
    pairwise: Measure
    subject: SubjectScore
    thin_left_alone: int
    thin: int
    groups_true: int
    groups_found: int
    mixed_groups: list[str]


class EdgeScore(Struct, frozen=True):
    """Edges of one relation."""

    true: int
    found: int
    right: int
    precision: float
    recall: float


class NumberScore(Struct, frozen=True):
    """A number: what was published, what is true here, what was found."""

    id: str
    published: Value | None
    true: Value
    found: Any
    recovered: bool


class Score(Struct, frozen=True):
    """Everything compared."""

    clustering: Clustering
    edges: dict[str, EdgeScore] = field(default_factory=dict)
    numbers: list[NumberScore] = field(default_factory=list)


def read_truth(folder: Path) -> Truth:
    """The truth of a world. Raises NotFound or WorldError."""
    intrusions = _lines(folder / "intrusions.jsonl", TrueIntrusion)
    edges = _lines(folder / "edges.jsonl", Edge)
    return Truth(intrusions, edges, _decoded(folder / "numbers.json", list[TrueNumber]))


def read_facts(path: Path) -> Facts:
    """What a product printed. Raises NotFound or WorldError."""
    facts: Facts = _decoded(path, Facts)
    return facts


def _body(path: Path) -> bytes:
    if not path.is_file():
        raise NotFound(f"{path}: no such file")
    return path.read_bytes()


def _decoded(path: Path, kind: Any) -> Any:
    try:
        return msgspec.json.decode(_body(path), type=kind)
    except msgspec.DecodeError as error:
        raise WorldError(f"{path}: {error}") from error


def _lines(path: Path, kind: Any) -> list[Any]:
    decoder = msgspec.json.Decoder(kind)
    try:
        return decoder.decode_lines(_body(path))
    except msgspec.DecodeError as error:
        raise WorldError(f"{path}: {error}") from error


def score(truth: Truth, facts: Facts) -> Score:
    """Compare."""
    found = _assigned(truth, facts)
    subject, group = _subject(truth, facts)
    clustering = Clustering(
        bcubed=bcubed(_labels(truth), found),
        pairwise=pairwise(_labels(truth), found),
        subject=subject,
        thin_left_alone=_left_alone(truth, found),
        thin=sum(i.thin for i in truth.intrusions),
        groups_true=len({i.group for i in truth.intrusions if i.group}),
        groups_found=sum(len(g.members) > 1 for g in facts.groups),
        mixed_groups=_mixed(truth, facts),
    )
    return Score(clustering, _edges(truth, facts), _numbers(truth, group))


def _labels(truth: Truth) -> dict[str, str]:
    return {i.id: i.group or f"alone:{i.id}" for i in truth.intrusions}


def _assigned(truth: Truth, facts: Facts) -> dict[str, str]:
    """The product's group of each true intrusion; the surest where it names several."""
    best: dict[str, tuple[float, str]] = {}
    for group in facts.groups:
        for member in group.members:
            claim = (member.confidence if member.confidence is not None else 1.0, group.id)
            if member.intrusion not in best or claim > best[member.intrusion]:
                best[member.intrusion] = claim
    return {i.id: best[i.id][1] if i.id in best else f"alone:{i.id}" for i in truth.intrusions}


def _measure(precision: float, recall: float) -> Measure:
    both = precision + recall
    return Measure(precision, recall, 2 * precision * recall / both if both else 0.0)


def _cells(
    true: Mapping[str, str], found: Mapping[str, str]
) -> tuple[dict[tuple[str, str], int], dict[str, int], dict[str, int]]:
    """How many items each pair of a true and a found group shares, and the sizes of both."""
    cells: dict[tuple[str, str], int] = {}
    rows: dict[str, int] = {}
    columns: dict[str, int] = {}
    for item, label in true.items():
        other = found[item]
        cells[label, other] = cells.get((label, other), 0) + 1
        rows[label] = rows.get(label, 0) + 1
        columns[other] = columns.get(other, 0) + 1
    return cells, rows, columns


def bcubed(true: Mapping[str, str], found: Mapping[str, str]) -> Measure:
    """Mean over all items of the share of an item's found group that is truly with it, and the reverse."""
    if not true:
        return _measure(1.0, 1.0)
    cells, rows, columns = _cells(true, found)
    precision = sum(n * n / columns[column] for (_, column), n in cells.items()) / len(true)
    recall = sum(n * n / rows[row] for (row, _), n in cells.items()) / len(true)
    return _measure(precision, recall)


def pairwise(true: Mapping[str, str], found: Mapping[str, str]) -> Measure:
    """Over all pairs of items; where there is no pair, nothing is wrong."""
    cells, rows, columns = _cells(true, found)
    right, said, real = (_pairs(sizes) for sizes in (cells.values(), columns.values(), rows.values()))
    return _measure(right / said if said else 1.0, right / real if real else 1.0)


def _pairs(sizes: Iterable[int]) -> int:
    return sum(n * (n - 1) // 2 for n in sizes)


def _subject(truth: Truth, facts: Facts) -> tuple[SubjectScore, FoundGroup | None]:
    members = {i.id for i in truth.intrusions if i.subject}
    known = {i.id for i in truth.intrusions}
    counted = [(len(members & _ids(group)), group) for group in facts.groups]
    most = max((count for count, _ in counted), default=0)
    if not most:
        return SubjectScore(None, len(members), 0, 0.0, 0.0), None
    group = next(group for count, group in counted if count == most)
    size = len(_ids(group) & known)
    return SubjectScore(group.id, len(members), most, most / size, most / len(members)), group


def _ids(group: FoundGroup) -> set[str]:
    return {member.intrusion for member in group.members}


def _left_alone(truth: Truth, found: Mapping[str, str]) -> int:
    sizes: dict[str, int] = {}
    for group in found.values():
        sizes[group] = sizes.get(group, 0) + 1
    return sum(sizes[found[i.id]] == 1 for i in truth.intrusions if i.thin)


def _mixed(truth: Truth, facts: Facts) -> list[str]:
    """The product's groups with members of more than one true group, or of one and of nobody."""
    labels = _labels(truth)
    return [group.id for group in facts.groups if len({labels[i] for i in _ids(group) if i in labels}) > 1]


def _edges(truth: Truth, facts: Facts) -> dict[str, EdgeScore]:
    true, found = set(truth.edges), {_spelled(edge) for edge in facts.edges}
    relations = sorted({edge.relation for edge in true})
    return {relation: _edge_score(true, found, relation) for relation in relations}


def _spelled(edge: Edge) -> Edge:
    kind, colon, _ = edge.source.partition(":")
    source = edge.source if colon and kind == "intrusion" else edge.source.lower().rstrip(".")
    return Edge(source, edge.relation, edge.target.lower().rstrip("."))


def _edge_score(true: set[Edge], found: set[Edge], relation: str) -> EdgeScore:
    real = {edge for edge in true if edge.relation == relation}
    said = {edge for edge in found if edge.relation == relation}
    right = len(real & said)
    return EdgeScore(
        len(real), len(said), right, right / len(said) if said else 0.0, right / len(real) if real else 1.0
    )


def _numbers(truth: Truth, group: FoundGroup | None) -> list[NumberScore]:
    given = {number.id: number.value for number in group.numbers} if group else {}
    return [
        NumberScore(
            n.id, n.published, n.true, given.get(n.id), n.id in given and recovered(n.check, n.true, given[n.id])
        )
        for n in truth.numbers
    ]


def recovered(check: str, true: Value, found: Any) -> bool:
    """Whether a found value is close enough to the true one.

    A check that names bounds of the real case (`range`, `>`, `>=`, order of magnitude) applies where this world's
    truth is itself inside them; in other worlds it means within a tenth (a half for an order of magnitude).

    >>> recovered("exact", 141, 141), recovered("±1%", 6.5, 6.55), recovered("range 142-149", 149, 143)
    (True, True, True)
    >>> recovered("range 142-149", 16, 15), recovered(">=400", 427, 9000), recovered("±1 day", 356, None)
    (False, False, False)
    """
    if isinstance(true, str):
        return isinstance(found, str) and found.strip() == true
    if isinstance(found, bool) or not isinstance(found, int | float):
        return False
    numbers = [float(text) for text in re.findall(r"\d+(?:\.\d+)?", check)]
    if check.startswith("±") and numbers:
        allowed = numbers[0] / 100 * abs(true) if check.endswith("%") else numbers[0]
        return abs(found - true) <= allowed + 1e-9
    if check.startswith((">", "range", "order")):
        return _bounded(check, numbers, float(true), float(found))
    return abs(found - true) <= 1e-9 * max(1.0, abs(true))


def _bounded(check: str, numbers: Sequence[float], true: float, found: float) -> bool:
    if check.startswith("range"):
        inside = numbers[0] <= true <= numbers[1]
        return numbers[0] <= found <= numbers[1] if inside else abs(found - true) < 1e-9
    if check.startswith("order"):
        inside = numbers[0] <= true <= numbers[1]
        return numbers[0] <= found <= numbers[1] if inside else abs(found - true) <= 0.5 * true
    strict = not check.startswith(">=")

    def holds(value: float) -> bool:
        return value > numbers[0] if strict else value >= numbers[0]

    return abs(found - true) <= 0.1 * abs(true) and (holds(found) or not holds(true))
