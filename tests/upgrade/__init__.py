"""The upgrade from the version before: nothing is lost, and a month is billed after it."""
