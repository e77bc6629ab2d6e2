"""Records become observations and claims; what cannot be used becomes a problem."""

from backtrail.model.marking import Grade, Source
from backtrail.model.observation import Problem
from backtrail.model.record import Claimed, Passage, Record, Seen
from backtrail.model.times import Interval
from backtrail.observations import Observed, Stated, observe

SOURCE = Source("Team", Grade("B", "2"), "AMBER")
EVIDENCE = "e" * 64


def results(intrusion=None, **record):
    return list(observe(Record(where="line 1", **record), intrusion, SOURCE, EVIDENCE))


def one(**seen):
    (found,) = results(seen=(Seen(**seen),))
    return found


def test_a_value_becomes_an_observation_with_its_place():
    found = one(kind="domain-name", value="Evil[.]com", role="c2", first="2012-03", last="2012-05-01T10:00:00+02:00")
    assert found.observation.value == "evil.com"
    assert found.observation.seen == Interval("2012-03", "2012-05-01T08:00:00Z")
    assert found.observation.source == SOURCE
    assert found.provenance.of == found.observation.id
    assert (found.provenance.where, found.provenance.raw) == ("line 1", "Evil[.]com")


def test_raw_is_kept_only_when_it_differs():
    assert one(kind="domain-name", value="evil.com").provenance.raw == ""


def test_a_marking_of_its_own_goes_before_the_source():
    assert one(kind="text", value="x", tlp="tlp:white").observation.source.tlp == "CLEAR"
    assert one(kind="text", value="x", tlp="garbled").observation.source.tlp == "RED"


def test_the_argument_names_the_intrusion_before_the_record():
    seen = (Seen(kind="text", value="x"),)
    (found,) = observe(Record(where="line 1", seen=seen, intrusion="B"), "A", SOURCE, EVIDENCE)
    assert found.observation.intrusion == "A"
    (found,) = observe(Record(where="line 1", seen=seen, intrusion="B"), None, SOURCE, EVIDENCE)
    assert found.observation.intrusion == "B"


def test_a_bad_value_is_a_problem_that_names_it():
    assert one(kind="md5", value="abc") == Problem(
        evidence=EVIDENCE, where="line 1", reason="md5 'abc': not 32 hex digits"
    )


def test_bad_times_and_roles_are_problems_but_the_value_stays():
    for seen in ({"first": "soon"}, {"first": "2013", "last": "2012"}, {"role": "boss"}):
        problem, found = results(seen=(Seen(kind="text", value="x", **seen),))
        assert isinstance(problem, Problem)
        assert (found.observation.seen, found.observation.role) == (Interval(), None)


def test_claims_stand_with_their_source():
    (found,) = results(claims=(Claimed(subject="intrusion:A", predicate="sector", object="energy"),))
    assert isinstance(found, Stated)
    assert found.claim.source == SOURCE
    assert found.provenance.of == found.claim.id


def test_claims_that_are_no_text_are_problems():
    for object in ("", " ", "\udcff", "a\0", "x" * 5000):
        (found,) = results(claims=(Claimed(subject="a:b", predicate="c", object=object),))
        assert isinstance(found, Problem)


def test_a_record_that_was_rejected_is_a_problem_and_the_rest_is_used():
    problem, found = results(problem="half of it", seen=(Seen(kind="text", value="x"),))
    assert problem.reason == "half of it"
    assert isinstance(found, Observed)


def test_running_text_is_searched_with_raw_spelling_and_place():
    (found,) = results(passage=Passage(text="a\nat evil[.]com", line=5, offset=100), intrusion=None)
    assert found.provenance.where == "line 6 offset 105"
    assert found.provenance.raw == "evil[.]com"
