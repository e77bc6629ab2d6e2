"""Quotas to facts: everything that is true in a world, before a line of evidence is written."""

from backtrail_worlds.plan.world import plan

__all__ = ["plan"]
