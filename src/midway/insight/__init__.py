"""Numbers people steer by: KPIs, reports, product analytics. Nothing here yet."""
