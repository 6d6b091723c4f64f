"""Who may do what in the database. The web nodes read and write rows, and can change no table, guard or role."""

from midway.ops.role import role_statements

OWNER, WEB, UPKEEP = "midway", "midway_web", "midway_upkeep"

# The database's owner makes and migrates it; CREATEDB lets a restore load a backup beside the living database.
MADE_BY_THE_SERVER = f"""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{OWNER}') THEN
    CREATE ROLE {OWNER} LOGIN CREATEDB REPLICATION;
  END IF;
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{WEB}') THEN
    CREATE ROLE {WEB} LOGIN;
  END IF;
END $$;
ALTER ROLE {WEB} SET statement_timeout = '20s';
ALTER ROLE {WEB} SET idle_in_transaction_session_timeout = '20s';
ALTER ROLE {OWNER} SET statement_timeout = '0';
ALTER ROLE {OWNER} SET idle_in_transaction_session_timeout = '10min';
"""  # noqa: S608 - names written above

MADE_IN_THE_DATABASE = """
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
CREATE EXTENSION IF NOT EXISTS pgstattuple;
REVOKE CREATE ON SCHEMA public FROM PUBLIC;
REVOKE CONNECT, TEMPORARY ON DATABASE midway FROM PUBLIC;
GRANT USAGE, CREATE ON SCHEMA public TO midway;
"""


def web_grants() -> str:
    """SQL by the owner, after the tables are there: rows, and nothing else, now and of tables to come."""
    rows, numbers = "SELECT, INSERT, UPDATE, DELETE", "USAGE, SELECT"
    return f"""
GRANT CONNECT ON DATABASE midway TO {WEB};
GRANT USAGE ON SCHEMA public TO {WEB};
GRANT {rows} ON ALL TABLES IN SCHEMA public TO {WEB};
GRANT {numbers} ON ALL SEQUENCES IN SCHEMA public TO {WEB};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT {rows} ON TABLES TO {WEB};
ALTER DEFAULT PRIVILEGES FOR ROLE {OWNER} IN SCHEMA public GRANT {numbers} ON SEQUENCES TO {WEB};
REVOKE INSERT, UPDATE, DELETE ON django_migrations FROM {WEB};
"""


def upkeep_role() -> str:
    """SQL by the server's superuser: the role upkeep looks with."""
    made, *granted = role_statements(OWNER)
    guarded = f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{UPKEEP}') THEN {made}; END IF; END $$"
    return ";\n".join([guarded, *granted]) + ";\n"
