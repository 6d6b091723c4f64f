"""Made-up people and addresses. Telephone numbers and mail addresses are of the ranges reserved for fiction."""

from random import Random


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST = _words(
    "Alicia Amina Andre Angela Anthony Aisha Beatriz Brian Brittany Camila Carlos Carmen Charlotte Chidi Chloe "
    "Claire Daniel Darnell David Deborah Denise Diego Dolores Ebony Elena Elijah Emily Eric Esther Ethan "
    "Fatima Felix Gabriel Gloria Grace Hannah Hector Imani Isaac Isabel Jamal James Jasmine Javier Jennifer "
    "Joaquin Jordan Joseph Joy Julia Karen Keisha Kevin Kofi Laila Latoya Laura Leila Linda Lucia Luis Malik "
    "Marcus Margaret Maria Marisol Mateo Maya Mei Michael Miguel Monique Nadia Naomi Nathan Ngozi Nia Nicole "
    "Noah Olivia Omar Oscar Patricia Paul Priya Rachel Ramon Raymond Rebecca Renee Rosa Ruth Samuel Sandra "
    "Sarah Sean Sofia Sonia Stephanie Tamika Teresa Thomas Tiana Tomas Tyrone Valeria Vanessa Victor Wanda Wei "
    "William Ximena Yolanda Yusuf Zoe"
)
_LAST = _words(
    "Abrams Adams Adeyemi Ahmed Alvarez Anderson Bailey Baker Banks Barnes Bennett Booker Boyd Brooks Brown "
    "Bryant Burke Butler Byrne Campbell Carroll Carter Castillo Chen Clark Coleman Collins Cooper Cruz Davis "
    "Diaz Dixon Dorsey Edwards Ellis Evans Fields Fisher Flores Foster Franklin Garcia Gibson Gomez Gordon "
    "Graham Grant Greene Griffin Gutierrez Hall Hamilton Harris Hayes Henderson Hernandez Hill Hoffman Howard "
    "Hughes Jackson James Jenkins Johnson Jones Jordan Kaplan Kelly Kim Klein Kowalski Lawson Lee Levin Lewis "
    "Lopez Mack Marshall Martinez Mason McCoy Mendoza Miller Mitchell Moore Morales Morgan Murphy Murray Myers "
    "Nelson Nguyen Novak Okafor Ortiz Owens Palmer Park Parker Patel Perez Perry Peterson Phillips Porter "
    "Powell Price Ramirez Reed Reyes Rivera Roberts Robinson Rogers Ross Russell Sanchez Sanders Santos "
    "Schmidt Scott Shah Shaw Silva Simmons Singh Smith Snyder Spencer Stewart Stone Sullivan Taylor Thomas "
    "Thompson Torres Tran Tucker Turner Vargas Vasquez Wagner Walker Wallace Ward Washington Watson Weber "
    "Wells West White Williams Wilson Wong Wood Woods Wright Young Zimmerman"
)
_CREW = (
    ("Ana Morales", "es"),
    ("Marcus Reed", "en"),
    ("Rosa Gutierrez", "es"),
    ("Keisha Barnes", "en"),
    ("Luis Mendoza", "es"),
    ("Denise Fields", "en"),
    ("Carmen Vasquez", "es"),
    ("Darnell Brooks", "en"),
    ("Elena Castillo", "es"),
    ("Ngozi Okafor", "en"),
    ("Marisol Reyes", "es"),
    ("Tamika Dorsey", "en"),
    ("Hector Flores", "es"),
    ("Wanda Kowalski", "en"),
    ("Yolanda Cruz", "es"),
    ("Sean Murphy", "en"),
    ("Lucia Ortiz", "en"),
    ("Imani Coleman", "en"),
    ("Tomas Silva", "es"),
    ("Mei Chen", "en"),
    ("Beatriz Santos", "en"),
    ("Jamal Carter", "en"),
    ("Dolores Ramirez", "es"),
    ("Fatima Ahmed", "en"),
)
_STREETS = _words(
    "Calico Copper Chandler Cooper Drydock Ferry Foundry Gaslamp Hawthorn Heron Juniper Kestrel Lantern "
    "Larkspur Lockkeeper Magnolia Mariner Marlow Millrace Oriole Osprey Packet Pilot Quarry Rowhouse Sandpiper "
    "Saltbox Sawmill Schooner Skipjack Sparrow Spindle Tanner Terrapin Thistle Tidewater Tinsmith Wagonwheel "
    "Willow Windlass"
)
_KINDS = ("Street", "Street", "Street", "Avenue", "Avenue", "Road", "Lane", "Court", "Place")
_FIRMS = ("Dental", "Law Group", "Architects", "Studio", "Accounting", "Pediatrics", "Print Works", "Realty", "Labs")
_ACCESS = (
    "Lockbox on the left rail, code {code}.",
    "Door code {code}#. Alarm: {code}, keypad behind the door.",
    "Key no. {tag} in the office. Please use the back door.",
    "Ring; somebody is home until nine.",
    "Concierge has the key, ask for unit {tag}.",
    "Garage keypad {code}. The dog, Biscuit, is friendly.",
)


def crew_name(rng: Random, index: int) -> tuple[str, str]:
    """A cleaner's name and language; the first two dozen are always the same people."""
    if index < len(_CREW):
        return _CREW[index]
    return person_name(rng), "es" if rng.random() < 0.35 else "en"


def person_name(rng: Random) -> str:
    """A first and a last name."""
    return f"{rng.choice(_FIRST)} {rng.choice(_LAST)}"


def firm_name(rng: Random) -> str:
    """A small firm's name."""
    return f"{rng.choice(_LAST)} {rng.choice(_FIRMS)}"


def mail_address(name: str, number: int) -> str:
    """An address that can never receive mail; `number` keeps it unlike every other."""
    return f"{name.lower().replace(' ', '.')}.{number}@example.com"


def phone_number(number: int) -> str:
    """One of the hundred numbers kept for fiction."""
    return f"410-555-{100 + number % 100:04d}"


def street_address(rng: Random) -> str:
    """A house number and street."""
    return f"{rng.randrange(100, 4900)} {rng.choice(_STREETS)} {rng.choice(_KINDS)}"


def access_note(rng: Random) -> str:
    """How one gets in."""
    return rng.choice(_ACCESS).format(code=rng.randrange(1000, 10000), tag=rng.randrange(1, 900))
