"""A dossier with one finding and one indicator."""

import pytest

from backtrail.model.decision import ActivityGroup
from backtrail.model.observation import Observation
from backtrail.model.profile import Counted, Profile, Series
from backtrail.model.record import Indicator
from backtrail.reports import Dossier
from backtrail.reports.indicators import Selection

DWELL = Profile(
    kind="dwell", group="G", finding="the longest at least 1764 days", enough=True,
    columns=("intrusion", "days", "first", "last", "begin", "end"),
    rows=tuple((f"IN-{n}", str(900 - n), "2010-05-17", "2012-02-03", "", "open") for n in range(40)),
    numbers=(
        Counted(id="dwell_max", value=1764, unit="days"),
        Counted(id="dwell_median", value=356, unit="days", low=151, high=1764),
    ),
    series=(
        Series(name="survival", columns=("days", "share"), rows=((0, 1.0), (356, 0.5), (900, 0.15), (1764, 0.02))),
    ),
)  # fmt: skip


@pytest.fixture
def dossier():
    observed = Observation(kind="domain-name", value="a.example", intrusion="IN-1")
    seen = Indicator(
        kind="domain-name",
        value="a.example",
        first="2010-05-17T10:00:00Z",
        last="2011-01-02",
        evidence=(observed.id,),
    )
    selection = Selection(indicators=(seen,), withheld=(), unusable=(), tlp="GREEN")
    return Dossier(
        group=ActivityGroup(id="UNC-0001", anchor="a"), intrusions={}, observations=(observed,), provenance=(),
        pairs=(), weakest=None, selection=selection, others=0, reviewed=0, created="2013-02-18T00:00:00Z",
        digest="d" * 64, model="m", threshold=0.8, findings={"dwell": DWELL},
    )  # fmt: skip
