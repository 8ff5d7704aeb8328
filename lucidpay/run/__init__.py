"""The processes of an installation, by their roles: ``python -m lucidpay.run ROLE``.

For where there is no shell, such as the image of ``docker/``, and for whoever wants to type less: a
process of another program takes this one's place, so signals and exit codes are its own.
"""
