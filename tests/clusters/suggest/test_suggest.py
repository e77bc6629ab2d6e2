import math
import random
import re

import numpy as np
import pytest
from msgspec.structs import replace
from tests.clusters.suggest.conftest import invented, report

from backtrail.clusters import built_in as match_model
from backtrail.clusters.suggest.fitting import PULL, Fold, Weights, fit, folds, learned
from backtrail.clusters.suggest.known import Known
from backtrail.clusters.suggest.parameters import built_in, parse, render
from backtrail.clusters.suggest.ranking import chances, suggest
from backtrail.model.errors import FormatError


@pytest.fixture(scope="module")
def known(some):
    return Known(some, built_in())


def asked():
    return invented(4, seed=9, nobody=6)


def test_probabilities_add_up_to_one(known):
    found = chances(known, asked())
    assert found.shape == (18, 4)
    np.testing.assert_allclose(found.sum(axis=1), 1.0)


def test_reports_in_the_manner_of_a_group_are_given_to_it(known):
    some = [r for r in asked() if r.group]
    first = chances(known, some)[:, :-1].argmax(axis=1)
    assert [known.groups[i] for i in first] == [r.group for r in some]


def test_the_bars_add_up_to_the_number_exactly(known):
    one = asked()[0]
    scores = Weights.of(known.model).scores(known.evidence([one]))[0]
    found = suggest(known, one)
    assert {s.group for s in found} == {*known.groups, None}
    for s in found:
        column = known.groups.index(s.group) if s.group else len(known.groups)
        assert s.bits == math.fsum(bar.bits for bar in s.bars)
        assert s.bits == pytest.approx(scores[column], abs=1e-3)  # the table is in single precision
        for bar in s.bars:
            if bar.parts:
                assert bar.bits == pytest.approx(math.fsum(part.bits for part in bar.parts), abs=1e-3)


def without(found, left_out) -> dict:
    """Probabilities from the bars alone, without some of them."""
    bits = {s.group: math.fsum(bar.bits for bar in s.bars if not left_out(bar)) for s in found}
    whole = math.fsum(2**b for b in bits.values())
    return {group: 2**b / whole for group, b in bits.items()}


def test_without_what_is_cheap_to_fake_no_bar_that_is_cheap_counts(known):
    for one in asked()[::4]:
        found = suggest(known, one)
        expected = without(found, lambda bar: bar.spoof == "low")
        assert {s.group: s.robust for s in found} == pytest.approx(expected, abs=1e-3)


def test_the_linchpin_is_the_bar_whose_loss_costs_most_likeness_too(known):
    seen = set()
    for one in asked()[::4]:
        found = suggest(known, one)
        for s in found:
            names = {bar.trait for bar in s.bars if bar.trait != "prior"}
            lost = {name: without(found, lambda bar, name=name: bar.trait == name)[s.group] for name in names}
            assert s.without == pytest.approx(min([s.probability, *lost.values()]), abs=1e-3)
            seen.add(s.linchpin)
    assert any(name.startswith(("nearest", "five")) for name in seen)


def test_every_part_names_the_reports_that_show_the_value(known):
    of = {r.id: r for r in known.reports}
    for s in suggest(known, asked()[0]):
        for bar in s.bars:
            for part in bar.parts:
                assert all(of[id].group == s.group for id in part.evidence)
                assert part.evidence or part.bits < 0  # what a group never showed has no report of it
                assert 0 < part.aged <= 1
                if not bar.trait.startswith(("nearest", "five")):
                    assert all(part.value in of[id].traits[bar.trait] for id in part.evidence)


def test_what_a_group_never_showed_is_told_value_by_value(known):
    one = asked()[0]
    told = 0
    for s in suggest(known, one):
        for bar in s.bars:
            if bar.bits < 0 and bar.family != "several" and bar.trait != "prior":
                assert {part.value for part in bar.parts} <= set(one.traits[bar.trait])
                assert all(part.bits < 0 for part in bar.parts)
                told += len(bar.parts)
    assert told


def test_older_reports_count_less_and_the_part_says_how_much(known):
    model = replace(built_in(), half_life=1e9)
    fresh = [p for s in suggest(Known(known.reports, model), asked()[0]) for b in s.bars for p in b.parts]
    old = [p for s in suggest(known, asked()[0]) for b in s.bars for p in b.parts]
    assert all(p.aged == pytest.approx(1, abs=1e-4) for p in fresh) and min(p.aged for p in old) < 0.5


def test_a_trait_that_is_the_value_itself_has_the_class_and_price_of_its_kind():
    kinds = {kind.replace("-", " "): weight for kind, weight in match_model().kinds.items()}
    same = {
        "host": "domain name",
        "zone": "domain name",
        "address": "ipv4 addr",
        "endpoint": "ip port",
        "path": "url path",
    }
    same |= {"file digest": "sha256", "mail address": "email addr", "debug path": "pdb path", "network /24": "network"}
    checked = 0
    for name, trait in built_in().traits.items():
        kind = kinds.get(same.get(name, name))
        if kind:
            assert (trait.family, trait.strength, trait.spoof) == (kind.family, kind.strength, kind.spoof), name
            checked += 1
    assert checked > 25


def test_likeness_is_told_as_it_is_and_counts_in_bits(known):
    """A report that is known already is like itself, and that counts log2(1 / l + 1) bits before it is weighed."""
    itself = known.reports[0]
    column = 2 * len(known.traits)
    assert known.evidence([itself]).terms[0, known.row[0], column] == pytest.approx(
        math.log2(1 / known.model.likeness_one + 1), abs=1e-3
    )
    (found,) = [s for s in suggest(known, itself) if s.group == itself.group]
    (bar,) = [bar for bar in found.bars if bar.trait == "nearest report by value"]
    assert bar.note == "likeness 1.00" and bar.parts[0].evidence == (itself.id,)


def test_the_order_of_what_is_known_means_nothing(some):
    mixed = list(some)
    random.Random(3).shuffle(mixed)
    np.testing.assert_allclose(
        chances(Known(mixed, built_in()), asked()), chances(Known(some, built_in()), asked()), rtol=1e-4
    )


def test_other_reports_asked_beside_it_mean_nothing(known):
    together = chances(known, asked())
    alone = np.concatenate([chances(known, [one]) for one in asked()])
    np.testing.assert_allclose(together, alone, rtol=1e-4)


def test_a_shared_value_speaks_for_a_group_and_more_so_when_rarer(some):
    mark = [("domain-name", "mark.very-own-zone.example.org"), ("url-path", "/zz/qq.jsp")]
    told = [*some, report("M", mark, "OTTER", some[-1].date)]
    one = report("Q", mark, None, some[-1].date)
    before = chances(Known(some, built_in()), [one])[0]
    after = chances(Known(told, built_in()), [one])[0]
    otter = Known(some, built_in()).groups.index("OTTER")
    assert after[otter] > before[otter]
    common = [*told, *(report(f"M{g}", mark, g, some[-1].date) for g in ("HERON", "LYNX"))]
    assert chances(Known(common, built_in()), [one])[0][otter] < after[otter]


def test_the_strongest_value_counts_once_more_however_many_stand_beside_it(some):
    mark = ("domain-name", "mark.very-own-zone.example.org")
    known = Known([*some, report("M", [mark], "OTTER", some[-1].date)], built_in())
    others = [("domain-name", f"host{n}.nothing-alike{n}.example.net") for n in range(9)]
    alone, among = (report("Q", values, None, some[-1].date) for values in ([mark], [mark, *others]))
    otter, all_shared, best = known.groups.index("OTTER"), known.columns.index("zone+"), known.columns.index("zone!")
    terms = known.evidence([alone, among]).terms[:, otter]
    assert terms[0, best] == terms[1, best] == terms[0, all_shared] > terms[1, all_shared] > 0
    parts = next(
        bar for s in suggest(known, among) for bar in s.bars if bar.trait == "sub-label" and s.group == "OTTER"
    )
    assert parts.parts[0].value == "mark"


def test_a_report_that_shows_nothing_is_answered(known):
    found = chances(known, [report("E", [], None, None)])
    assert np.isfinite(found).all()


def test_fitting_is_deterministic_and_better_than_weights_of_nothing(some):
    start = replace(built_in(), traits={n: replace(t, shared=0.0, absent=0.0) for n, t in built_in().traits.items()})
    model = fit(some, start, 7)
    assert fit(some, start, 7) == model
    questions = [r for r in asked() if r.group]
    right = [Known(some, model).groups.index(r.group) for r in questions]
    rows = range(len(questions))
    before = chances(Known(some, start), questions)[rows, right].mean()
    assert chances(Known(some, model), questions)[rows, right].mean() > before
    assert all(t.shared >= 0 and t.absent >= 0 for t in model.traits.values())


def test_without_anything_to_learn_from_the_model_stays(some):
    assert fit([], built_in(), 0) == built_in()
    assert fit([r for r in some if r.group is None], built_in(), 0) == built_in()


def test_the_order_of_what_is_learned_from_means_nothing(some):
    few = some[::4]
    mixed = random.Random(4).sample(few, len(few))
    assert fit(mixed, built_in(), 7) == fit(few, built_in(), 7)


def test_of_groups_that_are_all_large_whole_ones_are_asked_about(some):
    """Otherwise no answer would be "nobody known", and a group would seem certain whatever a report shows."""
    large = [replace(r, date=None) for r in some if r.group]
    asked_new = [f for f in folds(large, 0) if not {r.group for r in f.asked} & {r.group for r in f.known}]
    assert {r.group for f in asked_new for r in f.asked} == {"HERON", "LYNX", "OTTER"}
    one = [r for r in large if r.group == "LYNX"]
    assert fit(one, built_in(), 0) == built_in()


def test_where_years_hold_too_little_what_came_later_is_asked_about(some):
    later, *by_chance = (f for f in folds(some, 0) if f.asked and f.known)
    assert max(r.date for r in later.known) <= min(r.date for r in later.asked)
    assert len(by_chance) == 2 + 3 * 5


def test_folds_ask_only_after_what_is_known():
    many = invented(600, seed=4)
    years = folds(many, 0)
    assert len(years) > 1
    for year in years:
        assert max(r.date for r in year.known) < min(r.date for r in year.asked)
    assert [year.ago for year in years] == [365 * n for n in reversed(range(len(years)))]
    chance = folds([replace(r, date=None) for r in many], 0)
    assert sorted(r.id for part in chance[:5] for r in part.asked) == sorted(r.id for r in many)


def test_a_year_counts_less_the_longer_it_is_over():
    """What bears the manner of a group is its own in one year, and another's in the other: the later year counts."""
    some, start = invented(200, seed=2), built_in()
    held = [r for r in some if r.group]
    other = dict(zip(names := sorted({r.group for r in held}), [*names[1:], names[0]], strict=True))
    swapped = [replace(r, group=other[r.group]) for r in held]
    base = Known(some, start)
    right = [base.groups.index(r.group) for r in held]

    def sure(early, late):
        model = learned([Fold(some, early, 3650.0), Fold(some, late)], start, PULL)
        return chances(Known(some, model), held)[range(len(held)), right].mean()

    assert sure(early=swapped, late=held) > sure(early=held, late=swapped) + 0.1


def test_a_model_is_read_as_it_was_written(some):
    model = fit(some, built_in(), 1)
    assert parse(render(model)) == model


@pytest.mark.parametrize(
    "text", ["", "version = 1", render(built_in()).replace('near = "value"', 'near = "far"'), "[traits"]
)
def test_what_is_no_model_is_refused(text):
    with pytest.raises(FormatError):
        parse(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [("half_life", "nan"), ("half_life", "-5.0"), ("strength", "0.0"), ("damping", "inf"), ("rounds", "-1")],
)
def test_numbers_that_mean_nothing_are_refused_with_where(name, value):
    text = re.sub(rf"^{name} = .*$", f"{name} = {value}", render(built_in()), count=1, flags=re.M)
    with pytest.raises(FormatError) as refused:
        parse(text)
    assert refused.value.where == name
    negative = re.sub(r"shared = 0\.[0-9]+", "shared = -1.0", render(built_in()), count=1)
    with pytest.raises(FormatError, match=r"-1 is not at least 0 \(at traits\..*shared\)"):
        parse(negative)
