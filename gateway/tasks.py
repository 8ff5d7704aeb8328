"""Doorbells."""

import structlog

log = structlog.get_logger(__name__)

ROUNDS_MAX = 40  # of one ring; the next ring goes on
