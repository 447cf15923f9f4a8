"""What Stile costs, beside nginx on one machine in one run. The gateway imports nothing from here."""
