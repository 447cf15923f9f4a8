"""Yesterday's traffic under today's rules: a log judged again, in shards that never see each other."""
