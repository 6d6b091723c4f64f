"""The company's own words: an editor for every text, with what a customer would read, and its versions."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from django.views.decorators.vary import vary_on_headers

from midway.accounts.access import Right, office
from midway.booking.example_facts import example_facts
from midway.core.sms import SmsSize, odd_letters, sms_size
from midway.crew.models import Branch
from midway.messaging.actions import change_text, restore_built_in_text
from midway.messaging.actions.change_text import TextPlace
from midway.messaging.catalogue import BY_TEMPLATE, Kind
from midway.messaging.models import MessageText
from midway.messaging.queries import texts_in_force, versions_of
from midway.messaging.texts import Words, editable, own_text, words_with_blocks, written
from midway.runtime.clock import now as clock
from midway.web.office.place import hand_of, with_branch
from midway.web.office.texts_form import TextForm

LANGUAGES = dict(settings.LANGUAGES)


@office(Right.CHANGE_TEXTS)
@require_safe
def texts(request: HttpRequest) -> HttpResponse:
    """Every message and whose words it uses."""
    rows: dict[str, dict[str, Any]] = {}
    for text in texts_in_force(list(LANGUAGES)):
        row = rows.setdefault(text.kind.template, {"kind": text.kind, "email": [], "sms": []})
        row[text.channel].append((text, LANGUAGES[text.language]))
    return render(request, "office/texts.html", {"rows": list(rows.values())})


@office(Right.CHANGE_TEXTS)
@require_safe
@with_branch
def text(request: HttpRequest, branch: Branch, template: str, language: str, channel: str) -> HttpResponse:
    """The editor of one text; `?version=` starts from an earlier one."""
    place, kind = _place_or_404(template, language, channel)
    form = TextForm(kind=kind, channel=channel, begun=_begun(place, kind, request.GET.get("version", "")))
    return _editor(request, branch, place, form)


@office(Right.CHANGE_TEXTS)
@require_POST
@with_branch
def new_version(request: HttpRequest, branch: Branch, template: str, language: str, channel: str) -> HttpResponse:
    """Will use the words from now on."""
    place, kind = _place_or_404(template, language, channel)
    form = TextForm(request.POST, kind=kind, channel=channel)
    if not form.is_valid():
        return _editor(request, branch, place, form, status=422)
    said = form.words()
    change_text(place=place, subject=said.subject, body=said.body, by=hand_of(request), now=clock())
    messages.success(request, _("Kept. Messages that leave from now on use these words."))
    return redirect("office:text", template, language, channel)


@office(Right.CHANGE_TEXTS)
@require_POST
@vary_on_headers("HX-Request")
@with_branch
def text_preview(request: HttpRequest, branch: Branch, template: str, language: str, channel: str) -> HttpResponse:
    """What a customer would read, without keeping anything."""
    place, kind = _place_or_404(template, language, channel)
    form = TextForm(request.POST, kind=kind, channel=channel)
    form.is_valid()
    if request.headers.get("HX-Request") == "true":
        return render(request, "office/text_preview.html", {"preview": _preview(branch, place, form), "form": form})
    return _editor(request, branch, place, form)


@office(Right.CHANGE_TEXTS)
@require_POST
def restored_text(request: HttpRequest, template: str, language: str, channel: str) -> HttpResponse:
    """Will use the built-in text again."""
    place, _kind = _place_or_404(template, language, channel)
    restore_built_in_text(place=place, by=hand_of(request), now=clock())
    messages.success(request, _("The built-in text is used again."))
    return redirect("office:text", template, language, channel)


@dataclass(frozen=True)
class Preview:
    """What a customer would read; the sizes are of a text message."""

    words: Words
    name: str
    is_real: bool
    size: SmsSize | None
    odd: str


def _place_or_404(template: str, language: str, channel: str) -> tuple[TextPlace, Kind]:
    kind = BY_TEMPLATE.get(template)
    is_known = kind is not None and kind.is_editable and language in LANGUAGES
    if kind is None or not is_known or (channel != "email" and not (channel == "sms" and kind.is_short)):
        raise Http404
    return TextPlace(template, language, channel), kind


def _begun(place: TextPlace, kind: Kind, version: str) -> Words:
    """The words the editor opens with: a version asked for, else those in force."""
    key = {"template": place.template, "language": place.language, "channel": place.channel}
    earlier = MessageText.objects.filter(**key, version=int(version)).first() if version.isdecimal() else None
    found = earlier or own_text(**key)
    if found is None or found.is_built_in:
        return editable(kind, place.language, place.channel)
    return Words(subject=found.subject, body=found.body)


def _preview(branch: Branch, place: TextPlace, form: TextForm) -> Preview | None:
    """Nothing when what was written is refused."""
    if form.is_bound and not form.is_valid():
        return None
    said = form.words() if form.is_bound else Words(form.initial.get("subject", ""), form.initial["body"])
    example = example_facts(branch, place.template)
    own = MessageText(subject=said.subject, body=said.body)
    words = written(place.template, place.language, place.channel, facts=example.facts, own=own)
    is_sms = place.channel == "sms"
    return Preview(
        words=words,
        name=example.name,
        is_real=example.visit is not None,
        size=sms_size(words.body) if is_sms else None,
        odd=odd_letters(words.body) if is_sms else "",
    )


def _editor(
    request: HttpRequest, branch: Branch, place: TextPlace, form: TextForm, *, status: int = 200
) -> HttpResponse:
    kind = BY_TEMPLATE[place.template]
    facts = words_with_blocks(place.template, example_facts(branch, place.template).facts, place.language)
    versions = versions_of(place.template, place.language, place.channel)
    context = {
        "place": place,
        "kind": kind,
        "language_name": LANGUAGES[place.language],
        "others": _others(place, kind),
        "form": form,
        "preview": _preview(branch, place, form),
        "preview_address": reverse("office:text_preview", args=[place.template, place.language, place.channel]),
        "placeholders": [(f"{{{{ {name} }}}}", str(facts.get(name, "")).strip()) for name in kind.placeholders],
        "versions": versions,
        "is_own": bool(versions) and not versions[0].is_built_in,
        "zone": branch.zoneinfo,
    }
    return render(request, "office/text.html", context, status=status)


def _others(place: TextPlace, kind: Kind) -> list[tuple[str, str, str, bool]]:
    """The same message in other languages and ways: channel, language, its name, whether it is this one."""
    return [
        (channel, language, name, (channel, language) == (place.channel, place.language))
        for channel in (("email", "sms") if kind.is_short else ("email",))
        for language, name in LANGUAGES.items()
    ]
