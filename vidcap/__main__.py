"""Run vidcap with ``python -m vidcap``."""

import sys

from vidcap.cli import main

if __name__ == "__main__":
    sys.exit(main())
