"""Bodies of events, for reading."""

import simplejson as json
from django.utils.html import format_html
from django.utils.safestring import SafeString


def indented(body: str) -> SafeString:
    """Return a body with a line for each of its parts, every number digit for digit."""
    parsed = json.loads(body, use_decimal=True)
    text = json.dumps(parsed, indent=2, ensure_ascii=False, use_decimal=True)
    return format_html('<pre class="lp-pre">{}</pre>', text)
