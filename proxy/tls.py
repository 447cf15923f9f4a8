"""Certificates: loaded before anybody is served, and again at every reload."""

import ssl

from config.settings import Config, TlsFiles
from proxy.faults import OwnFault


def context_of(files: TlsFiles) -> ssl.SSLContext:
    """A server's context, TLS 1.2 and later. Raises OSError or ssl.SSLError."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.certificate, files.key)
    context.set_alpn_protocols(["http/1.1"])
    return context


def check_certificates(config: Config) -> None:
    """Raises OwnFault where a listener's certificate or key cannot be used."""
    for listener in config.listeners:
        if listener.tls is not None:
            try:
                context_of(listener.tls)
            except OSError as error:  # ssl.SSLError is one
                raise OwnFault(f"listen: {listener.tls.certificate}: {error.strerror or error}") from None
