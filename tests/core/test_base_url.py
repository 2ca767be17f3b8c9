from __future__ import annotations

import pytest

from canvas_progress.core.base_url import base_in, parse_base_url, split_url
from canvas_progress.core.errors import UsageError
from cases import refused


@pytest.mark.parametrize(
    "text",
    [
        "canvas.example.edu",
        "https://canvas.example.edu",
        "https://canvas.example.edu/",
        "https://canvas.example.edu//",
        "https://canvas.example.edu/api",
        "https://canvas.example.edu/api/v1",
        "https://canvas.example.edu/api/v1/",
        "canvas.example.edu/api/v1",
        "HTTPS://Canvas.Example.EDU",
        "https://canvas.example.edu:443",
        "https://canvas.example.edu.",
        "  canvas.example.edu\n",
    ],
)
def test_every_spelling_of_one_canvas_is_the_same(text: str) -> None:
    assert str(parse_base_url(text)) == "https://canvas.example.edu"


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("https://example.edu/canvas/", "https://example.edu/canvas"),
        ("https://example.edu/canvas/api/v1", "https://example.edu/canvas"),
        ("example.edu/Canvas", "https://example.edu/Canvas"),
        ("https://example.edu/apis", "https://example.edu/apis"),
        ("https://example.edu/@ann", "https://example.edu/@ann"),
        ("canvas.example.edu:8443", "https://canvas.example.edu:8443"),
        ("https://[2001:db8::1]:8443", "https://[2001:db8::1]:8443"),
        ("https://canvas_dev.example.edu", "https://canvas_dev.example.edu"),
        ("https://bücher.example", "https://xn--bcher-kva.example"),
        ("https://BÜCHER.example", "https://xn--bcher-kva.example"),
        ("https://faß.example", "https://xn--fa-hia.example"),
    ],
)
def test_port_path_and_host_are_kept_and_foreign_letters_are_asked_for_as_dns_does(text: str, normal: str) -> None:
    assert str(parse_base_url(text)) == normal


@pytest.mark.parametrize(
    ("text", "canvas"),
    [
        ("https://canvas.example.edu/courses/7", "https://canvas.example.edu"),
        ("https://canvas.example.edu/courses/7/modules", "https://canvas.example.edu"),
        ("https://canvas.example.edu/login/canvas", "https://canvas.example.edu"),
        ("https://canvas.example.edu/login", "https://canvas.example.edu"),
        ("https://canvas.example.edu/profile/settings", "https://canvas.example.edu"),
        ("https://canvas.example.edu/api/v1/accounts/1/sis_imports", "https://canvas.example.edu"),
        ("https://example.edu/canvas/accounts/1", "https://example.edu/canvas"),
        ("https://example.edu/courses", "https://example.edu/courses"),
        ("https://example.edu/loginpage", "https://example.edu/loginpage"),
    ],
)
def test_the_canvas_of_a_page_is_what_its_address_begins_with(text: str, canvas: str) -> None:
    assert str(parse_base_url(text).without_page) == canvas


@pytest.mark.parametrize(
    "host", ["\uff53chool.example", "\ufb01ne.example", "school\u3002example", "\u212aiel.example", "\u2460.example"]
)
def test_a_host_that_would_have_to_be_changed_into_another_is_refused(host: str) -> None:
    message, hint = refused(UsageError, parse_base_url, f"https://{host}")
    assert message == f"`https://{host}` is not a URL of a Canvas"
    assert (hint or "").endswith("of a host in other letters, give the form that starts with xn--")


def test_the_origin_is_without_the_path() -> None:
    assert parse_base_url("https://example.edu:8443/canvas").origin == "https://example.edu:8443"


@pytest.mark.parametrize(
    "host",
    ["localhost", "LOCALHOST", "localhost.", "canvas.localhost", "127.0.0.1", "127.3.2.1", "[::1]", "localhost:3000"],
)
def test_plain_http_to_this_machine_is_taken(host: str) -> None:
    assert parse_base_url(f"http://{host}").is_loopback


@pytest.mark.parametrize(
    "host",
    [
        "canvas.example.edu",
        "localhost.example.edu",
        "notlocalhost",
        "127.0.0.1.example.edu",
        "10.0.0.1",
        "0.0.0.0",
        "[2001:db8::1]",
    ],
)
def test_plain_http_to_another_machine_is_refused(host: str) -> None:
    with pytest.raises(UsageError, match="would send the token unencrypted"):
        parse_base_url(f"http://{host}")


def test_plain_http_to_a_development_canvas_is_taken_when_allowed() -> None:
    assert str(parse_base_url("http://canvas.docker:80", allow_http=True)) == "http://canvas.docker"


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "https://",
        "https:///api/v1",
        "ftp://canvas.example.edu",
        "file:///etc/passwd",
        "https://canvas.example.edu:abc",
        "https://canvas.example.edu:0",
        "https://canvas.example.edu:99999",
        "https://[::1",
        "https://canvas example.edu",
        "https://canvas.example.edu\\evil.example",
        "https://canvas.example.edu/\x1b[2J",
    ],
)
def test_what_is_no_web_address_is_a_usage_error_that_shows_one(text: str) -> None:
    message, hint = refused(UsageError, parse_base_url, text)
    assert message.endswith("` is not a URL of a Canvas")
    assert hint == "it looks like https://canvas.example.edu"


@pytest.mark.parametrize("tail", ["?x=marked", "#marked", "/api/v1?t=marked"])
def test_a_query_or_fragment_is_refused_without_quoting_it(tail: str) -> None:
    url, _, _ = f"https://canvas.example.edu{tail}".replace("#", "?").partition("?")
    expected = (f"`{url}` is not a base URL", "leave out what follows `?` or `#`")
    assert refused(UsageError, parse_base_url, f"https://canvas.example.edu{tail}") == expected


@pytest.mark.parametrize("user", ["ann", "ann:secret", ":secret", ""])
@pytest.mark.parametrize("port", ["", ":99999"])
def test_a_user_name_in_the_url_is_refused_without_quoting_it(user: str, port: str) -> None:
    expected = ("a URL with a user name or password in it is refused", "leave out what is before the `@`")
    assert refused(UsageError, parse_base_url, f"https://{user}@canvas.example.edu{port}") == expected


@pytest.mark.parametrize("host", [".", "a..b", ".a", "x" * 64, "x" * 64 + ".example", "ü" * 70 + ".example"])
def test_a_host_with_an_empty_or_endless_label_is_refused(host: str) -> None:
    message, _ = refused(UsageError, parse_base_url, f"https://{host}/")
    assert message == f"`https://{host}/` is not a URL of a Canvas"


@pytest.mark.parametrize(
    ("path", "base"), [("", ""), ("/", ""), ("/lms", "/lms"), ("/lms//", "/lms"), ("/LMX", "/LMX")]
)
def test_the_base_of_a_longer_url_ends_where_its_api_begins(path: str, base: str) -> None:
    parts = split_url(f"https://example.edu{path}/api/v1/progress/5?of=ann@example.edu")
    assert str(base_in(parts, path)) == f"https://example.edu{base}"
