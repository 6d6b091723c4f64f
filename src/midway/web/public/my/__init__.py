"""What customers do for themselves once they have shown that an address is theirs."""
