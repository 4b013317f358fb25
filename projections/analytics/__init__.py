"""How the messaging is used: facts that hold no word of what people wrote, kept for the views of schema analytics."""
