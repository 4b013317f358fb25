"""The history format: conversations as JSON Lines, brought in from elsewhere and given back."""
