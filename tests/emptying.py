"""Emptying the database after a test that commits: what was written, and nothing else.

Django truncates every table and then makes content types, permissions and roles anew, which
took longer than most such tests. Triggers and keys of what migrations wrote stay as they were.
"""

from typing import Any

from django.db import connection, transaction

REFERENCES = """
    SELECT DISTINCT confrelid::regclass::text, conrelid::regclass::text
      FROM pg_constraint WHERE contype = 'f'
"""
SEQUENCES = """
    SELECT owned.refobjid::regclass::text, owned.objid::regclass::text, attname
      FROM pg_depend AS owned JOIN pg_class ON pg_class.oid = owned.objid AND relkind = 'S'
      JOIN pg_attribute ON attrelid = refobjid AND attnum = refobjsubid
"""
FURTHER = "SELECT setval('{1}', greatest(last_value, (SELECT max({2}) FROM {0}))) FROM {1}"
DIGEST = "SELECT '{0}', md5(string_agg(one::text, '' ORDER BY one::text)) FROM \"{0}\" AS one"
ANY = "SELECT '{0}', CASE WHEN EXISTS (SELECT FROM \"{0}\") THEN 'rows' END"


class Emptying:
    """Knows what migrations have written, and brings the database back to it."""

    def __init__(self) -> None:
        """Read what there is; only migrations may have written by then."""
        self.tables = connection.introspection.django_table_names(only_existing=True)
        self.digests = dict(_rows(" UNION ALL ".join(map(DIGEST.format, self.tables))))
        self.kept = {table: _copied(table) for table in self.tables if self.digests[table]}
        self.references = _rows(REFERENCES)
        self.sequences = [one for one in _rows(SEQUENCES) if one[0] in self.kept]

    def empty(self) -> None:
        """Truncate what was written, with what refers to it, and write migrations' rows again."""
        written = self.written()
        if not written:
            return
        reached = self._with_referring(written)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"TRUNCATE {', '.join(sorted(reached))}")
            for table in reached & self.kept.keys():
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(self.kept[table])
            # Some tests let keys begin anew as well.
            for table, sequence, column in self.sequences:
                if table in reached:
                    cursor.execute(FURTHER.format(table, sequence, column))
            # Keys are looked at before the triggers can be switched on again.
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in reached & self.kept.keys():
                cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    def written(self) -> set[str]:
        """Return the tables whose rows are not those of the migrations."""
        parts = [(DIGEST if one in self.kept else ANY).format(one) for one in self.tables]
        found = dict(_rows(" UNION ALL ".join(parts)))
        return {table for table in self.tables if found[table] != self.digests[table]}

    def _with_referring(self, tables: set[str]) -> set[str]:
        """Return the tables and all that refer to them: PostgreSQL truncates none without."""
        reached = set(tables)
        while more := {by for to, by in self.references if to in reached} - reached:
            reached |= more
        return reached


def _copied(table: str) -> bytes:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table} TO STDOUT") as copy:
        return b"".join(bytes(part) for part in copy)


def _rows(query: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()
