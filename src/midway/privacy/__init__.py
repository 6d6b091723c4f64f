"""What is kept of people and how long, what they are told of it, and how they are forgotten: every part's rules."""
