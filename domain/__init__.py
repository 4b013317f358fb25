"""What is true of conversations: commands ask, events remember, and two pure functions a file decide and fold."""
