"""Worlds as TOML: what is refused, and that the message says why."""

from pathlib import Path

import pytest

from backtrail_worlds.errors import NotFound, WorldError
from backtrail_worlds.spec import WORLDS, built_in, load

SMALL = (WORLDS / "small.toml").read_text()


def _load(tmp_path: Path, old: str, new: str) -> None:
    assert old in SMALL
    path = tmp_path / "mine.toml"
    path.write_text(SMALL.replace(old, new, 1))
    load(str(path))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("members = 14", "members = 15", "subject.sectors add up to 14, but subject.members is 15"),
        ('code = "US", count = 9', 'code = "US", count = 8', "subject.countries add up to 13"),
        ("2012 = 2 }", "2012 = 3 }", "subject.years add up to 15"),
        ("closed = 9", "closed = 10", "dwell.closed, open_end and open_start add up to 15"),
        ("mean = 312", "mean = 9", "dwell.mean 9 cannot be reached"),
        ("CN = 38", "CN = 37", "servers.countries add up to 57"),
        ("addresses = 58", "addresses = 90", "servers.addresses is 90"),
        ("zones = 14", "zones = 15", "domains.themes add up to 14"),
        ("fqdns = 150", "fqdns = 40", "domains.fqdns is less"),
        ("weekday = 156", "weekday = 170", "operators.weekday is more than operators.logins"),
        ("htran = 60", "htran = 40", "operators.htran_from names 47 addresses"),
        ("samples = 72", "samples = 3", "families.samples is 3"),
        ("total_tb = 11.5", "total_tb = 40.0", "theft.total_tb cannot be reached"),
        ("report = 2013-02-19", "report = 2012-02-19", "not in order"),
        ("thin = 2", "thin = 2\nfavourite = 3", "favourite"),
        ("thin = 2", 'thin = "two"', "thin"),
        ("defanged = 0.5", "defanged = 1.5", "defanged"),
        ('name = "small"', 'name = "small', "mine.toml"),
    ],
)
def test_a_world_that_does_not_add_up_is_refused(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(WorldError, match=says.replace("(", r"\(")) as refused:
        _load(tmp_path, old, new)
    assert "mine.toml" in str(refused.value)


def test_an_unknown_world_is_not_found() -> None:
    with pytest.raises(NotFound, match="built in: apt1-like"):
        load("atlantis")


def test_every_built_in_world_loads() -> None:
    assert [load(name)[0].name for name in built_in()] == built_in()
