"""Words and shares that the office's pages share."""
