"""What is sound but unwise in a configuration, and what its policy does in the cases written for it."""
