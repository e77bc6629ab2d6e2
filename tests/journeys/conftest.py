"""A small world, made once."""

import pytest

from backtrail_worlds.cli import main as worlds


@pytest.fixture(scope="session")
def world(tmp_path_factory):
    """A small world of a seed that nothing was looked at with."""
    folder = tmp_path_factory.mktemp("world") / "w"
    assert worlds(["make", "--world", "small", "--seed", "4711", "--out", str(folder)]) == 0
    return folder
