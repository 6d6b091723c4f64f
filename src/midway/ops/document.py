"""The maintenance document, line by line: every task and every command in it that somebody could be asked to do."""

from collections import defaultdict
from dataclasses import dataclass

from midway.ops.procedure import Procedure


@dataclass(frozen=True)
class DocumentLine:
    """One task of the document."""

    number: int
    section: str
    says: str


_SECTIONS: dict[str, dict[int, str]] = {
    "Daily tasks": {
        23: "Check health endpoints",
        24: "Review error logs",
        25: "Monitor resource usage",
        28: "Verify backup completion",
        29: "Check replication status",
        30: "Monitor query performance",
        33: "Review Sentry errors",
        34: "Check API response times",
        35: "Monitor memory usage",
    },
    "Weekly tasks": {
        39: "Review security advisories",
        40: "Apply system patches",
        41: "Update dependencies",
        44: "Analyze slow queries",
        45: "Review cache hit rates",
        46: "Check API latency",
        49: "Test backup restoration",
        50: "Verify backup integrity",
        51: "Update backup rotation",
    },
    "Monthly tasks": {
        55: "Scale resources if needed",
        56: "Review service limits",
        57: "Update documentation",
        60: "Review access logs",
        61: "Check SSL certificates",
        62: "Audit user permissions",
        65: "Review analytics data",
        66: "Optimize database indexes",
        67: "Update caching strategies",
    },
    "Database maintenance": {
        75: "Check index usage (pg_stat_user_indexes)",
        79: "Add indexes for common queries (CREATE INDEX)",
        85: "Analyze tables: ANALYZE appointments",
        86: "Analyze tables: ANALYZE customers",
        89: "Vacuum tables: VACUUM FULL appointments",
        90: "Vacuum tables: VACUUM FULL customers",
        96: "Identify slow queries (pg_stat_statements)",
        105: "Manual backup (pg_dump)",
        110: "Verify backup (pg_restore -l)",
        115: "Test restoration (pg_restore)",
    },
    "Cache management": {
        123: "Monitor memory usage (redis-cli info memory)",
        128: "Clean expired keys (redis-cli expire)",
        133: "Backup Redis data (redis-cli SAVE)",
    },
    "Performance optimization": {
        142: "Analyze bundle size",
        145: "Update dependencies (npm update)",
        151: "Compress images",
        157: "Clear build cache",
        162: "Implement caching",
        173: "Use efficient queries",
    },
    "Security maintenance": {
        194: "Check certificate expiration (openssl)",
        197: "Renew certificate (certbot renew)",
        203: "Security headers: Strict-Transport-Security",
        204: "Security headers: X-Frame-Options",
        205: "Security headers: X-Content-Type-Options",
        212: "Review user permissions (role_table_grants)",
        220: "Update firewall: allow",
        221: "Update firewall: deny",
    },
    "Monitoring and logging": {
        230: "Configure log rotation",
        243: "Search for errors (grep)",
        246: "Monitor API requests (tail)",
        253: "Monitor system resources (docker stats)",
        254: "Monitor system resources (htop)",
        258: "Track API latency",
    },
    "Disaster recovery": {
        272: "Restart services",
        275: "Rollback deployment (git reset)",
        276: "Rollback deployment (rebuild)",
        282: "Restore from backup",
        285: "Verify data integrity (appointments)",
        286: "Verify data integrity (customers)",
        292: "Clear cache (FLUSHALL)",
        293: "Rebuild cache",
    },
    "Documentation updates": {
        300: "Document new features",
        301: "Update API changes",
        302: "Revise deployment steps",
        305: "User documentation: add new features",
        306: "User documentation: update screenshots",
        307: "User documentation: revise procedures",
        310: "Tag documentation versions",
        311: "Archive old versions",
        312: "Update change logs",
    },
    "Support procedures": {
        318: "Assess severity",
        319: "Identify impact",
        320: "Assign priority",
        323: "Investigate logs",
        324: "Review metrics",
        325: "Apply fix",
        326: "Verify solution",
        329: "Document incident",
        330: "Identify root cause",
        331: "Implement prevention",
        334: "Technical support contact",
        335: "Emergency support contact",
        336: "On-call schedule",
    },
}

DOCUMENT = tuple(
    DocumentLine(number, section, says) for section, lines in _SECTIONS.items() for number, says in lines.items()
)


def covered_by(procedures: tuple[Procedure, ...]) -> dict[int, list[Procedure]]:
    """Line to the procedures that do what it asks."""
    found: dict[int, list[Procedure]] = defaultdict(list)
    for procedure in procedures:
        for number in procedure.document_lines:
            found[number].append(procedure)
    return dict(found)
