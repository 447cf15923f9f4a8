"""How Stile is put in front of something, and a shop to try it on. The gateway imports nothing from here."""
