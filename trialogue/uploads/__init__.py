"""Many cases at once: a file of rows, checked, corrected, and made into cases by the worker."""
