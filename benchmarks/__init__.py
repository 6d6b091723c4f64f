"""Measurements, each beside the raw floor of the same run."""
