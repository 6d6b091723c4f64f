"""Who does the work: branches, cleaners, teams, skills, shifts, absences, and the calendar of commitments."""
