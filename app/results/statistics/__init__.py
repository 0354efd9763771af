"""Statistics: estimates, intervals and tests of what was counted, and how many it takes."""
