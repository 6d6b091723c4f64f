"""Which column holds what, from headings as people write them, in English and Spanish."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from django.utils.translation import gettext as _

FIELDS: Mapping[str, str] = {
    "name": "name | full name | customer | customer name | client | client name | contact | nombre | nombre completo"
    " | cliente | nombre del cliente",
    "first_name": "first name | first | given name | primer nombre | nombre de pila",
    "last_name": "last name | last | surname | family name | apellido | apellidos",
    "email": "e mail | email | mail | e mail address | email address | correo | correo electronico | email 1",
    "phone": "phone | phone number | telephone | tel | mobile | cell | cell phone | mobile phone | phone 1 | telefono"
    " | movil | celular | numero de telefono",
    "language": "language | lang | idioma | lengua | preferred language",
    "customer_notes": "customer notes | office notes | client notes | notas del cliente | internal notes",
    "line1": "address | street | street address | address 1 | address line 1 | service address | street and number"
    " | address1 | street 1 | street1 | service street | service street 1 | property address | property street"
    " | property street 1 | home address | direccion | calle | domicilio | calle y numero",
    "line2": "address 2 | address2 | address line 2 | street 2 | service street 2 | property street 2"
    " | apt | unit | suite | apartment | flat | flat floor | piso | apartamento"
    " | departamento",
    "city": "city | town | service city | property city | ciudad | localidad | municipio",
    "postcode": "postcode | postal code | zip | zip code | zipcode | post code | service zip code | service zip"
    " | service postal code | property zip code | property postal code | codigo postal | cp",
    "bedrooms": "bedrooms | beds | bed | br | bdrm | habitaciones | dormitorios | recamaras | cuartos",
    "bathrooms": "bathrooms | baths | bath | ba | banos | aseos",
    "square_feet": "square feet | sq ft | sqft | ft2 | size | area | square footage | pies cuadrados | superficie",
    "access_notes": "access | access notes | entry | entry notes | key | keys | door code | gate code | alarm"
    " | how do we get in | acceso | notas de acceso | llaves | codigo de puerta | entrada",
    "service": "service | service type | type | clean type | cleaning type | job type | servicio | tipo de servicio"
    " | tipo de limpieza | tipo",
    "frequency": "frequency | freq | how often | recurrence | repeats | schedule | interval | frecuencia | cada cuanto"
    " | periodicidad",
    "weekday": "weekday | day | day of week | service day | days | cleaning day | dia | dia de la semana | dias",
    "time": "time | start time | start | arrival | arrival time | hora | hora de inicio | hora de llegada | clock",
    "last_on": "last visit | last clean | last service | last cleaning | last visit date | last date | ultima visita"
    " | ultima limpieza | fecha ultima visita",
    "next_on": "next visit | next clean | next service | next cleaning | next visit date | next date | first visit"
    " | start date | proxima visita | siguiente visita | proxima limpieza | fecha proxima visita | fecha de inicio",
    "until_on": "until | end date | ends | ends on | last day | hasta | fecha de fin | fecha final",
    "price": "price | rate | amount | price per visit | cost | charge | fee | precio | tarifa | importe"
    " | precio por visita | costo",
    "cleaner": "cleaner | preferred cleaner | cleaners | maid | assigned to | employee | team member | staff"
    " | limpiadora | limpiador | empleada | asignado a | limpiadora preferida",
    "duration": "duration | length | hours | job length | minutes | duration minutes | duracion | horas | minutos",
    "notes": "notes | note | comments | job notes | instructions | visit notes | notas | comentarios | observaciones"
    " | instrucciones",
}
"""Each field and the headings it is known by, written as `plainly` writes them."""

OURS = ("Line", "Problem", "Mend")
"""Columns that a file of refused rows has besides its own; passed over when it comes back."""

_MEANS = {
    spelling.strip(): field
    for field, spellings in FIELDS.items()
    for spelling in (field.replace("_", " "), *spellings.split("|"))
}
_PASSED_OVER = {"line", "problem", "mend"}


@dataclass(frozen=True)
class Columns:
    """Which columns hold a field, in order: the first cell that is not empty counts."""

    of: Mapping[str, Sequence[int]]
    taken_as: Sequence[str]
    """What each heading was taken for; empty where it was passed over."""

    def read(self, cells: Sequence[str]) -> dict[str, str]:
        """A row's answers by field, without the empty ones."""
        found = {}
        for field, places in self.of.items():
            said = next((cells[place] for place in places if place < len(cells) and cells[place]), "")
            if said:
                found[field] = said
        return found


class UnknownField(ValueError):
    """A column cannot be taken for that."""


@lru_cache(maxsize=50_000)
def plainly(words: str) -> str:
    """Words without accents, capitals, punctuation and doubled spaces, as they are compared."""
    apart = unicodedata.normalize("NFKD", words.casefold())
    kept = "".join(c if c.isalnum() else " " for c in apart if not unicodedata.combining(c))
    return " ".join(kept.split())


def is_known(heading: str, told: Iterable[str] = ()) -> bool:
    """Whether a heading says something to us, by itself or because we were told."""
    return plainly(heading) in _MEANS or heading.strip() in told


def columns_of(headings: Sequence[str], mapping: Sequence[tuple[str, str]] = ()) -> Columns:
    """Will say which column holds what; what was told explicitly goes before what the heading says.

    Raises `UnknownField`.
    """
    told = dict(mapping)
    for heading, field in told.items():
        if field and field not in FIELDS:
            raise UnknownField(
                _("A column cannot be %(field)s. Choose from: %(fields)s.")
                % {"field": field, "fields": ", ".join(FIELDS)}
            )
        if heading not in headings:
            raise UnknownField(
                _("There is no column %(heading)s. The file has: %(headings)s.")
                % {"heading": heading, "headings": ", ".join(h for h in headings if h)}
            )
    taken = [told[heading] if heading in told else _MEANS.get(plainly(heading), "") for heading in headings]
    fields: dict[str, list[int]] = {}
    # What was told counts first where two columns are the same.
    for place in sorted(range(len(taken)), key=lambda n: headings[n] not in told):
        if taken[place] and plainly(headings[place]) not in _PASSED_OVER:
            fields.setdefault(taken[place], []).append(place)
    return Columns(fields, taken)
