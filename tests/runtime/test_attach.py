"""A command beside a running product sends links that lead to where it runs."""

from pathlib import Path

from midway.runtime.attach import attach_to_product
from midway.runtime.folder import DataFolder

RUNNING = {
    "address": "http://127.0.0.1:8765",
    "parts": {"postgres": {"address": "postgresql://midway@/midway?host=/run/pg"}},
}


def attached(data: Path, **given: str) -> dict[str, str]:
    environ = {"MIDWAY_DATA": str(data), "MIDWAY_SECRET_KEY": "k" * 50, **given}
    attach_to_product(environ)
    return environ


def test_links_lead_to_the_product_unless_another_address_is_set(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.run.mkdir(parents=True)
    folder.write_state(RUNNING)
    assert attached(tmp_path)["MIDWAY_PUBLIC_URL"] == "http://127.0.0.1:8765"
    assert attached(tmp_path)["DATABASE_URL"] == "postgresql://midway@/midway?host=/run/pg"
    public = "https://clean.example.com"
    assert attached(tmp_path, MIDWAY_PUBLIC_URL=public)["MIDWAY_PUBLIC_URL"] == public
