"""Prepares the demo's database, in a process of its own: ``python -m lucidpay.demo.seed``.

It can run any number of times; what is there stays. It tells the demo what it has done in lines
of JSON on standard output, secrets included, so that pipe is for the demo alone.
"""
