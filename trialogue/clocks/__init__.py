"""Working time, promises, and one clock for every answer that is owed."""
