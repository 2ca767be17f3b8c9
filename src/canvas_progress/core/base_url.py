"""The address of a Canvas: normalised once, so that two spellings of one host compare equal."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult, urlsplit

from canvas_progress.core.errors import UsageError
from canvas_progress.core.record import record
from canvas_progress.core.wording import quoted

_DEFAULT_PORTS: Final = {"https": 443, "http": 80}
_LABEL: Final = re.compile(r"[\w-]{1,63}", re.ASCII)
_API: Final = re.compile(r"/api(/v1)?\Z")
# What stands in the address bar of a browser: a path that each Canvas has below its base.
_PAGE: Final = r"/(?:(?:courses|accounts|groups|users)/[0-9]|(?:login|profile|calendar|conversations)(?:/|\Z)|api/).*"
_UNFIT: Final = re.compile(r"[\x00-\x20\x7f-\xa0\\]")
_LONGEST: Final = 8000  # characters: the request line that any server should take, by RFC 9112


@record
class BaseUrl:
    """Where a Canvas lives: scheme, host, port and the path before `/api/v1`."""

    scheme: str
    host: str
    port: int
    prefix: str = ""

    @property
    def origin(self) -> str:
        """Scheme, host and port. Two Canvases may share one: a token is bound to the whole, prefix included."""
        return f"{self.scheme}://{self.netloc}"

    @property
    def netloc(self) -> str:
        """Host, with the port where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.has_usual_port else f"{host}:{self.port}"

    @property
    def has_usual_port(self) -> bool:
        """Whether the port is the scheme's own."""
        return self.port == _DEFAULT_PORTS[self.scheme]

    @property
    def is_loopback(self) -> bool:
        """Whether nothing sent there leaves the machine."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        from ipaddress import ip_address  # late: most hosts are names

        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def without_page(self) -> BaseUrl:
        """The Canvas itself, where this is the address of a page of it."""
        return replace(self, prefix=re.sub(_PAGE, "", self.prefix))

    def __str__(self) -> str:
        return self.origin + self.prefix


def parse_base_url(text: str, *, allow_http: bool = False) -> BaseUrl:
    """Normalise what a user gives as the address of a Canvas: `school.example.edu`, `https://school.example.edu/api/v1/`.

    Raises UsageError, also for plain `http://` to another machine unless `allow_http`.
    """
    text = text.strip()
    parts = split_url(text if "://" in text else f"https://{text}")
    if parts.query or parts.fragment:
        raise UsageError(f"{quoted(quotable(text))} is not a base URL", hint="leave out what follows `?` or `#`")
    prefix = parts.path.rstrip("/")
    while match := _API.search(prefix):  # also twice: a base is stored as text, and has to be the same when it is read
        prefix = prefix[: match.start()].rstrip("/")
    base = base_in(parts, prefix)
    if base.scheme == "http" and not (allow_http or base.is_loopback):
        raise UsageError(
            f"{base} would send the token unencrypted",
            hint="use https://, or `profile add --allow-http` for a development Canvas",
        )
    return base


def base_in(parts: SplitResult, prefix: str) -> BaseUrl:
    """Return the base of a URL that `split_url` has taken apart, `prefix` being the part of its path before `/api/`."""
    host, port = _host_in(parts) or "", parts.port or _DEFAULT_PORTS[parts.scheme]
    return BaseUrl(parts.scheme, host, port, prefix.rstrip("/"))


def split_url(url: str) -> SplitResult:
    """Take an http(s) URL apart. Raises UsageError for everything else, and for user names in it."""
    if "@" in re.split(r"[/?#]", url.partition("://")[2])[0]:
        raise UsageError("a URL with a user name or password in it is refused", hint="leave out what is before the `@`")
    if len(url) > _LONGEST:
        hint = f"it has {len(url):,} characters, and at most {_LONGEST:,} are taken"
        raise UsageError(f"{quoted(quotable(url))} is too long for a URL", hint=hint)
    try:
        parts = urlsplit(url)
        usable = parts.scheme in _DEFAULT_PORTS and _host_in(parts) is not None and parts.port != 0
    except ValueError:
        usable, parts = False, SplitResult("", "", "", "", "")
    if not usable or _UNFIT.search(url) or _has_bytes(url):
        odd = "" if url.isascii() else "; of a host in other letters, give the form that starts with xn--"
        hint = f"it looks like https://canvas.example.edu{odd}"
        raise UsageError(f"{quoted(quotable(url))} is not a URL of a Canvas", hint=hint)
    return parts


def _has_bytes(url: str) -> bool:
    """Whether there are bytes in it that are not UTF-8: Python has them as surrogates in an argument."""
    return not url.isascii() and any("\ud800" <= letter <= "\udfff" for letter in url)


def has_dots(path: str) -> bool:
    """Whether a path has a segment `.` or `..`, however it is spelled: it would lead out of where it begins."""
    segments = path.replace("%2e", ".").replace("%2E", ".").replace("%2f", "/").replace("%2F", "/").split("/")
    return any(segment in {".", ".."} for segment in segments)


def quotable(url: str) -> str:
    """Return a URL for a message: without its query, which may hold a token."""
    return re.split(r"[?#]", url)[0]


def _host_in(parts: SplitResult) -> str | None:
    """Return the host in ASCII, None where there is none that DNS could know."""
    host = (parts.hostname or "").removesuffix(".")
    if any(not letter.isascii() and letter.lower().isascii() for letter in parts.netloc):
        return None  # some foreign capitals, such as the Kelvin sign, have a plain letter as their small one
    return host if ":" in host else host_in_ascii(host)  # an IPv6 address is no name


@lru_cache
def host_in_ascii(host: str) -> str | None:
    """Return a host name as it is looked up in DNS, by IDNA 2008; None for what is no name.

    Nothing is mapped but capitals: `faß` and `fass`, or a full-width letter and a plain one, are not the same name.
    """
    if not host.isascii():
        import idna  # late: most hosts are ASCII

        try:
            return idna.encode(host.lower(), strict=True).decode("ascii")
        except idna.IDNAError:
            return None
    return host.lower() if all(_LABEL.fullmatch(label) for label in host.split(".")) else None
