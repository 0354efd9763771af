"""The database: connections, transactions, and the rows that every folder above reads."""
