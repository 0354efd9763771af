"""Events that wait: in a file or in a stream, until they are recorded as if they had not."""
