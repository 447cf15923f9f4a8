"""What sharing costs and what it withstands: CPU, bytes, one limit kept by many workers, stores that die."""
