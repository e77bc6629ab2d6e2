"""A process killed at any moment loses nothing acknowledged and leaves nothing half-read."""

import json
import os
import random
import signal
import subprocess
import sys
import time

import pytest

from backtrail import digest, ingest, ls
from backtrail.knowledge import custody
from backtrail.verbs.init import init

FILES, ROWS = 12, 150


@pytest.fixture
def evidence(tmp_path):
    folder = tmp_path / "evidence"
    folder.mkdir()
    for file in range(FILES):
        rows = [f"domain,h{row}.f{file}.example,c2,2012-04-01,2012-05-01" for row in range(ROWS)]
        (folder / f"{file:02d}.csv").write_text("\n".join(["type,value,role,first_seen,last_seen", *rows]) + "\n")
    return folder


def trial(case_folder, evidence, delay: float) -> list[str]:
    """Start an ingest, kill it after a while, and give the files it had acknowledged."""
    command = [sys.executable, "-m", "backtrail.cli", "ingest", str(evidence), "--case", str(case_folder), "--json"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True
    ) as process:
        assert process.stdout
        first = process.stdout.readline()
        time.sleep(delay)
        os.killpg(process.pid, signal.SIGKILL)
        lines = [first, *process.stdout.readlines()]
    return [json.loads(line)["path"] for line in lines if line.endswith(b"\n")]


def run(tmp_path, open_case, evidence, trials: int) -> None:
    seed = random.Random(2013)
    init(tmp_path / "whole", now="2013-02-18T09:00:00Z")
    whole = open_case(tmp_path / "whole")
    ingest(whole, [evidence])
    for n in range(trials):
        folder = tmp_path / f"case-{n}"
        init(folder, now="2013-02-18T09:00:00Z")
        acknowledged = trial(folder, evidence, seed.uniform(0, 0.25))
        case = open_case(folder)
        with case.knowledge.reading() as db:
            rows = custody.evidence(db)
        assert set(acknowledged) <= {row.origin for row in rows}, "acknowledged and lost"
        assert all((row.outcome, row.observations) == ("read", ROWS) for row in rows), "half-read"
        assert len(ls(case, "observations")) == ROWS * len(rows), "rows without their file"
        again = ingest(case, [evidence])
        assert sum(file.known for file in again.files) == len(rows)
        assert digest(case) == digest(whole), "lost or duplicated"


def test_kill_20_times(tmp_path, open_case, evidence):
    run(tmp_path, open_case, evidence, 20)


@pytest.mark.slow
def test_kill_200_times(tmp_path, open_case, evidence):
    run(tmp_path, open_case, evidence, 200)
