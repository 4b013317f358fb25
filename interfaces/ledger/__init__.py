"""The ledger's doors: who signs it, where its checkpoints go, and how anybody proves what it says."""
