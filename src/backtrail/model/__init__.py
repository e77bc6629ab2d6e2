"""The nouns. Frozen values that cross from one room to the next, and nothing else."""
