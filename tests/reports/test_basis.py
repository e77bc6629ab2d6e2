"""What a number rests on is told in sorts, kinds and grades, and by examples that are published."""

from backtrail.model.observation import Observation
from backtrail.model.record import Indicator
from backtrail.model.weight import Explanation
from backtrail.reports import linked
from backtrail.reports.basis import Known, basis, examples

DAY = "0123456789ab"


def observed(kind: str, value: str) -> Observation:
    return Observation(kind=kind, value=value, intrusion="IN-1")


def test_parts_are_told_in_sorts_with_kinds_and_grades():
    name, digest = observed("domain-name", "a.example"), observed("md5", "0" * 32)
    known = Known.of(["IN-1", "IN-2"], [name, digest], [])
    parts = ("IN-1", "IN-2", name.id, digest.id, f"{DAY} line 7", "C-" + "0" * 32, "T1059.003", "192.0.2.1")
    assert basis(parts, known) == (
        "2 intrusions, 1 record, 1 statement, 1 technique, 1 value, 2 observations (domain-name, md5; graded F6)"
    )
    assert basis((), known) == ""


def test_examples_are_only_what_is_published_and_few():
    seen = [observed("domain-name", f"{letter}.example") for letter in "abcdefgh"]
    given = [Indicator(kind=o.kind, value=o.value, evidence=(o.id,)) for o in seen[:6]]
    known = Known.of([], seen, given)
    assert examples([o.id for o in seen], known) == tuple(f"{letter}.example" for letter in "abcde")
    assert examples(["h.example", "f.example"], known) == ("f.example",)


def test_links_lead_to_the_intrusions_they_are_between():
    """Parts are ids, so that a report puts pseudonyms in their place and `why` follows them to what was stated."""
    pair = Explanation(a="IN-1", b="IN-2", prior=-4.5, total=4.0, probability=0.94, bars=())
    loose = Explanation(a="IN-1", b="IN-3", prior=-4.5, total=-4.0, probability=0.06, bars=())
    links, pairs = linked([pair, loose], 0.8, ["IN-3", "IN-2", "IN-1"])
    assert (links.value, links.parts, pairs.value) == (1, ("IN-1", "IN-2"), 3)
    assert pairs.parts == ("IN-1", "IN-2", "IN-3")
