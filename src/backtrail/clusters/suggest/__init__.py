"""Which known group is a report of, if any; and which reports belong together. Fitted, calibrated, explained. Pure.

Read in this order: traits (what is compared), table, known (what it says for a group), fitting (how much it weighs),
ranking (the answer, and why), pairs and rounds (no group known yet), grouping, measures.
"""
