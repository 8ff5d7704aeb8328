"""How many payouts there are, and how much they pay: kept up to date by the database itself."""
