"""Attacks: who asks, or what answers, means harm."""
