"""Baltimore: neighbourhoods with their postcode, the point they lie at, and how many of our customers live there."""

from dataclasses import dataclass
from functools import cache

NAME = "Baltimore"
STATE = "MD"
ZONE = "America/New_York"
OFFICE = (39.2904, -76.6122)

_TABLE = """
Mount Vernon          21201 39.2975 -76.6160 9
Seton Hill            21201 39.2960 -76.6222 3
Downtown              21201 39.2912 -76.6190 4
Inner Harbor          21202 39.2865 -76.6100 7
Jonestown             21202 39.2905 -76.6022 2
Little Italy          21202 39.2856 -76.6021 3
Harbor East           21202 39.2828 -76.6000 8
Towson                21204 39.4015 -76.6019 6
Ruxton                21204 39.3990 -76.6430 5
Milton-Montford       21205 39.2990 -76.5830 1
Armistead Gardens     21205 39.3010 -76.5520 1
Glenham-Belhar        21206 39.3500 -76.5430 2
Cedmont               21206 39.3420 -76.5340 2
Overlea               21206 39.3620 -76.5270 2
Forest Park           21207 39.3230 -76.6870 2
Woodlawn              21207 39.3229 -76.7280 2
Lochearn              21207 39.3407 -76.7222 2
Pikesville            21208 39.3743 -76.7225 4
Mount Washington      21209 39.3670 -76.6520 7
Cheswolde             21209 39.3680 -76.6780 3
Roland Park           21210 39.3500 -76.6350 9
Tuscany-Canterbury    21210 39.3385 -76.6200 5
Wyndhurst             21210 39.3540 -76.6290 4
Hampden               21211 39.3310 -76.6340 9
Woodberry             21211 39.3315 -76.6430 3
Remington             21211 39.3210 -76.6230 4
Medfield              21211 39.3370 -76.6410 3
Homeland              21212 39.3580 -76.6180 6
Govans                21212 39.3620 -76.6080 2
Cedarcroft            21212 39.3690 -76.6090 3
Rodgers Forge         21212 39.3790 -76.6150 5
Stoneleigh            21212 39.3830 -76.6060 4
Anneslie              21212 39.3770 -76.6060 2
Mayfield              21213 39.3260 -76.5780 2
Belair-Edison         21213 39.3240 -76.5670 2
Oliver                21213 39.3080 -76.5980 1
Lauraville            21214 39.3450 -76.5670 4
Hamilton              21214 39.3520 -76.5620 3
Park Heights          21215 39.3450 -76.6680 1
Ashburton             21215 39.3280 -76.6720 2
Cross Country         21215 39.3605 -76.6905 2
Windsor Hills         21216 39.3120 -76.6860 1
Hanlon Park           21216 39.3170 -76.6680 1
Bolton Hill           21217 39.3065 -76.6250 6
Reservoir Hill        21217 39.3155 -76.6330 4
Charles Village       21218 39.3250 -76.6150 6
Abell                 21218 39.3265 -76.6115 3
Waverly               21218 39.3290 -76.6070 3
Ednor Gardens         21218 39.3320 -76.5990 2
Guilford              21218 39.3390 -76.6130 6
Original Northwood    21218 39.3450 -76.5930 2
Essex                 21221 39.3093 -76.4749 2
Dundalk               21222 39.2507 -76.5205 3
Hollins Market        21223 39.2875 -76.6350 2
Union Square          21223 39.2865 -76.6430 2
Canton                21224 39.2815 -76.5755 10
Brewers Hill          21224 39.2810 -76.5640 6
Highlandtown          21224 39.2890 -76.5680 4
Patterson Park        21224 39.2915 -76.5790 5
Greektown             21224 39.2860 -76.5560 2
Brooklyn              21225 39.2350 -76.6030 1
Curtis Bay            21226 39.2250 -76.5870 1
Arbutus               21227 39.2546 -76.6999 2
Halethorpe            21227 39.2390 -76.6830 2
Catonsville           21228 39.2721 -76.7319 5
Edmondson Village     21229 39.2930 -76.6780 1
Ten Hills             21229 39.2880 -76.7000 3
Irvington             21229 39.2830 -76.6880 1
Federal Hill          21230 39.2770 -76.6120 10
Riverside             21230 39.2720 -76.6080 6
Locust Point          21230 39.2700 -76.5920 7
Otterbein             21230 39.2825 -76.6180 3
Ridgely's Delight     21230 39.2845 -76.6245 2
Pigtown               21230 39.2825 -76.6340 3
Morrell Park          21230 39.2640 -76.6530 1
Fells Point           21231 39.2835 -76.5930 8
Upper Fells Point     21231 39.2885 -76.5905 4
Butchers Hill         21231 39.2895 -76.5870 4
Parkville             21234 39.3773 -76.5397 3
Nottingham            21236 39.3860 -76.4890 2
Rosedale              21237 39.3200 -76.5156 2
Loch Raven            21239 39.3660 -76.5850 2
"""


@dataclass(frozen=True)
class Neighbourhood:
    """A part of the city; `weight` is its share of our customers."""

    name: str
    postcode: str
    latitude: float
    longitude: float
    weight: int

    def distance_to(self, latitude: float, longitude: float) -> float:
        """Will give a number that orders points by distance (degrees, the shorter degree of longitude weighed in)."""
        return abs(self.latitude - latitude) + 0.77 * abs(self.longitude - longitude)


@cache
def neighbourhoods() -> tuple[Neighbourhood, ...]:
    """All neighbourhoods, by postcode."""
    rows = [line.rsplit(maxsplit=4) for line in _TABLE.strip().splitlines()]
    return tuple(Neighbourhood(n, z, float(lat), float(lon), int(w)) for n, z, lat, lon, w in rows)


@cache
def served_postcodes() -> tuple[Neighbourhood, ...]:
    """One neighbourhood a postcode, the one with most customers: where an address lies that has no point."""
    best: dict[str, Neighbourhood] = {}
    for place in neighbourhoods():
        if place.postcode not in best or place.weight > best[place.postcode].weight:
            best[place.postcode] = place
    return tuple(best.values())
