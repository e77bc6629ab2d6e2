"""The conformance tests of tradecraft section 10 that are of links between intrusions; `test_table.py` lists all."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.clusters.suggest.conftest import invented

from backtrail.clusters import Corpus, Side, built_in, compare
from backtrail.clusters.suggest.fitting import fit
from backtrail.clusters.suggest.known import Known
from backtrail.clusters.suggest.parameters import built_in as traits_model
from backtrail.clusters.suggest.ranking import chances, suggest
from backtrail.model.marking import Grade, Source
from backtrail.model.observation import Observation
from backtrail.model.times import Interval

MODEL = built_in()
GOOD = Source("ours", Grade("A", "2"), "GREEN")
DAY = Interval("2012-04-02", "2012-04-02")
KINDS = ("domain-name", "md5", "mutex", "file-name", "persona", "technique", "keyboard-layout")
values = st.tuples(st.sampled_from(KINDS), st.sampled_from(["a.example", "b.example", "c.example", "d.example"]))
sides = st.lists(values, max_size=10, unique=True)


def side(id, *pairs, when=DAY):
    return Side(
        id=id, observations=tuple(Observation(kind=k, value=v, intrusion=id, seen=when, source=GOOD) for k, v in pairs)
    )


def corpus(*pairs, warnings=None, public=None, holders=2):
    held = dict.fromkeys(pairs, holders)
    return Corpus(intrusions=60, holders=held, warnings=warnings or {}, public=public or {})


@given(sides, sides)
@settings(max_examples=60, deadline=None)
def test_1_an_item_said_twice_changes_no_score(left, right):
    known = corpus(*left, *right)
    once = compare(side("A", *left), side("B", *right), known, MODEL)
    assert compare(side("A", *left, *left), side("B", *right), known, MODEL).total == once.total


TOOLS = [("software", "PUBLICTOOL"), ("md5", "0" * 32), ("file-name", "publictool.exe")]


@given(sides, sides, st.lists(st.sampled_from(TOOLS), min_size=1, unique=True))
@settings(max_examples=60, deadline=None)
def test_2_a_public_tool_in_both_changes_no_score(left, right, tool):
    """Class E: a tool that anybody can get, its file, and what stands in the record of that file."""
    known = corpus(*left, *right, *tool, warnings=dict.fromkeys(tool, ("public tools",)))
    without = compare(side("A", *left), side("B", *right), known, MODEL)
    both = compare(side("A", *left, *tool), side("B", *right, *tool), known, MODEL)
    assert both.total == without.total and both.robust == without.robust
    assert {bar.value for bar in both.bars} >= {value for _, value in tool}  # shown, with the reason, and not weighed
    common = replace(known, holders={**known.holders, **dict.fromkeys(tool, 60)}, warnings={})
    assert compare(side("A", *left, *tool[:1]), side("B", *right, *tool[:1]), common, MODEL).total == without.total


def test_3_an_address_61_days_away_is_no_link():
    address = ("ipv4-addr", "192.0.2.1")
    near = compare(
        side("A", address), side("B", address, when=Interval("2012-05-30", "2012-05-30")), corpus(address), MODEL
    )
    far = compare(
        side("A", address), side("B", address, when=Interval("2012-06-02", "2012-06-02")), corpus(address), MODEL
    )
    assert near.bars[0].bits > 0 and far.bars[0].bits == 0
    assert "61 days apart" in "; ".join(far.bars[0].notes)


def test_4_a_family_keeps_its_weight_before_it_is_public_and_loses_it_after():
    family = ("software", "SHAREDRAT")
    known = corpus(family, public={family: "2012-01-01"})
    early, late = Interval("2011-05-01", "2011-06-01"), Interval("2012-05-01", "2012-06-01")

    def bits(a, b):
        return compare(side("A", family, when=a), side("B", family, when=b), known, MODEL).bars[0].bits

    before = bits(early, early)
    assert (
        before
        == compare(side("A", family, when=early), side("B", family, when=early), corpus(family), MODEL).bars[0].bits
    )
    assert before > 0 == bits(late, late) == bits(early, late)
    assert bits(early, Interval()) == 0  # a sighting without a time may be later


def test_5_a_sinkhole_links_nothing():
    address = Observation(kind="ipv4-addr", value="192.0.2.1", intrusion="A", seen=DAY, source=GOOD, role="sinkhole")
    a = Side(id="A", observations=(address,))
    assert not compare(a, side("B", ("ipv4-addr", "192.0.2.1")), corpus(("ipv4-addr", "192.0.2.1")), MODEL).bars


def test_9_what_is_cheap_to_fake_can_be_left_out():
    cheap, dear = ("file-name", "update.exe"), ("x509-sha1", "ab" * 20)
    found = compare(side("A", cheap, dear), side("B", cheap, dear), corpus(cheap, dear), MODEL)
    alone = compare(side("A", dear), side("B", dear), corpus(dear), MODEL)
    assert found.robust == pytest.approx(alone.probability) and found.robust < found.probability
    for candidate in suggest(Known(invented(8, nobody=8), traits_model()), invented(1, seed=3)[0]):
        assert 0 <= candidate.robust <= 1


def test_15_with_labels_by_chance_nothing_is_suggested():
    """Fitted on labels that mean nothing, no group reaches what is proposed as a link: the model abstains."""
    reports = invented(40, seed=2)
    labels = [r.group for r in reports]
    random.Random(5).shuffle(labels)
    mixed = [replace(r, group=label) for r, label in zip(reports, labels, strict=True)]
    model = fit(mixed, traits_model(), 0, pull=1e-6)
    found = chances(Known(mixed, model), invented(10, seed=11))
    assert found[:, :-1].max() < MODEL.link
