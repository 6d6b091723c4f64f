"""The procedures, one module for each area (or for one large procedure). Declaring one here is all it takes."""
