"""What a browser may do on the pages of this platform. The payer's page has a policy of its own."""

from csp.constants import NONCE, NONE, SELF, UNSAFE_INLINE

# No script but our files, and no text that becomes code. The theme writes `style="…"` into its
# pages; an element `<style>` needs the answer's nonce.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, NONCE],
        "style-src-attr": [UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
# Swagger UI and Redoc write their styles into the page while they run, and Redoc searches in a
# worker that it makes of its own text. They show the API's description and nobody's data.
DOCS_POLICY = {"style-src": [SELF, UNSAFE_INLINE], "worker-src": [SELF, "blob:"]}
