"""Lists of the admin that are paged through to a bound."""

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.utils.functional import cached_property

COUNT_MAX = 10_000  # counted up to here; an unbounded count reads the whole table


class BoundedPaginator(Paginator):
    """Counts no further than ``COUNT_MAX`` rows, so no page lies deeper either."""

    template_name = "lucidpay/pagination.html"

    @cached_property
    def count(self) -> int:
        """Return the number of rows, or the bound."""
        rows = self.object_list
        if isinstance(rows, QuerySet):
            return rows.order_by()[:COUNT_MAX].count()
        return len(rows)

    @property
    def is_cut(self) -> bool:
        """Whether there may be more rows than can be paged to."""
        return self.count >= COUNT_MAX
