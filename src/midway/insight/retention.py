"""What is kept of product events: counts of nobody, and who agreed to be told apart."""

from django.db.models import Q

from midway.core.retention import Keep, Table, nothing_personal

TABLES = (
    Table(
        "insight.AnalyticsConsent",
        {"customer": Keep("until they take it back", "goes")},
        "id given_at",
        of=lambda traces: Q(customer__in=traces.codes),
        told="given_at",
        goes=True,
    ),
    nothing_personal(
        "insight.Bookmark",
        "name told_entry seen_entry seen_transaction failures_in_a_row failed_at last_error",
    ),
    nothing_personal("insight.DeliveryCount", "id on event sent taken refused"),
)
