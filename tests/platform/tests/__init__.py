"""Tests of the simulated platform, by what they look at."""
