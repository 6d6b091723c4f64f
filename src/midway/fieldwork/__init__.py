"""What happened on site: when cleaners came and went, and that a visit is done."""
