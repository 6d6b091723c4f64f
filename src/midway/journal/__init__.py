"""What happened: the append-only record every change writes, and who hears of it."""
