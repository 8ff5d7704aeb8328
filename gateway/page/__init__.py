"""The page on which a payer sees what to pay, to where, and whether it has arrived."""
