"""`python -m backtrail.cli`."""

import sys

from backtrail.cli import main

sys.exit(main())
