"""One file for each way to ask, all behind one protocol."""
