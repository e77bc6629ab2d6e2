"""Engines that look for indicators in telemetry, one file each; all give the same hits for the same lines."""
