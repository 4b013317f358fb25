"""Proof that the log was not touched: every event chained to the one before, and a leaf of one Merkle tree."""
