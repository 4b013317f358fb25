"""What analysts ask, and what they are answered: reports, queries of their own, and whole views to take away."""
