"""Volumes are lower bounds; sources of one intrusion and logs of one transfer are not added up."""

from backtrail.model.intrusion import Theft
from backtrail.profiles import Taken, theft


def entry(category: str, low: int | None, high: int | None = None) -> Theft:
    return Theft(category=category, bytes_low=low, bytes_high=high)


def number(profile, id: str):
    return next(n for n in profile.numbers if n.id == id)


def test_entries_of_one_source_add_up_and_two_sources_do_not():
    one = Taken(intrusion="IN-1", stated={"a": [entry("mail", 10**12), entry("designs", 2 * 10**12)]})
    two = Taken(intrusion="IN-1", stated={**one.stated, "b": [entry("mail", 2 * 10**12, 4 * 10**12)]})
    assert (one.low, two.low, two.high) == (3 * 10**12, 3 * 10**12, 4 * 10**12)


def test_logs_raise_the_lower_bound_and_are_not_added():
    stated = {"a": [entry("mail", 10)]}
    assert Taken(intrusion="IN-1", stated=stated, sent=4).low == 10
    assert Taken(intrusion="IN-1", stated=stated, sent=40).low == 40


def test_total_and_largest_name_their_intrusions():
    taken = [Taken(intrusion=f"IN-{n}", stated={"a": [entry("mail", n * 10**12)]}) for n in (1, 2, 3)]
    found = theft("UNC-1", [*taken, Taken(intrusion="IN-9")])
    assert (number(found, "data_total").value, number(found, "largest_theft_tb").value) == (6.0, 3.0)
    assert number(found, "largest_theft_tb").parts == ("IN-3",)
    assert number(found, "data_total").parts == ("IN-1", "IN-2", "IN-3")
    assert "Of 1 intrusions nothing is known" in found.limits[0]


def test_nothing_known_is_not_nothing_taken():
    found = theft("UNC-1", [Taken(intrusion="IN-1")])
    assert not found.enough and not found.numbers and "not said" in found.finding


def test_an_entry_without_a_volume_counts_no_bytes():
    assert Taken(intrusion="IN-1", stated={"a": [entry("mail", None)]}).low == 0
