"""The HTTP contract: its rules and their tests, and the API under data that nobody thought of."""
