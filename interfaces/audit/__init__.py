"""What auditors are answered, whichever door they came in by."""
