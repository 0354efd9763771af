"""Days: which days of a run there are, which are looked at, and whose visitors count by then."""
