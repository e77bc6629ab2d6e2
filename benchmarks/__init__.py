"""Speed against named peers, in one run, as ratios. Machines are noisy: nothing here is a test."""
