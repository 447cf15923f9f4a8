"""What we saw and what it means. Pure: no I/O, no clock, no chance, no logging."""
