"""The command line in a process of its own with the describer of the cases: ``python -m tests.cases.alone WORDS``."""

from __future__ import annotations

import sys

from tests.cases.speakers import SPEAKERS
from vidcap.cli import main

if __name__ == "__main__":
    sys.exit(main(describer=SPEAKERS["shots"]))
