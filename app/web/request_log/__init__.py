"""What is told of requests: lines of the log, entries of the audit trail, and counts."""
