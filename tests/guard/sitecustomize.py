"""Python imports this at its start when the directory is on PYTHONPATH (module ``site``)."""

from loopback import install

install()
