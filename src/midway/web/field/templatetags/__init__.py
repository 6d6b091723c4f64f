"""What the cleaners' pages say."""
