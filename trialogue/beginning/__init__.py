"""The first steps of each side: what matters at the beginning, and whether it is done."""
