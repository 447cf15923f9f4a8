"""Offline, over events and access logs: replay, train, evaluate."""
