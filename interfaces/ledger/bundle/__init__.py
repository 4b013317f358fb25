"""A part of the log, or all of it, as files that anybody can verify who knows the public key."""
