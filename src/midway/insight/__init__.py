"""Numbers people steer by. For now: product events, told to Segment or a collector that speaks its language."""
