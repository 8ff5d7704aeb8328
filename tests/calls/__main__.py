"""``python -m tests.calls``: write docs/calls.md."""

from tests.calls.table import ROOT, TABLE, table

TABLE.write_text(table())
print(f"wrote {TABLE.relative_to(ROOT)}")
