"""The rules: plain functions over given facts. No Django, no clock, no network, no unseeded randomness."""
