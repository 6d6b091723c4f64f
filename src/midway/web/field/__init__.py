"""What cleaners carry in their pocket. Nothing here yet."""
