"""How a decision becomes a record: commands in, events into the log, in batches."""
