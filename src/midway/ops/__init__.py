"""The system looks after itself: procedures, schedule, evidence, backups, recovery, incidents. Nothing here yet."""
