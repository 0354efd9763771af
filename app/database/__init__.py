"""The database: its engine, connections and transactions; in rows/, what every folder reads."""
