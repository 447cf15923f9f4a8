"""Everything that touches a socket, a clock or a store. Nothing here judges."""
