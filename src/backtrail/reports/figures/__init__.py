"""Figures of a report: one small module each, from a finding's values to the same SVG for every edition. Pure."""
