"""The log of all that happens, and the one way in which anything does."""
