"""Who we clean for and where: customers, properties, access notes, consent."""
