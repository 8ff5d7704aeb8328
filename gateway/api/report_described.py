"""Headers and examples of reports, for the API's documentation."""

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiResponse

from access.api.idempotent import replayed_header
from gateway.reports.files import CONTENT_TYPES
from lucidpay.api.pagination import PAGINATION_EXAMPLE
from lucidpay.api.schema import answer_header, id_parameter, location_header
from payouts.api.described import KEY_PARAMETER

__all__ = ["KEY_PARAMETER"]

ID_PARAMETER = id_parameter("report_id", "report")
LOCATION_HEADER = location_header("Where the report can be read.", statuses=(201,))
REPLAYED_HEADER = replayed_header(
    "There when an earlier request had asked for this report.", statuses=(201,)
)
FILE_HEADERS = [
    answer_header(name, {"type": "string"}, text, statuses=(200,))
    for name, text in (
        ("Content-Disposition", "`attachment`, with the file's name."),
        ("X-Checksum-SHA256", "Of the file, in hex."),
        ("Repr-Digest", "The same, as RFC 9530 writes it."),
    )
]
FILE_RESPONSES: dict[Any, Any] = {
    (200, content_type.partition(";")[0]): OpenApiResponse(
        OpenApiTypes.BINARY, description="The file, as it was asked for."
    )
    for content_type in CONTENT_TYPES.values()
}
_ID = "report_01890a5dac96774bbcceb302099a8057"
_PENDING: dict[str, Any] = {
    "report_id": _ID,
    "status": "pending",
    "format": "xlsx",
    "period_start": "2026-01-01T00:00:00Z",
    "period_end": "2026-02-01T00:00:00Z",
    "status_filter": None,
    "include_failed": False,
    "total_payments": 250,
    "successful_payments": 241,
    "failed_payments": 6,
    "total_volume": 12500.5,
    "total_fees": 18.75075,
    "net_volume": 12481.74925,
    "refunded_volume": 25,
    "row_count": 244,
    "progress": 0,
    "size_bytes": None,
    "sha256": None,
    "error_message": None,
    "generated_at": "2026-02-01T09:00:00.000000Z",
    "ready_at": None,
    "download_url": None,
    "download_expires_at": None,
}
_READY = {
    **_PENDING,
    "status": "ready",
    "progress": 100,
    "size_bytes": 41_214,
    "sha256": "7d5a" * 16,
    "ready_at": "2026-02-01T09:00:02.000000Z",
    "download_url": f"https://pay.example.com/api/v1/payments/reports/{_ID}/download"
    f"?expires=1769940002&signature={'5e' * 32}",
    "download_expires_at": "2026-02-01T10:00:02Z",
}
CREATE_EXAMPLES = [
    OpenApiExample(
        "a month for a spreadsheet",
        value={"start_date": "2026-01-01", "end_date": "2026-01-31", "format": "xlsx"},
        request_only=True,
    ),
    OpenApiExample("asked for", value=_PENDING, response_only=True, status_codes=["201"]),
]
GET_EXAMPLE = OpenApiExample("ready", value=_READY, response_only=True, status_codes=["200"])
LIST_EXAMPLE = OpenApiExample(
    "a page",
    value={"reports": [_READY], "pagination": PAGINATION_EXAMPLE, "filters": {}},
    response_only=True,
    status_codes=["200"],
)
