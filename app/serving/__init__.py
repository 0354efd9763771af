"""What visitors get: their variants, and what is counted of them."""
