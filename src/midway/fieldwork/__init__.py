"""What happened on site: arrivals, checklists, photos, issues, hours. Nothing here yet."""
