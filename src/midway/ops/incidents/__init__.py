"""What broke, who was called, what was done, and what was learned."""
