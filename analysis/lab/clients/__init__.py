"""The laboratory's clients: programs of their own, which know the shop's address and nothing of Stile."""
