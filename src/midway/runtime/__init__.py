"""What makes the product run on one machine: embedded servers and the supervisor behind midway up."""
