"""What we ask, and how we know that it was answered. Pure: time, chance and keys are arguments."""
