"""``make demo``: the whole platform on this machine, paying people on a chain of its own."""
