"""What customers see: price, time, address, and the link that manages a visit."""
