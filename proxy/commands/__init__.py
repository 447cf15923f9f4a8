"""The verbs of `stile`; what each of them needs is loaded when it is asked for."""
