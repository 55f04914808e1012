"""How people with thousands of cases look at them and act on many at once: filters, saved views, batches."""
