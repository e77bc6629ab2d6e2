"""Find what is known in telemetry: sightings of findings, and leads that several victims' telemetry shares. Pure."""

from backtrail.hunts.leads import LEAD_KINDS, Company, Lead, rank
from backtrail.hunts.sweep import Sought, registrations, sightings, sought

__all__ = ["LEAD_KINDS", "Company", "Lead", "Sought", "rank", "registrations", "sightings", "sought"]
