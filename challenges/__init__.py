"""What we ask and how we know it was answered. Pure: time, keys and chance are arguments."""
