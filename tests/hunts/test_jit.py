"""What is compiled is kept, and whether it is can be asked beforehand."""

import os
import subprocess
import sys

ASKED = """
import numpy as np
from backtrail.hunts.jit import is_kept
from backtrail.hunts.survey import newlines
print(is_kept(newlines))
newlines(np.zeros(128, np.uint8), 0, 64)
"""


def test_a_function_is_compiled_in_the_first_process_and_found_by_the_next(tmp_path):
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
    environment.pop("NUMBA_DISABLE_JIT", None)
    told = [
        subprocess.run(
            [sys.executable, "-c", ASKED], env=environment, capture_output=True, text=True, check=True
        ).stdout
        for _ in range(2)
    ]
    assert told == ["False\n", "True\n"]
