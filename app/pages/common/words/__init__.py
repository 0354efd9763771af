"""What several screens say in the same words."""
