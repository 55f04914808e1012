"""How things are carried out of the house."""
