"""HTTP plumbing that every door shares."""
