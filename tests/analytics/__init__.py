"""What the analytics have to be: the log read slowly, and histories to read."""
