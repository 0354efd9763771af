"""Events that visitors cause: which count, once or added up, and how they are written."""
