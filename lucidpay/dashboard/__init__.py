"""The front page of the admin: what needs a person now, and how payouts are doing."""
