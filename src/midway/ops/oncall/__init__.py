"""Who is called when something breaks: contacts, rotations, what is taken over, and the calendar of it."""
