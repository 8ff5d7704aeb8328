"""The contracts of the system: what each demands of the state, and what it does to it."""
