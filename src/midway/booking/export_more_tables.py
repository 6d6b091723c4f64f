"""The rest of what can be taken out: what was agreed for single dates, money that is no price, rules, and who waits."""

from typing import Any

from midway.booking.export_columns import DAYS, RIGHT_OF, ExportTable, columns


def _weekdays(value: Any) -> str:
    return ", ".join(DAYS[day] for day in value or ())


MORE_TABLES = (
    ExportTable(
        "services",
        "What we sell.",
        RIGHT_OF["prices"],
        columns("""
            code: the service, in the other files
            kind: regular, deep, move, commercial or special
            name: in English
            name_es: in Spanish
            description: in English
            description_es: in Spanish
            skill: what cleaners must have learnt for it
            is_offered: whether it is sold now
        """),
        "SELECT s.code, s.kind, s.name, s.name_es, s.description, s.description_es, k.code, s.is_offered"
        " FROM booking_service s LEFT JOIN crew_skill k ON k.id = s.skill_id ORDER BY s.id",
    ),
    ExportTable(
        "plan_dates",
        "Dates of plans for which something else was agreed.",
        RIGHT_OF["customers"],
        columns("""
            plan: the plan
            date: by its rule
            kind: skipped, moved or holiday
            moved_to: where it went, UTC
            reason: why
            at: agreed on, UTC
            by: with whom
        """),
        "SELECT p.code, e.original_on, e.kind, e.moved_to_at, e.reason, e.at, e.by_label"
        " FROM booking_planexception e JOIN booking_plan p ON p.id = e.plan_id ORDER BY e.id",
    ),
    ExportTable(
        "times",
        "When we were at visits, and how long they took.",
        RIGHT_OF["customers"],
        columns("""
            visit: the visit
            started_at: they came, UTC
            finished_at: they went, UTC
            labour_minutes: minutes of work of everybody together, extras aside
            planned_minutes: the same by the price list
            at: noted on, UTC
        """),
        "SELECT v.code, t.started_at, t.finished_at, t.labour_minutes, t.planned_minutes, t.at"
        " FROM booking_actualtime t JOIN booking_visit v ON v.id = t.visit_id ORDER BY t.id",
    ),
    ExportTable(
        "ratings",
        "What customers thought of visits.",
        RIGHT_OF["customers"],
        columns("""
            visit: the visit
            stars: one to five
            comment: in their words
            at: when, UTC
        """),
        "SELECT v.code, r.stars, r.comment, r.at FROM booking_rating r"
        " JOIN booking_visit v ON v.id = r.visit_id ORDER BY r.id",
    ),
    ExportTable(
        "fees",
        "What was charged for late changes and closed doors, and what was waived.",
        RIGHT_OF["money"],
        columns("""
            visit: the visit
            kind: late_cancellation, lock_out or skip
            amount_cents: the fee, in cents
            cleaner_cents: the cleaners' share of it
            price_cents: the price of the visit then
            currency: of all three
            decision: what the rules said, as JSON
            shown: what the customer was shown before, as JSON
            waived_reason: why nothing was charged
            withdrawn_at: the change was undone, UTC
            at: charged on, UTC
            by: whose change it was
        """),
        "SELECT v.code, c.kind, c.amount_cents, c.cleaner_cents, c.price_cents, c.currency, c.decision::text,"
        " c.shown::text, c.waived_reason, c.withdrawn_at, c.at, c.by_label FROM booking_charge c"
        " JOIN booking_visit v ON v.id = c.visit_id ORDER BY c.id",
    ),
    ExportTable(
        "policies",
        "Every version of the rules for changes.",
        RIGHT_OF["prices"],
        columns("""
            branch: the branch's code
            service: for this service alone
            version: its number
            effective_on: in force from
            terms: all of it as JSON
            created_at: published on, UTC
            by: by whom
        """),
        "SELECT b.code, s.code, p.version, p.effective_on, p.terms::text, p.created_at, p.by_label"
        " FROM booking_policy p JOIN crew_branch b ON b.id = p.branch_id"
        " LEFT JOIN booking_service s ON s.id = p.service_id ORDER BY p.id",
    ),
    ExportTable(
        "credits",
        "Every movement of gift cards and credit.",
        RIGHT_OF["money"],
        columns("""
            credit: its code; keep this file safe
            kind: gift_card, referral or goodwill
            customer: whose it is
            branch: the branch's code
            number: which movement
            amount_cents: paid in is positive, spent is negative
            balance_cents: what was left then
            currency: of both
            visit: what it paid for
            reason: why
            valid_to: its last day
            at: when, UTC
            by: by whom
        """),
        "SELECT c.code, c.kind, u.code, b.code, e.number, e.amount_cents, e.balance_cents, c.currency, v.code,"
        " e.reason, c.valid_to, e.at, e.by_label FROM booking_creditentry e"
        " JOIN booking_credit c ON c.id = e.credit_id JOIN crew_branch b ON b.id = c.branch_id"
        " LEFT JOIN customers_customer u ON u.id = c.customer_id LEFT JOIN booking_visit v ON v.id = e.visit_id"
        " ORDER BY e.id",
    ),
    ExportTable(
        "coupons",
        "Coupons, and how often each was used.",
        RIGHT_OF["prices"],
        columns("""
            branch: the branch's code
            code: what people type
            percent: what it takes off, in percent
            amount_cents: or in cents
            valid_from: first day
            valid_to: last day
            most_uses: how often it can be used
            uses: how often it was
            reason: what it is for
            active: whether it counts
            created_at: made on, UTC
        """),
        "SELECT b.code, c.code, c.percent, c.amount_cents, c.valid_from, c.valid_to, c.most_uses, c.uses, c.reason,"
        " c.active, c.created_at FROM booking_coupon c JOIN crew_branch b ON b.id = c.branch_id ORDER BY c.id",
    ),
    ExportTable(
        "own_prices",
        "Prices agreed with customers.",
        RIGHT_OF["money"],
        columns("""
            customer: with whom
            service: the service's code
            premises: for this home alone
            price_cents: of the clean without extras, in cents
            starts_on: first day
            ends_on: last day
            is_for_plans: whether plans that go on cost it too
            reason: why
            at: agreed on, UTC
            by: by whom
        """),
        "SELECT c.code, s.code, h.code, a.price_cents, a.starts_on, a.ends_on, a.is_for_plans, a.reason, a.at,"
        " a.by_label FROM booking_agreedprice a JOIN customers_customer c ON c.id = a.customer_id"
        " JOIN booking_service s ON s.id = a.service_id LEFT JOIN customers_property h ON h.id = a.premises_id"
        " ORDER BY a.id",
    ),
    ExportTable(
        "referrals",
        "Who brought whom.",
        RIGHT_OF["customers"],
        columns("""
            referrer: whose code it was
            newcomer: who came
            booking: what they booked
            at: when, UTC
            rewarded_at: both got their credit, UTC
        """),
        "SELECT a.code, b.code, k.code, r.at, r.rewarded_at FROM booking_referral r"
        " JOIN customers_customer a ON a.id = r.referrer_id JOIN customers_customer b ON b.id = r.newcomer_id"
        " JOIN booking_booking k ON k.id = r.booking_id ORDER BY r.id",
    ),
    ExportTable(
        "waiting",
        "Who waits, or waited, for a time.",
        RIGHT_OF["customers"],
        columns(
            """
            code: the wish
            name: who
            email: where offers go
            phone: as it was told
            language: en or es
            branch: the branch's code
            service: the service's code
            weekdays: on which days
            not_before: the earliest start, by the branch's clock
            not_after: the latest start
            from_on: first day
            until_on: last day
            state: waiting, offered, booked, lapsed or withdrawn
            created_at: since when, UTC
        """,
            weekdays=_weekdays,
        ),
        "SELECT w.code, w.name, w.email, w.phone, w.language, b.code, s.code, w.weekdays, w.not_before, w.not_after,"
        " w.from_on, w.until_on, w.state, w.created_at FROM booking_waitingwish w"
        " JOIN booking_quote q ON q.id = w.quote_id JOIN booking_service s ON s.id = q.service_id"
        " JOIN crew_branch b ON b.id = w.branch_id ORDER BY w.id",
    ),
)
