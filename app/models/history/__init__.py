"""Tables of what happened: to experiments, to projects, and everything that anybody did."""
