"""What other people's servers tell us: gateways about text messages, mail servers about mail that came back."""
