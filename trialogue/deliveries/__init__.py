"""All that leaves the house."""
