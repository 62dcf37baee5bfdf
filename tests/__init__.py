"""Whole-system tests, and the simulated TIP platform they run against."""
