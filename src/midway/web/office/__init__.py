"""What the office works with: today, the board, customers, people, prices."""
