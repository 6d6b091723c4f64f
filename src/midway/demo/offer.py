"""What the demo company sells and what it costs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from midway.core.policy import Fee, PolicyTerms
from midway.core.pricing import AreaBand, ExtraRate, Rates, ServiceRate

SKILLS: Mapping[str, str] = {
    "deep": "Deep cleaning",
    "move": "Move-in and move-out",
    "commercial": "Offices and key holding",
    "windows": "Windows and high places",
}


@dataclass(frozen=True)
class Offer:
    """A service with its texts in both languages."""

    code: str
    kind: str
    skill: str | None
    name: str
    name_es: str
    description: str
    description_es: str


OFFERS = (
    Offer(
        "regular",
        "regular",
        None,
        "Regular clean",
        "Limpieza regular",
        "Included: dusting, floors, kitchen surfaces and sink, outside of appliances, bathrooms top to bottom, beds "
        "made, bins emptied.",
        "Incluye: polvo, pisos, encimeras y fregadero, exterior de electrodomésticos, baños completos, camas hechas, "
        "basura retirada.",
    ),
    Offer(
        "deep",
        "deep",
        "deep",
        "Deep clean",
        "Limpieza profunda",
        "Included: everything in a regular clean, and baseboards, doors and frames, vents, blinds, grout, cabinet "
        "fronts, behind and under furniture.",
        "Incluye: todo lo de la limpieza regular, más zócalos, puertas y marcos, rejillas, persianas, juntas, frentes "
        "de gabinetes, detrás y debajo de los muebles.",
    ),
    Offer(
        "move",
        "move",
        "move",
        "Move-in or move-out clean",
        "Limpieza de mudanza",
        "Included: a deep clean of the empty home, and inside cabinets, closets, oven and fridge, and windows inside.",
        "Incluye: limpieza profunda de la casa vacía, más interior de gabinetes, clósets, horno y refrigerador, y "
        "ventanas por dentro.",
    ),
    Offer(
        "commercial",
        "commercial",
        "commercial",
        "Office clean",
        "Limpieza de oficinas",
        "Included: desks, floors, kitchenette, restrooms, consumables refilled, bins and recycling, lock-up and alarm.",
        "Incluye: escritorios, pisos, cocineta, baños, reposición de consumibles, basura y reciclaje, cierre y alarma.",
    ),
    Offer(
        "special",
        "special",
        "windows",
        "After-builders and windows",
        "Después de obra y ventanas",
        "Included: fine dust from every surface, stickers and paint spots off glass, windows inside and out up to two "
        "floors.",
        "Incluye: polvo fino de toda superficie, adhesivos y manchas de pintura del vidrio, ventanas por dentro y por "
        "fuera hasta dos pisos.",
    ),
)

_HOME_BANDS = (
    AreaBand(800, 0, 0),
    AreaBand(1200, 800, 0),
    AreaBand(1800, 1800, 15),
    AreaBand(2500, 3500, 30),
    AreaBand(4000, 6500, 60),
    AreaBand(7000, 12000, 120),
)
_EMPTY_HOME_BANDS = (
    AreaBand(800, 0, 0),
    AreaBand(1200, 2500, 20),
    AreaBand(1800, 5000, 45),
    AreaBand(2500, 9000, 75),
    AreaBand(4000, 15000, 120),
    AreaBand(7000, 26000, 210),
)

FIRST_RATES = Rates(
    currency="USD",
    services={
        "regular": ServiceRate(
            base_cents=5400,
            base_minutes=25,
            bedroom_cents=1700,
            bedroom_minutes=12,
            bathroom_cents=2100,
            bathroom_minutes=20,
            area_bands=_HOME_BANDS,
            minimum_cents=7500,
        ),
        "deep": ServiceRate(
            base_cents=11900,
            base_minutes=75,
            bedroom_cents=3400,
            bedroom_minutes=40,
            bathroom_cents=4300,
            bathroom_minutes=50,
            area_bands=_EMPTY_HOME_BANDS,
            minimum_cents=19900,
            team_size=2,
        ),
        "move": ServiceRate(
            base_cents=14900,
            base_minutes=110,
            bedroom_cents=4200,
            bedroom_minutes=50,
            bathroom_cents=5200,
            bathroom_minutes=60,
            area_bands=_EMPTY_HOME_BANDS,
            minimum_cents=24900,
            team_size=2,
        ),
        "commercial": ServiceRate(
            base_cents=4900,
            base_minutes=25,
            bathroom_cents=1600,
            bathroom_minutes=12,
            area_bands=(
                AreaBand(1500, 0, 0),
                AreaBand(3000, 2500, 15),
                AreaBand(5000, 5500, 30),
                AreaBand(10000, 12000, 60),
            ),
            minimum_cents=6900,
        ),
        "special": ServiceRate(
            base_cents=9900,
            base_minutes=60,
            bedroom_cents=2600,
            bedroom_minutes=20,
            bathroom_cents=2200,
            bathroom_minutes=15,
            area_bands=_EMPTY_HOME_BANDS,
            minimum_cents=14900,
        ),
    },
    extras=(
        ExtraRate("fridge", "Inside the fridge", 3500, 30),
        ExtraRate("oven", "Inside the oven", 3900, 30),
        ExtraRate("cabinets", "Inside the cabinets", 4500, 45),
        ExtraRate("windows", "Windows inside", 4900, 45),
        ExtraRate("laundry", "A load of laundry", 2500, 30),
        ExtraRate("baseboards", "Baseboards", 3200, 30),
    ),
    frequency_percent={"weekly": 20, "biweekly": 15, "every_3_weeks": 12, "every_4_weeks": 10},
)


def raised(rates: Rates, percent: int) -> Rates:
    """Will raise what the services cost by a percentage, to whole dollars; extras and minutes stay."""

    def up(cents: int) -> int:
        return -(-cents * (100 + percent) // 10000) * 100

    services = {
        code: replace(
            rate,
            base_cents=up(rate.base_cents),
            bedroom_cents=up(rate.bedroom_cents),
            bathroom_cents=up(rate.bathroom_cents),
            minimum_cents=up(rate.minimum_cents),
        )
        for code, rate in rates.services.items()
    }
    return replace(rates, services=services)


SECOND_RATES = raised(FIRST_RATES, 5)

DEMO_TERMS = PolicyTerms(
    notice_minutes=48 * 60,
    late_fee=Fee(percent=50, cleaner_percent=40),
    lock_out_fee=Fee(percent=100, cleaner_percent=50),
    moves_per_visit=5,
)
