"""The gateway's pages in the admin."""

from gateway import (  # noqa: F401  (they register their pages)
    admin_disputes,
    admin_fees,
    admin_payments,
    admin_rates,
    admin_reconciliations,
    admin_reports,
    admin_settlements,
    admin_sweeps,
)
