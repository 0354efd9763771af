"""Tables of experiments and their runs, and of what is to happen to them."""
