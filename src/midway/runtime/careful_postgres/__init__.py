"""Django's PostgreSQL, whose pool hands out no connection that ended while nobody used it."""
