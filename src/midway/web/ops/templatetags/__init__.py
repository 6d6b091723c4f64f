"""Tags of the System pages."""
