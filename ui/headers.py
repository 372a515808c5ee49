"""What every plain page tells the browser: what it may load and do, and that nobody else keeps it."""

from __future__ import annotations


def headers(*, fetches: bool = False, forms: bool = False) -> dict[str, str]:
    """The headers of a page that loads its style and theme and, where said, asks for more or sends our forms.

    A page is in the language of the browser or of a cookie, and offers what a cookie's key allows.
    """
    sent_to = "'self'" if forms else "'none'"
    policy = [
        "default-src 'none'",
        "style-src 'self'",
        "script-src 'self'",
        *(["connect-src 'self'"] if fetches else []),
        "img-src data:",
        "base-uri 'none'",
        f"form-action {sent_to}",
        "frame-ancestors 'none'",
    ]
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",  # whoever has the address of an answer can read it
        "Cache-Control": "private, no-cache",
        "Vary": "Accept-Language, Cookie",
    }
