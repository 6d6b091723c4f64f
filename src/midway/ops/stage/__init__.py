"""A stage for drills: servers, files, peers and a clock that look like the product's own and are thrown away.

What a fault needs is started when it is first asked for; nothing here ever touches the product.
"""

from midway.ops.stage.stage import Stage, open_stage

__all__ = ["Stage", "open_stage"]
