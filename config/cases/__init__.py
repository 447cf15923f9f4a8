"""Cases: what a policy shall do with whom, written by its operator and tried by the real judgement."""
