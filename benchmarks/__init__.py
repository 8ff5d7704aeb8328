"""How fast the hot paths are, beside plain programs that do the same work on the same machine.

A figure means little on a machine whose speed drifts; a ratio of two servers that took turns
within seconds means much. Nothing here is part of the tests, and no test asserts a time.
"""
