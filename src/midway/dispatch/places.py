"""Where visits and cleaners are on the map, as exactly as we know."""

from midway.booking.queries import tidy_postcode
from midway.core.routing.travel import Point
from midway.crew.models import Area, Branch, Cleaner
from midway.customers.models import Property


class Places:
    """A branch's map: its own point, and the middle of every postcode it serves. One query."""

    def __init__(self, branch: Branch) -> None:
        self.branch = Point(branch.latitude, branch.longitude)
        areas = list(Area.objects.filter(branch=branch).order_by("name", "pk"))
        self._areas = {area.postcode: Point(area.latitude, area.longitude) for area in areas}
        self.named = {area.name: Point(area.latitude, area.longitude) for area in reversed(areas)}

    def of_home(self, home: Property) -> Point:
        """The home's own point, else its postcode's, else the branch's."""
        if home.latitude is not None and home.longitude is not None:
            return Point(home.latitude, home.longitude)
        return self.of_postcode(home.postcode)

    def of_postcode(self, postcode: str) -> Point:
        """The middle of a postcode, else the branch's own point."""
        return self._areas.get(tidy_postcode(postcode), self.branch)

    def of_cleaner(self, cleaner: Cleaner) -> Point:
        """Where the cleaner starts: at home, else at the branch."""
        if cleaner.home_latitude is not None and cleaner.home_longitude is not None:
            return Point(cleaner.home_latitude, cleaner.home_longitude)
        return self.branch
