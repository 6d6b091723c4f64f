"""What is owed and paid: invoices, payments, refunds, ledger, pay. Nothing here yet."""
