"""How the record becomes something to look at: the chat's read models, one projection with one position."""
