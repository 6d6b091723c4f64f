"""What the owner sees at breakfast and the engineer at night. Nothing here yet."""
