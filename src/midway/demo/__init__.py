"""A made-up cleaning company with real geography, deterministic from its seed."""
