"""Servers that know roads."""
