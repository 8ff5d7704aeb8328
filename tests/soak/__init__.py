"""Mixed load for an hour on the whole platform: does anything grow that should not?"""
