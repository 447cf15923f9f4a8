"""The configured store, ready to be entered: its password is read and its certificates are tried, once."""

from config.settings import State
from config.where import Where
from proxy.faults import OwnFault
from proxy.state.wire import tls_context


def entrance_of(state: State) -> Where | None:
    """Where to connect, with the password of its file; None for the embedded store. Raises OwnFault."""
    where = state.redis
    if where is None:
        return None
    if state.password_file is not None:
        try:
            password = state.password_file.read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            reason = error.strerror if isinstance(error, OSError) else "is not UTF-8"
            raise OwnFault(f"state.password_file: {state.password_file}: {reason}") from None
        if not password:
            raise OwnFault(f"state.password_file: {state.password_file}: is empty")
        where = where.with_password(password)
    if where.encrypted:
        try:
            tls_context(where.tls)
        except OSError as error:  # ssl.SSLError is one
            files = ", ".join(str(file) for file in (where.tls.ca, where.tls.certificate) if file)
            raise OwnFault(f"state.tls: {files}: {error.strerror or error}") from None
    return where
