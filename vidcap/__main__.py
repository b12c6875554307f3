"""Run vidcap with ``python -m vidcap``."""

from vidcap.cli import run

if __name__ == "__main__":
    run()
