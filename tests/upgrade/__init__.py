"""The upgrade from the version before loses nothing, and a month is billed after it."""
