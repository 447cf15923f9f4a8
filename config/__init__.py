"""What the operator says: schema, loader, rules, policy, and the one judgement that follows from them."""
