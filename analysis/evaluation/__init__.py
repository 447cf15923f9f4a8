"""Training and measuring on traffic of one's own: what goes in, what it is worth, and how it is shown."""
