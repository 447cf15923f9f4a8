"""People and tools on their first request: how many of each the shipped policy challenges."""
