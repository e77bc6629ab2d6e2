"""What was measured goes with the model it was measured with, and is told whole."""

import tomllib

import msgspec

from backtrail.clusters import built_in, measured
from backtrail.clusters.calibration import Bin, Calibration, written
from backtrail.reports.dossier import checked


def test_the_model_that_ships_was_measured():
    found = measured()
    assert found is not None, "run `make bench-calibration`: the model changed since it was measured"
    assert found.model == built_in().version and found.worlds >= 10
    assert sum(one.pairs for one in found.bins) > 1_000
    for one in found.bins:
        assert 0 <= one.low <= one.same / one.pairs <= one.high <= 1


def test_what_is_written_is_read():
    made = Calibration(
        model="m", worlds=2, bins=(Bin(said=0.5, pairs=4, same=2, low=0.15, high=0.85),
                                   Bin(said=0.9, pairs=10, same=9, low=0.6, high=0.98)),
    )  # fmt: skip
    assert msgspec.convert(tomllib.loads(written(made)), Calibration) == made
    told = {n.id: n.value for n in checked(made, 0.8)}
    assert told == {"checked_cases": 2, "checked_pairs": 10, "checked_right": 0.9}
    assert "checked_right" not in {n.id for n in checked(made, 0.95)}
