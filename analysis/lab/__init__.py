"""The traffic laboratory: real tools and scripted shoppers in the demo shop, as labelled sessions."""
