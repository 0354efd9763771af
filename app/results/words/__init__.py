"""Words: what a result says, in sentences made of phrases, and its numbers as people read them."""
