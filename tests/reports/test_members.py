"""When an intrusion was: what its stay says, or what shows somebody at work, never how long a domain is paid."""

import pytest
from msgspec.structs import replace

from backtrail.model.intrusion import Intrusion
from backtrail.model.observation import Observation
from backtrail.model.profile import Profile
from backtrail.model.times import Interval
from backtrail.reports.indicators import select
from backtrail.reports.members import members, period


def seen(kind: str, role: str | None, first: str | None, last: str | None) -> Observation:
    return Observation(kind=kind, value=f"{kind}-{role}", intrusion="IN-1", role=role, seen=Interval(first, last))


AT_WORK = (seen("domain-name", "c2", "2011-11-22", "2012-04-21"), seen("url", None, "2011-12-01", None))
BESIDE = (
    seen("registrant-email", "registration", "2009-07-18", "2014-10-23"),
    seen("domain-name", "sinkhole", "2013-01-01", "2013-05-05"),
    seen("registrant-name", None, "2009-07-18", "2014-10-23"),
)


@pytest.fixture
def one(dossier):
    intrusion = Intrusion(id="IN-1")
    return replace(dossier, intrusions={"IN-1": intrusion}, observations=(*AT_WORK, *BESIDE), findings={})


def test_an_intrusion_lasts_while_somebody_is_at_work(one):
    (member,) = members(one, {"IN-1": "I-01"})
    assert (member.first, member.last, member.observations) == ("2011-11", "2012-04", 5)
    assert period(one.observations) == "2011-11 to 2012-04"


def test_a_stay_is_told_as_the_finding_on_stays_tells_it(one):
    dwell = Profile(
        kind="dwell", group="G", finding="", enough=True, columns=("intrusion", "first", "last"),
        rows=(("IN-1", "2011-11-22", "2012-03-01"),),
    )  # fmt: skip
    (member,) = members(replace(one, findings={"dwell": dwell}), {"IN-1": "I-01"})
    assert (member.first, member.last) == ("2011-11", "2012-03")


def test_a_period_whose_end_nobody_saw_ends_with_the_last_sighting():
    assert period([seen("url", "c2", "2012-03-04", None)]) == "2012-03 to 2012-03"
    assert period(BESIDE) == "not known"


def test_a_registrant_was_not_seen_after_the_last_registration():
    (email, name) = [o for o in BESIDE if o.kind.startswith("registrant-")]
    (indicator,) = select([email], (), {}).indicators
    assert (indicator.first, indicator.last) == ("2009-07-18", "2009-07-18") and name.sighted == name.seen
