"""The same change for many experiments at once."""
