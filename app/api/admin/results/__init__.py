"""Results as the contract of names shows them."""
