"""The parts of the design language: drawn whole, wired for screen readers, shown together on one page."""

import pytest
from django import forms
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.utils import translation
from pytest_django import Settings

from midway.web.design import views
from midway.web.design.icons import ICONS
from midway.web.design.pictures import share_of_hundred, sparkline_of
from midway.web.design.rail import rail_entries


class OneField(forms.Form):
    email = forms.EmailField(help_text="For the confirmation.")


def drawn(source: str, **context: object) -> str:
    return Template("{% load design %}" + source).render(Context(context))


def test_a_field_ties_its_hint_and_its_error_to_the_input() -> None:
    html = drawn("{% field form.email %}", form=OneField({"email": "ada@"}))

    assert 'aria-describedby="id_email-problem id_email-hint"' in html
    assert 'id="id_email-problem"' in html
    assert 'id="id_email-hint"' in html
    assert "autofocus" in html
    assert 'value="ada@"' in html


def test_a_button_with_an_address_is_a_link() -> None:
    assert drawn('{% button href="/x" %}Go{% endbutton %}').startswith('<a href="/x" class="button ')
    assert 'type="submit"' in drawn("{% button %}Go{% endbutton %}")


def test_what_people_typed_is_never_markup() -> None:
    assert "&lt;b&gt;" in drawn("{% button %}{{ name }}{% endbutton %}", name="<b>")
    assert "&lt;b&gt;" in drawn('{% badge "ok" name %}', name="<b>")


def test_states_differ_in_shape_as_well_as_colour() -> None:
    shapes = {ICONS[state] for state in ("ok", "warn", "crit", "info")}
    assert len(shapes) == 4
    for state in ("ok", "warn", "crit", "info"):
        assert "<svg" in drawn(f'{{% badge "{state}" "x" %}}')


def test_pictures_stay_in_their_boxes() -> None:
    line = sparkline_of([3, 3, 3])
    assert line.last_y == line.height / 2
    assert sparkline_of([]).points
    assert (share_of_hundred(5, 0), share_of_hundred(7, 5), share_of_hundred(1, 4)) == (0, 100, 25)


def test_a_line_ends_in_its_mark_in_every_language() -> None:
    with translation.override("es"):
        assert 'cx="117.0"' in drawn('{% sparkline values "x" %}', values=[1, 2, 3])


def test_the_rail_shows_only_places_that_exist() -> None:
    for entry in rail_entries("/"):
        assert entry.href.startswith("/")


@pytest.mark.django_db
def test_the_living_page_is_for_builders_only(settings: Settings, visitor: Client) -> None:
    assert visitor.get("/design/").status_code == 404
    settings.DEBUG = True
    page = visitor.get("/design/").content.decode()
    for part in ("Button", "Field", "Day and slot", "Timeline", "Dialog", "Empty", "Icons"):
        assert part.lower() in page.lower()


@pytest.mark.parametrize(
    ("view", "status"),
    [(views.bad_request, 400), (views.forbidden, 403), (views.not_found, 404), (views.csrf_failed, 403)],
)
def test_error_pages_say_what_to_do_next(view: object, status: int, rf: RequestFactory) -> None:
    from django.contrib.auth.models import AnonymousUser

    request = rf.get("/x")
    request.user = AnonymousUser()
    response = view(request)  # type: ignore[operator]

    assert response.status_code == status
    assert 'href="/"' in response.content.decode()


def test_the_page_for_our_own_faults_needs_nothing_that_could_fail_too(rf: RequestFactory) -> None:
    response = views.server_error(rf.get("/x"))

    assert response.status_code == 500
    assert "Nothing you just sent was half saved" in response.content.decode()


def test_no_template_carries_inline_styles_or_handlers() -> None:
    import re
    from pathlib import Path

    import midway

    pages = list(Path(midway.__file__).parent.glob("web/**/templates/**/*.html"))
    assert len(pages) > 30
    for page in pages:
        text = page.read_text()
        assert not re.search(r'\sstyle="|\son[a-z]+="|<style', text), page
