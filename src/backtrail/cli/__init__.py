"""The terminal door."""

from backtrail.cli.app import main

__all__ = ["main"]
