"""Outside services that take product events."""
