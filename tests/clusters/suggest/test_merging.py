from tests.clusters.suggest.conftest import invented

from backtrail.clusters.suggest.merging import Manners
from backtrail.clusters.suggest.parameters import built_in

LEAST = 2.0


def in_pieces(reports, pieces=3):
    """Each group in as many sets, and the number of its first set."""
    names = sorted({r.group for r in reports})
    group = [names.index(r.group) for r in reports]
    return [pieces * g + i % pieces for i, g in enumerate(group)], [pieces * g for g in group]


def test_pieces_of_a_group_are_joined_and_groups_are_not():
    reports = invented(40, seed=3)
    held, right = in_pieces(reports)
    assert len(set(right)) == 3
    assert Manners(reports, held, built_in()).joined(LEAST) == right


def test_a_report_alone_stays_and_sets_that_are_apart_are_not_brought_together():
    reports = invented(40, seed=3)
    held, _ = in_pieces(reports)
    held[0] = alone = 99
    one, other = (number for number in sorted(set(held) - {alone}) if number in (0, 2))
    joined = Manners(reports, held, built_in()).joined(LEAST, [(one, other), (alone, one)])
    found = dict(zip(held, joined, strict=True))
    assert found[alone] == alone and found[one] != found[other]
    assert found[1] in (found[one], found[other])
    assert all(found[number] == number // 3 * 3 for number in set(held) - {0, 1, 2, alone})


def test_without_sets_of_several_nothing_is_joined():
    reports = invented(4, seed=3)
    held = list(range(len(reports)))
    assert Manners(reports, held, built_in()).joined(LEAST) == held
    assert Manners([], [], built_in()).joined(LEAST) == []
