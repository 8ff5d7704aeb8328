"""The calls of the TRON API, and the tests that make each of them against the sandbox node."""
