"""Midway: the software a cleaning company runs on."""

__version__ = "0.1.0"
