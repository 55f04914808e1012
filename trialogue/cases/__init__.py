"""A claim, its life, and the engagements of the partners who work it."""
