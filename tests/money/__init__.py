"""Two years of a provider's money, told by seed and calculated a second time."""
