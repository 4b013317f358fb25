"""Made-up people who talk with one another, and with whoever comes, through the protocol as any client would."""
