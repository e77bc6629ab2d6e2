"""Breach worlds whose truth is known, to check any analysis against."""
