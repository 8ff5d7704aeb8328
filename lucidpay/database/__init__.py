"""Django's PostgreSQL backend, with cheaper times and a cheaper look at connections."""
