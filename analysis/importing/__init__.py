"""Policies of other gateways, translated as far as they mean something here."""
