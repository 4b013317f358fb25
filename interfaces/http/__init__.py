"""HTTP: the routes of the command table, the reads, health, the contract, and the sign-in page of `serve --dev`."""
