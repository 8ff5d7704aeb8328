"""Payout files: read, checked, and answered with what became of each row."""
