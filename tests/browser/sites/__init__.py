"""Pages of other sites, with the script for sites."""
