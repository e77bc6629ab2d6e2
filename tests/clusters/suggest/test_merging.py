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


def test_sets_that_are_fixed_and_reports_alone_stay():
    reports = invented(40, seed=3)
    held, right = in_pieces(reports)
    held[0] = alone = 99
    joined = Manners(reports, held, built_in(), fixed={held[1]}).joined(LEAST)
    assert joined[0] == alone
    for number, before, after in zip(held, right, joined, strict=True):
        assert after == number if number in (alone, held[1]) else after != held[1]
        assert number in (alone, held[1]) or after // 3 == before // 3
    assert len(set(joined)) < len(set(held))


def test_without_sets_of_several_nothing_is_joined():
    reports = invented(4, seed=3)
    held = list(range(len(reports)))
    assert Manners(reports, held, built_in()).joined(LEAST) == held
    assert Manners([], [], built_in()).joined(LEAST) == []
