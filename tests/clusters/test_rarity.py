"""How rare a value is: the case decides where it knows enough, and what most values are where it does not."""

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backtrail.clusters import Corpus, built_in, weightless
from backtrail.clusters.parameters import parse
from backtrail.clusters.rarity import unrelated
from backtrail.model.errors import FormatError

MODEL = built_in()
FILE, DOMAIN = MODEL.kinds["file-name"], MODEL.kinds["domain-name"]


def test_a_file_name_of_three_of_nine_others_is_common_and_that_of_none_is_rare():
    assert unrelated((3, 9), FILE, MODEL) > 0.25
    assert unrelated((0, 9), FILE, MODEL) < 0.001


def test_a_domain_that_another_intrusion_of_a_small_case_shows_too_still_links():
    """A case of three intrusions of one actor has no others to tell what is common."""
    assert unrelated((1, 1), DOMAIN, MODEL) < DOMAIN.m / 8


@given(st.integers(0, 400), st.integers(0, 400), st.sampled_from([FILE, DOMAIN]))
def test_it_is_a_chance_and_grows_with_those_who_show_a_value(showing, missing, weight):
    one, more = (unrelated((n, showing + missing + 1), weight, MODEL) for n in (showing, showing + 1))
    assert 0 < one < more < 1


def test_a_large_case_is_believed():
    assert abs(unrelated((2000, 10_000), FILE, MODEL) - 0.2) < 0.001
    assert abs(unrelated((2, 10_000), FILE, MODEL) - 0.0002) < 0.0001


def test_what_may_contradict_is_never_left_out_as_weightless():
    common = {kind: (kind, "x") for kind in ("file-name", "registrant-email", "registrant-org", "keyboard-layout")}
    known = Corpus(intrusions=40, holders=dict.fromkeys(common.values(), 38))
    assert weightless(known, MODEL) == {common["file-name"]}


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("rate = 0.25", "rate = 0.0", "common"),
        ("size = 30", "size = 0", "rare"),
        ("C = 0.002", "C = 1.0", "common_share.C"),
        ("B = 7.0", "", "kinds.domain-name"),
        ("behaviour = 6.0", "", "kinds.file-name"),
        ("bits = 4.0", "bits = -1.0", "absent.infrastructure"),
        ("half_life = 1460", "half_life = 0", "absent.infrastructure"),
        ("prior = -3.0", "prior = nan", "prior"),
        ("link = 0.80", "link = 1.5", "link"),
        ("fan_out = 50", "fan_out = 0", "fan_out"),
        ("F = 0.5", "", "reliability"),
        ("B = 7.0", "B = -1.0", "classes.B"),
        ("domain-name     = {", "domain_name = {", "kinds.domain_name"),
        ('also = "identity"', 'also = "nothing"', "absent.infrastructure"),
    ],
)
def test_a_model_out_of_bounds_is_refused_with_where(old, new, where):
    text = (files("backtrail.clusters") / "model.toml").read_text("utf-8")
    with pytest.raises(FormatError) as refused:
        parse(text.replace(old, new, 1))
    assert refused.value.where == where
