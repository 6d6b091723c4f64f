"""Outside services the operations lean on, each behind the protocol its users state."""
