from __future__ import annotations

import idna
from hypothesis import example, given
from hypothesis import strategies as st

from arbitrary import mixture
from canvas_progress.core.base_url import BaseUrl, parse_base_url
from canvas_progress.core.errors import UsageError
from cases import each

PIECES = each(
    "https:// http:// canvas.example.edu CANVAS.Example.EDU localhost [::1] :8080 :443 :80 "
    "/api/v1 /api / . /canvas ? # @ xn--mnchen-3ya.de münchen.de"
)
LABELS = st.text(st.sampled_from("abzAZ019-_") | st.characters(categories=["L", "M", "Nd"]), min_size=1, max_size=8)
PLAIN_HOSTS = st.from_regex(r"([A-Za-z0-9-]{1,8}\.){0,2}[A-Za-z]{2,8}", fullmatch=True)
HOSTS = st.lists(LABELS, min_size=1, max_size=3).map(".".join)


@given(text=mixture(*PIECES))
@example(text="https://h/api/v1/api/v1")
@example(text="https://h/api//api/v1/")
@example(text="h/x/api/api")
@example(text="https://[fe80::1%25eth0]:8443/")
def test_a_base_that_is_written_down_is_read_as_the_same_base(text: str) -> None:
    try:
        base = parse_base_url(text, allow_http=True)
    except UsageError:
        return
    assert parse_base_url(str(base), allow_http=True) == base
    assert str(base).isascii() or not base.prefix.isascii()


@given(host=HOSTS, dot=st.sampled_from(["", "."]))
@example(host="\u212a.münchen.de", dot="")
@example(host="\u212aelvin.example.edu", dot="")
@example(host="FAß.de", dot="")
@example(host="\uff41.de", dot="")
@example(host="İ.de", dot=".")
def test_a_host_is_asked_for_by_the_name_that_was_typed_or_not_at_all(host: str, dot: str) -> None:
    try:
        base = parse_base_url(f"https://{host}{dot}")
    except UsageError:
        return
    assert base.host.isascii()
    assert not any(letter.lower().isascii() for letter in host if not letter.isascii())
    assert (base.host if host.isascii() else idna.decode(base.host)) == host.lower()


@given(
    host=PLAIN_HOSTS, port=st.integers(1, 65535), prefix=st.sampled_from(["", "/canvas", "/a/b"]), plain=st.booleans()
)
def test_scheme_port_and_path_are_kept(*, host: str, port: int, prefix: str, plain: bool) -> None:
    scheme = "http" if plain else "https"
    for tail in ("", "/", "/api/v1", "/api/v1/"):
        try:
            base = parse_base_url(f"{scheme}://{host}:{port}{prefix}{tail}", allow_http=True)
        except UsageError:
            return
        assert base == BaseUrl(scheme, host.lower(), port, prefix)


@given(host=HOSTS)
def test_a_token_goes_unencrypted_to_this_machine_alone(host: str) -> None:
    try:
        base = parse_base_url(f"http://{host}")
    except UsageError:
        return
    assert base.is_loopback
