"""One small world for all tests of the generator."""

from pathlib import Path

import pytest

from backtrail_worlds.make import make


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("small")
    make("small", 7, 0.3, out, 1, lambda done, total: None)
    return out
