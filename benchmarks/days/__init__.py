"""Cleaning days for other solvers: how each of them is told the day, and how its answer is charged."""
