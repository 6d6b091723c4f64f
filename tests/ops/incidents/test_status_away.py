"""The status page tells that nothing works, from what was known before the database went."""

import json
from pathlib import Path

from tests.cast import NOW, Cast

from midway.ops.incidents.status_page import KNOWN, write_status, write_status_away


def test_the_page_says_so_in_the_companys_name_and_time(cast: Cast, tmp_path: Path) -> None:
    write_status(now=NOW, folder=tmp_path)
    assert "Everything works" in (tmp_path / "index.html").read_text()
    name = cast.branch.name
    assert json.loads((tmp_path / KNOWN).read_text()) == {"company": name, "zone": cast.branch.zone}
    write_status_away(now=NOW, folder=tmp_path)
    english, spanish = (tmp_path / "index.html").read_text(), (tmp_path / "index.es.html").read_text()
    assert name in english
    assert "We are looking into it" in english
    assert "Ahora mismo no se puede reservar" in spanish
    write_status(now=NOW, folder=tmp_path)
    assert "Everything works" in (tmp_path / "index.html").read_text()


def test_without_anything_known_it_says_so_all_the_same(tmp_path: Path) -> None:
    (tmp_path / KNOWN).write_text("{")
    write_status_away(now=NOW, folder=tmp_path / "new")
    write_status_away(now=NOW, folder=tmp_path)
    assert "Nothing can be booked" in (tmp_path / "index.html").read_text()
