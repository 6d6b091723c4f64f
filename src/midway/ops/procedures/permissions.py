"""Who may do what in PostgreSQL and in Midway, compared with what was declared."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

from midway.ops.look import Look
from midway.ops.procedure import Break, Cadence, Fault, Limit, Manual, Status, procedure
from midway.ops.role import READS, ROLE
from midway.ops.stage import Stage

if TYPE_CHECKING:
    from django.db.models import QuerySet

    from midway.accounts.models import User

UPKEEP_ROLE = ROLE
# Role → the roles it may be a member of. Whoever is not here and can sign in is nobody's.
DECLARED_MEMBERS = {UPKEEP_ROLE: {"pg_monitor", "pg_read_all_stats", "pg_read_all_settings", "pg_stat_scan_tables",
                                  "pg_signal_backend"}}  # fmt: skip
# What upkeep's role may read and change, beside the numbers of sequences.
DECLARED_READS = {*READS, "ops_heartbeat"}
DECLARED_WRITES = {(UPKEEP_ROLE, "ops_heartbeat")}


def _granted(*grants: str, back: tuple[str, ...]) -> Break:
    @contextmanager
    def granted(stage: Stage) -> Iterator[None]:
        stage.postgres.do("CREATE ROLE drill_intern LOGIN") if "LOGIN" not in grants[0] else None
        stage.postgres.do(*grants)
        yield
        stage.postgres.do(*back, "DROP ROLE IF EXISTS drill_intern")

    return granted


@procedure(
    id="permissions.database",
    title="PostgreSQL's roles may do what was declared, and no more",
    cadence=Cadence.MONTHLY,
    document_lines=(62, 212),
    severity=Status.CRIT,
    depends_on=("postgres.writes",),
    faults=(
        Fault("public", "everybody may read the customers",
              _granted("GRANT SELECT ON customers_customer TO PUBLIC",
                       back=("REVOKE SELECT ON customers_customer FROM PUBLIC",)), Status.CRIT, "customers_customer"),
        Fault("column", "a role may change one column of the users",
              _granted("GRANT UPDATE (password) ON accounts_user TO drill_intern",
                       back=("REVOKE ALL (password) ON accounts_user FROM drill_intern",)), Status.CRIT,
              names="accounts_user"),
        Fault("member", "a role became a member of the owner's",
              _granted("GRANT midway TO drill_intern", back=("REVOKE midway FROM drill_intern",)), Status.CRIT,
              names="drill_intern"),
        Fault("superuser", "a second superuser",
              _granted("ALTER ROLE drill_intern SUPERUSER", back=("ALTER ROLE drill_intern NOSUPERUSER",)),
              Status.CRIT, names="drill_intern"),
        Fault("default", "whatever is made from now on is everybody's",
              _granted("ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
                       back=("ALTER DEFAULT PRIVILEGES REVOKE SELECT ON TABLES FROM PUBLIC",)), Status.CRIT,
              names="default"),
        Fault("definer", "a function that runs as its owner may be called by all",
              _granted("CREATE FUNCTION drill_all() RETURNS bigint LANGUAGE sql SECURITY DEFINER AS"
                       " 'SELECT count(*) FROM customers_customer'", back=("DROP FUNCTION drill_all",)),
              Status.CRIT, names="drill_all"),
    ),
    manual=Manual(
        why="A right given for an afternoon is still there years later.",
        read="Every role that is not declared and may do anything with Midway's tables is named with what it may.",
        mend="REVOKE what is named, or declare it in ops/procedures/permissions.py with the reason.",
        not_the_obvious="role_table_grants shows only one's own grants, nothing of columns, membership, superusers,"
        " default privileges or functions, and for the wrong table name answers with no row: nobody has access.",
    ),
)  # fmt: skip
def database(look: Look) -> None:
    """Roles, memberships, tables, columns, defaults and functions."""
    owner = look.ask("SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = 'ops_heartbeat'::regclass")[0][0]
    me = look.ask("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()")[0][0]
    trusted = {owner, me, "postgres", "midway"}
    _roles(look, trusted)
    _tables(look, trusted)
    for kind, role, rights in look.ask(
        "SELECT d.defaclobjtype::text, CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee) END,"
        " string_agg(x.privilege_type, ', ') FROM pg_default_acl d, aclexplode(d.defaclacl) x"
        " WHERE x.grantee <> d.defaclrole AND NOT (d.defaclobjtype IN ('f', 'T') AND x.grantee = 0) GROUP BY 1, 2"
    ):
        if (role, kind, rights) == (UPKEEP_ROLE, "S", "SELECT"):
            continue
        says = f"By default {role} may {rights} whatever of kind {kind} is made."
        look.alarm(Status.CRIT, says, subject=f"default {role}")
    for name in look.ask(
        "SELECT p.oid::regprocedure::text FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace"
        " WHERE p.prosecdef AND n.nspname = 'public' AND has_function_privilege('public', p.oid, 'EXECUTE')"
        " AND NOT EXISTS (SELECT 1 FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')"
    ):
        says = f"Everybody may call {name[0]}, which runs with its owner's rights."
        look.alarm(Status.CRIT, says, subject=name[0])
    look.fine(f"{look.examined} rights of roles looked at; none that was not declared.")


def _roles(look: Look, trusted: set[str]) -> None:
    roles = look.ask(
        "SELECT r.rolname, r.rolsuper, r.rolcreaterole, r.rolbypassrls, r.rolreplication, r.rolcanlogin,"
        " array(SELECT m.rolname::text FROM pg_roles m WHERE m.oid <> r.oid AND pg_has_role(r.oid, m.oid, 'MEMBER')"
        "  AND NOT r.rolsuper) FROM pg_roles r WHERE r.rolname !~ '^pg_'"
    )
    look.count(len(roles))
    for name, is_super, creates, bypasses, replicates, signs_in, member_of in roles:
        if name in trusted:
            continue
        powers = {"superuser": is_super, "createrole": creates, "bypassrls": bypasses}
        powers["replication"] = replicates and name not in {"replicator", "midway_standby"}
        held = [power for power, has in powers.items() if has]
        if held:
            look.alarm(Status.CRIT, f"{name} is {', '.join(held)}.", subject=name)
        surplus = set(member_of) - DECLARED_MEMBERS.get(name, set())
        if surplus:
            says = f"{name} is a member of {', '.join(sorted(surplus))}, which was not declared."
            look.alarm(Status.CRIT, says, subject=name)
        look.note(**{f"role {name}": {"signs in": signs_in, "member of": member_of}})


def _tables(look: Look, trusted: set[str]) -> None:
    rights = look.ask(
        "SELECT CASE x.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(x.grantee) END, c.relname, a.attname,"
        " string_agg(x.privilege_type, ', '), c.relkind = 'S' FROM pg_class c"
        " JOIN pg_namespace n ON n.oid = c.relnamespace"
        " LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attacl IS NOT NULL"
        " CROSS JOIN LATERAL (SELECT * FROM aclexplode(c.relacl) UNION SELECT * FROM aclexplode(a.attacl)) x"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p', 'v', 'm', 'S') GROUP BY 1, 2, 3, 5"
    )
    look.count(len(rights))
    for role, table, column, privileges, is_sequence in rights:
        may_read = privileges == "SELECT" and (is_sequence or table in DECLARED_READS)
        is_declared = role == UPKEEP_ROLE and (may_read or (role, table) in DECLARED_WRITES)
        if role in trusted or is_declared or table.startswith("pg_stat_statements"):
            continue
        where = f"{table}.{column}" if column else table
        look.alarm(Status.CRIT, f"{role} may {privileges} on {where}.", subject=f"{role} {table}")


def _person(**facts: object) -> Break:
    @contextmanager
    def hired(stage: Stage) -> Iterator[None]:
        from midway.accounts.models import User

        now = stage.clock()
        base = {"name": "Drill", "role": "owner", "created_at": now - timedelta(days=300), "last_login": now}
        told = {**base, **{name: value(now) if callable(value) else value for name, value in facts.items()}}
        user = User.objects.create_user("drill@example.com", **told)  # type: ignore[arg-type]
        yield
        user.delete()

    return hired


@contextmanager
def _no_factor(stage: Stage) -> Iterator[None]:
    """An owner who signs in with a password alone, where owners must not."""
    from django.test import override_settings

    with override_settings(TWO_FACTOR_ROLES=("owner",)), _person()(stage):
        yield


@contextmanager
def _old_token(stage: Stage) -> Iterator[None]:
    from midway.accounts.models import ApiToken, User

    user = User.objects.filter(email="regular@example.com").first()
    assert user is not None
    token = ApiToken.objects.create(
        user=user, name="old script", digest="d" * 64, scopes=["visits:read"],
        created_at=stage.clock() - timedelta(days=300), last_used_at=stage.clock() - timedelta(days=200),
    )  # fmt: skip
    yield
    token.delete()


@contextmanager
def _one_user(stage: Stage) -> Iterator[None]:
    from midway.accounts.models import User

    now = stage.clock()
    User.objects.filter(email="regular@example.com").delete()
    user = User.objects.create_user(
        "regular@example.com", name="Regular", role="dispatcher", created_at=now, last_login=now
    )
    user_ids = User.objects.exclude(pk=user.pk).values_list("pk", flat=True)
    User.objects.filter(pk__in=list(user_ids)).update(last_login=now)
    yield
    user.delete()


@procedure(
    id="permissions.people",
    title="Whoever can sign in still should",
    cadence=Cadence.MONTHLY,
    document_lines=(62, 212),
    depends_on=("postgres.writes",),
    scene=_one_user,
    limits=(
        Limit("away", "days since the last sign-in", "days", 90, None, "CIS Controls 5.3: 45 days; Midway: a season"),
        Limit("token", "days since a program's token was used", "days", 90, 180, "as for people"),
        Limit("owners", "people who may do everything", "", 5, None, "Midway: a company has few owners"),
    ),
    faults=(
        Fault("away", "an owner has not signed in for four months",
              _person(last_login=lambda now: now - timedelta(days=120)), Status.WARN, names="Drill"),
        Fault("no-factor", "an owner has no second factor, and must", _no_factor, Status.WARN, names="second factor"),
        Fault("token", "a program's token was last used two hundred days ago", _old_token, Status.CRIT,
              names="old script"),
    ),
    manual=Manual(
        why="Whoever left and can still sign in is a burglar with a key.",
        read="Office accounts by their last sign-in, programs by their token's last use, owners by number, and who has"
        " no second factor though MIDWAY_TWO_FACTOR_ROLES asks for one. Owners without one are in the evidence always.",
        mend="Close the account on the accounts page; midway token revoke.",
    ),
)  # fmt: skip
def people(look: Look) -> None:
    """Office accounts and tokens; customers and cleaners sign in when they need to."""
    from midway.accounts.models import ApiToken, Role, User

    office = User.objects.filter(is_active=True, role__in=[Role.OWNER, Role.DISPATCHER, Role.SUPPORT])
    count = 0
    for user in office:
        count += 1
        last = user.last_login or user.created_at
        days = (look.now - last).total_seconds() / 86400
        since = "has not signed in for" if user.last_login else "has never signed in, in"
        says = f"{user.name} ({user.role}) {since} {days:.0f} days."
        look.found("away", days, says, subject=user.name)
    _second_factors(look, office)
    owners = office.filter(role=Role.OWNER).count()
    look.found("owners", owners, f"{owners} people may do everything.")
    for token in ApiToken.objects.filter(revoked_at__isnull=True):
        count += 1
        days = (look.now - (token.last_used_at or token.created_at)).total_seconds() / 86400
        says = f"The token {token.name} was last used {days:.0f} days ago."
        look.found("token", days, says, subject=token.name)
    look.count(count)
    look.fine(f"{count} office accounts and tokens, all in use; {owners} owners.")


def _second_factors(look: Look, office: "QuerySet[User]") -> None:
    """Who must have one is sent to set it up at the next page; who never comes back stays without."""
    from allauth.mfa.models import Authenticator
    from django.conf import settings

    kinds = [Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN]
    without = office.exclude(pk__in=Authenticator.objects.filter(type__in=kinds).values("user_id"))
    look.note(owners_without_second_factor=list(without.filter(role="owner").values_list("name", flat=True)))
    for user in without.filter(role__in=settings.TWO_FACTOR_ROLES):
        look.alarm(Status.WARN, f"{user.name} ({user.role}) must have a second factor and has none.", subject=user.name)
