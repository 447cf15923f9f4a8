"""A storefront to protect: it knows nothing of Stile and runs just as well alone."""
