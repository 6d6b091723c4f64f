"""Supplies and equipment, and the equipment's own maintenance. Nothing here yet."""
