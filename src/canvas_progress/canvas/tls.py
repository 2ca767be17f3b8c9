"""Whom to trust: the operating system's store, since schools run their own authorities."""

from __future__ import annotations

import ssl


def trust(*, encrypted: bool) -> ssl.SSLContext:
    """Return the context for a client. One that is never used for TLS trusts nobody, and costs nothing to make."""
    if not encrypted:
        return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
