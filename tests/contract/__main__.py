"""``python -m tests.contract``: write docs/contract.md."""

from tests.contract.table import ROOT, TABLE, table

TABLE.write_text(table())
print(f"wrote {TABLE.relative_to(ROOT)}")
