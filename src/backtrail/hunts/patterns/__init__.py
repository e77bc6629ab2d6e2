"""Behaviour to look for: STIX patterns, OpenIOC trees and Sigma rules, compiled once, asked of records. Pure."""

from backtrail.hunts.patterns.stix import StixPattern, matches

__all__ = ["StixPattern", "matches"]
