"""Attacks that were tried once and are tried again every day."""
