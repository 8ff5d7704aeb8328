"""A local TRON node over HTTP, for development, tests and demonstrations. Never for money.

Started by ``manage.py tron_sandbox`` or ``python -m tron.sandbox``; described in docs/sandbox.md.
"""
