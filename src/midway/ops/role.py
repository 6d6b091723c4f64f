"""The role upkeep looks with: it sees every number, reads what procedures ask, and changes one row of its own."""

ROLE = "midway_upkeep"
READS = (
    "ops_scheduledjob", "ops_heartbeat", "messaging_outboxmessage", "procrastinate_jobs", "procrastinate_events",
    "booking_visit",
)  # fmt: skip
"""The tables procedures ask on upkeep's own connection."""


def role_statements(database: str = "midway") -> list[str]:
    """SQL that makes the role with what the procedures need, and nothing more. Run it as the database's owner.

    Business promises, and how many rows of people there are, are asked on Midway's own connection; repairs that change
    tables need their owner.
    """
    return [
        f"CREATE ROLE {ROLE} LOGIN",
        f"GRANT pg_monitor, pg_signal_backend TO {ROLE}",
        f'GRANT CONNECT ON DATABASE "{database}" TO {ROLE}',
        f"GRANT USAGE ON SCHEMA public TO {ROLE}",
        f"GRANT SELECT ON {', '.join(READS)} TO {ROLE}",
        f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA public TO {ROLE}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT ON SEQUENCES TO {ROLE}",
        f"GRANT INSERT, UPDATE ON ops_heartbeat TO {ROLE}",
    ]
