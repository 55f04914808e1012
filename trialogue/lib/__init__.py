"""Plain Python that has never heard of us."""
