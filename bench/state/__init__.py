"""What sharing costs and what it withstands: CPU, bytes, limits kept by many workers, stores that fall over."""
