"""How large a spreadsheet may be."""

LARGEST_BYTES = 5 * 1024 * 1024
MOST_ROWS = 10_000
MOST_COLUMNS = 100
