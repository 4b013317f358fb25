"""HTTP: the command table's routes, the reads, health, the contract, the web client, the sign-in of `serve --dev`."""
