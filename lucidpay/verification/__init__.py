"""Proving that nothing was paid twice and nothing was lost: read only, over all there is.

One module a subject; each check yields what is wrong, which rows, and what to do about it.
"""
