"""Reading what a company kept in a spreadsheet: the file, its headings, its words, and what each row amounts to."""
