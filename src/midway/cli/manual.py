"""`midway manual`: the maintenance manual, written from the procedures."""

import json
from pathlib import Path

import click


@click.command()
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Write the pages into this folder.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def manual(out: Path | None, as_json: bool) -> None:
    """Write the maintenance manual; without --out, print it."""
    import os

    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "midway.config.settings")
    django.setup()
    from midway.ops.manual import manual_pages, write_manual
    from midway.ops.registry import all_procedures

    if out is not None:
        written = write_manual(out, all_procedures())
        print(json.dumps({"written": [str(path) for path in written]}) if as_json else f"Written to {out}.")
        return
    pages = manual_pages(all_procedures())
    print(json.dumps(pages) if as_json else "\n".join(pages[name] for name in sorted(pages)))
