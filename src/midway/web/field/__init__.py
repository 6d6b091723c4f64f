"""What cleaners carry in their pocket: their day."""
