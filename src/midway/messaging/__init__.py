"""What we tell people: the outbox written with each change and delivered after commit."""
