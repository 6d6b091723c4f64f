"""How incidents are spoken of on pages: stages, severities, impacts, kinds, in the reader's language."""

from django.utils.translation import gettext_lazy as _

from midway.core.triage import Impact, Severity
from midway.ops.incidents.models import FollowUp, Incident, StatusUpdate

STAGES = {
    StatusUpdate.Stage.LOOKING.value: _("We are looking into it"),
    StatusUpdate.Stage.FOUND.value: _("We know what it is"),
    StatusUpdate.Stage.WATCHING.value: _("It should work again"),
    StatusUpdate.Stage.OVER.value: _("It is over"),
}
SEVERITIES = {
    Severity.STOPPED.value: _("Stopped: something nobody can do without does not work"),
    Severity.BROKEN.value: _("Broken: a part does not work, the rest does"),
    Severity.AWKWARD.value: _("Awkward: it works, but not as it should"),
}
IMPACTS = {
    Impact.EVERYBODY.value: _("Everybody"),
    Impact.SOME.value: _("Some customers or cleaners"),
    Impact.NOBODY.value: _("Nobody outside yet"),
}
SOURCES = {
    Incident.Source.FINDING.value: _("A procedure"),
    Incident.Source.WATCH.value: _("The watch over the database"),
    Incident.Source.OFFICE.value: _("Somebody in the office"),
    Incident.Source.COMMAND.value: _("The command line"),
    Incident.Source.CUSTOMER.value: _("A customer"),
    Incident.Source.CLEANER.value: _("A cleaner"),
}
KINDS = {
    FollowUp.Kind.PREVENT.value: _("So that it cannot happen again"),
    FollowUp.Kind.MEND.value: _("So that it is mended well"),
    FollowUp.Kind.LEARN.value: _("So that we know more"),
}
WAYS = {"mail": _("e-mail"), "sms": _("text message"), "chat": _("chat")}
"""By which somebody is called."""
ABOUT = {
    "booking": _("Booking a clean"),
    "visit": _("Moving or cancelling a visit"),
    "sign-in": _("Signing in"),
    "messages": _("E-mails or text messages"),
    "day": _("The page of my day"),
    "other": _("Something else"),
}
"""What people outside may say does not work."""
