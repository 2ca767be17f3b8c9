"""The exchange of a signed assertion for a token, with a simulated Canvas that believes nobody, through both doors."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from canvas_doors import BASE_URL, HandClock, Unread, mock_transport
from canvas_progress.canvas.client import Canvas, HttpOptions
from canvas_progress.canvas.lti.token import SCOPE, Grant, Tool, exchange
from canvas_progress.core.answers import Exchange
from canvas_progress.core.base_url import BaseUrl, parse_base_url
from canvas_progress.core.credentials import Access, LtiKey, Secret
from canvas_progress.core.errors import (
    AnswerError,
    CanvasProgressError,
    CredentialError,
    NetworkError,
    NotCanvasError,
    ServerError,
    ThrottledError,
    UsageError,
)
from canvas_progress.core.refs import Target
from canvas_progress.sandbox.faults import Fault, FaultKind
from canvas_progress.sandbox.installation import LtiTool, Scenario
from canvas_progress.sandbox.server import SandboxServer
from canvas_progress.sandbox.world import World
from cases import refused
from lti_tool import CLIENT_ID, KeyPair, installed, new_keys

KEY = LtiKey(CLIENT_ID, "/keys/tool.pem")


@dataclass
class Place:
    """A world and the way to it. `skew` is how many seconds our clock is ahead of the world's."""

    world: World
    base: BaseUrl
    wire: HttpOptions
    clock: HandClock
    exchanges: list[Exchange]
    pem: Secret = field(repr=False)
    skew: float = 0.0

    def buy(self, key: LtiKey = KEY, *, pem: str | None = None) -> Grant:
        return exchange(self.tool(key), Secret(pem) if pem else self.pem, self.wire, now=self._now)

    def tool(self, key: LtiKey = KEY) -> Tool:
        return Tool(self.base, key, "school")

    def refusal(self, key: LtiKey = KEY) -> CanvasProgressError:
        with pytest.raises(CanvasProgressError) as caught:
            self.buy(key)
        told = f"{caught.value.message} {caught.value.hint}"
        assert "eyJ" not in told
        assert "PRIVATE KEY" not in told
        return caught.value

    def statuses(self) -> list[int]:
        return [logged.status for logged in self.world.log]

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock() + self.skew, UTC)


@pytest.fixture(scope="module")
def keys() -> KeyPair:
    return new_keys()


@pytest.fixture
def registered(keys: KeyPair) -> LtiTool:
    return LtiTool(client_id=CLIENT_ID, public_key=keys.public)


@pytest.fixture(params=["mock", "socket"])
def canvas(request: pytest.FixtureRequest, keys: KeyPair) -> Iterator[Callable[[Scenario], Place]]:
    with contextlib.ExitStack() as doors:

        def open_door(scenario: Scenario) -> Place:
            world, clock, exchanges = World(scenario, token="token"), HandClock(), list[Exchange]()
            wire, url = HttpOptions(lambda: 0.0, exchanges.append), BASE_URL
            if request.param == "mock":
                wire = replace(wire, transport=mock_transport(world, clock))
            else:
                url = doors.enter_context(SandboxServer(world, clock=clock)).url
            base = parse_base_url(url, allow_http=True)
            return Place(world, base, wire, clock, exchanges, Secret(keys.private))

        yield open_door


@pytest.fixture
def place(canvas: Callable[[Scenario], Place], registered: LtiTool) -> Place:
    return canvas(installed(registered))


def bought(
    keys: KeyPair,
    transport: httpx.BaseTransport,
    url: str = "https://canvas.example.edu",
    clock: Callable[[], float] = lambda: 1000.0,
) -> Grant:
    """Buy through this transport."""
    wire = HttpOptions(lambda: 0.0, transport=transport)
    tool = Tool(parse_base_url(url), KEY, "school")
    return exchange(tool, Secret(keys.private), wire, now=lambda: datetime.fromtimestamp(clock(), UTC))


def answering(status: int, content: bytes = b"", **headers: str) -> Callable[[KeyPair], Grant]:
    """Return a function that buys from a server which always answers the same."""
    spelled = {name.replace("_", "-"): value for name, value in headers.items()}
    transport = Unread(lambda _: httpx.Response(status, headers=spelled, content=content))
    return lambda keys: bought(keys, transport)


def form_in(request: httpx.Request) -> dict[str, str]:
    return dict(httpx.QueryParams(request.read().decode()))


def test_the_token_that_was_bought_opens_the_progress(place: Place) -> None:
    grant = place.buy()
    assert grant.expires_in == 3600
    client = Canvas(Access(place.base, grant.secret, "school"), place.wire)
    assert client.read(Target("80", 80, place.base, course=5)).job.id == 80
    client.close()


def test_an_exchange_is_told_without_token_or_assertion(place: Place) -> None:
    grant = place.buy()
    told = place.exchanges[0]
    assert (told.method, told.path, told.status) == ("POST", "/login/oauth2/token", 200)
    assert told.cost is not None
    assert told.cost > 200
    assert "eyJ" not in repr(told) + repr(grant) + repr(place.tool())


@pytest.mark.parametrize("form", [serialization.PrivateFormat.PKCS8, serialization.PrivateFormat.TraditionalOpenSSL])
def test_both_ways_to_write_a_pem_file_will_do(place: Place, keys: KeyPair, form: serialization.PrivateFormat) -> None:
    assert place.buy(pem=keys.private_as(form)).expires_in == 3600


@pytest.mark.parametrize("skew", [-3600.0, -310.0, 35.0, 86_400.0])
def test_a_wrong_clock_is_put_right_by_the_answer_of_the_server(place: Place, skew: float) -> None:
    place.skew = skew
    assert place.buy().expires_in == 3600
    assert place.statuses() == [400, 200]


@pytest.mark.parametrize("skew", [-200.0, 25.0])
def test_a_clock_that_is_nearly_right_costs_no_second_request(place: Place, skew: float) -> None:
    place.skew = skew
    place.buy()
    assert place.statuses() == [200]


def test_an_unknown_client_is_told_where_its_number_is_and_not_asked_for_twice_whatever_the_clock(place: Place) -> None:
    place.skew = 3600.0
    error = place.refusal(replace(KEY, client_id="7"))
    assert place.statuses() == [401]
    assert isinstance(error, CredentialError)
    assert error.message == f"{place.base.netloc} knows no active developer key 7 (401: unknown client)"
    assert "Admin, Developer Keys" in str(error.hint)


def test_a_missing_scope_is_told_by_the_name_it_has_in_canvas(
    canvas: Callable[[Scenario], Place], registered: LtiTool
) -> None:
    error = canvas(installed(replace(registered, scopes=frozenset()))).refusal()
    assert isinstance(error, CredentialError)
    assert error.message.startswith(f"developer key {CLIENT_ID} has no scope for progress (400: A requested scope")
    assert "Can view Progress records" in str(error.hint)


def test_a_key_that_canvas_does_not_know_is_told_by_its_file(
    canvas: Callable[[Scenario], Place], registered: LtiTool
) -> None:
    error = canvas(installed(replace(registered, public_key=new_keys().public))).refusal()
    assert "does not take /keys/tool.pem for the key of developer key" in error.message
    assert error.message.endswith("(400: JWS signature invalid)")
    assert "Public JWK" in str(error.hint)


def test_a_key_from_a_url_goes_by_its_id(canvas: Callable[[Scenario], Place], registered: LtiTool) -> None:
    place = canvas(installed(replace(registered, key_id="2026")))
    assert "set `key_id`" in str(place.refusal().hint)
    assert "under the id `2025`" in str(place.refusal(replace(KEY, key_id="2025")).hint)
    assert place.buy(replace(KEY, key_id="2026")).expires_in == 3600


def test_a_key_url_that_canvas_cannot_read_is_told(canvas: Callable[[Scenario], Place], registered: LtiTool) -> None:
    error = canvas(installed(replace(registered, jwks_readable=False))).refusal(replace(KEY, key_id="k"))
    assert error.message.endswith("(400: JWK Error: Invalid JSON)")
    assert "JWKS URL" in str(error.hint)


def test_a_canvas_that_goes_by_another_name_wants_a_token_url(registered: LtiTool, keys: KeyPair) -> None:
    world, clock = World(installed(registered), token="token"), HandClock()
    transport = mock_transport(world, clock)  # which takes every request for unencrypted
    message, hint = refused(CredentialError, bought, keys, transport, clock=clock)
    assert "does not accept the audience https://canvas.example.edu/login" in message
    assert "`token_url`" in str(hint)


def test_the_fourth_token_in_a_row_is_throttled(place: Place) -> None:
    for _ in range(3):
        place.buy()
    error = place.refusal()
    assert isinstance(error, ThrottledError)
    assert error.message == f"{place.base.netloc} hands out no more tokens for the moment (403)"


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        (FaultKind.SERVER_ERROR, ServerError),
        (FaultKind.BAD_GATEWAY, ServerError),
        (FaultKind.HTML_PAGE, NotCanvasError),
        (FaultKind.LOGIN_REDIRECT, NotCanvasError),
        (FaultKind.DROPPED, NetworkError),
        (FaultKind.MALFORMED, AnswerError),
    ],
)
def test_whatever_goes_wrong_on_the_way_is_one_of_our_errors(
    canvas: Callable[[Scenario], Place], registered: LtiTool, kind: FaultKind, error: type[CanvasProgressError]
) -> None:
    place = canvas(replace(installed(registered), faults=(Fault(kind=kind, method="POST"),)))
    assert isinstance(place.refusal(), error)
    assert len(place.world.log) == 1


def test_the_500_that_canvas_has_for_a_broken_assertion_is_a_server_error(keys: KeyPair) -> None:
    with pytest.raises(ServerError, match="answered a token request with 500: Page Error"):
        answering(500, b"<html><title>Page Error</title>", content_type="text/html")(keys)


def test_a_server_that_tells_no_time_and_refuses_an_assertion_for_its_times_blames_the_clocks(keys: KeyPair) -> None:
    body = b'{"error":"invalid_request","error_description":"the \'iat\' must not be in the future"}'
    with pytest.raises(CredentialError, match="and this machine do not agree on the time") as caught:
        answering(400, body)(keys)
    assert caught.value.hint == "set the clock of this machine"


@pytest.mark.parametrize("status", [403, 429])
def test_both_ways_to_throttle_are_known(keys: KeyPair, status: int) -> None:
    body = f"{status} Forbidden (Rate Limit Exceeded)\n".encode()
    with pytest.raises(ThrottledError) as caught:
        answering(status, body, content_type="text/plain", retry_after="7")(keys)
    assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    ("status", "content", "error"),
    [
        (200, b"{}", AnswerError),
        (200, b'{"access_token":"a b"}', AnswerError),
        (200, b'{"access_token":7}', AnswerError),
        (404, b"{}", NotCanvasError),
        (400, b'{"error":"unsupported_grant_type"}', CredentialError),
        (400, b'{"error":"invalid_request","error_description":"news"}', CredentialError),
        (418, b"", CredentialError),
    ],
)
def test_answers_that_bring_no_token_are_errors(
    keys: KeyPair, status: int, content: bytes, error: type[CanvasProgressError]
) -> None:
    with pytest.raises(error, match=r"canvas\.example\.edu"):
        answering(status, content, content_type="application/json")(keys)


def test_an_assertion_that_the_server_quotes_is_not_quoted_by_us(keys: KeyPair) -> None:
    def echo(request: httpx.Request) -> httpx.Response:
        said = form_in(request)["client_assertion"]
        return httpx.Response(400, json={"error": "invalid_request", "error_description": said})

    with pytest.raises(CredentialError, match=r"\(400: …+\)$"):
        bought(keys, Unread(echo))


@pytest.mark.parametrize(
    ("life", "seconds"),
    [
        (b"3600", 3600.0),
        (b"60.5", 60.5),
        (b"0.5", 0.5),
        (b"0", 3600.0),
        (b"true", 3600.0),
        (b'"1"', 3600.0),
        (b"-1", 3600.0),
        (b"1" + b"0" * 400, 3600.0),
    ],
)
def test_a_lifetime_that_makes_no_sense_is_the_usual_one(keys: KeyPair, life: bytes, seconds: float) -> None:
    assert answering(200, b'{"access_token":"abc","expires_in":' + life + b"}")(keys).expires_in == seconds


@pytest.mark.parametrize(
    ("base", "token_url", "url", "audiences"),
    [
        ("https://a.example.edu", None, "https://a.example.edu/login/oauth2/token", 1),
        ("https://a.example.edu/lms", None, "https://a.example.edu/lms/login/oauth2/token", 2),
        ("https://a.example.edu", "https://SSO.canvaslms.com:443", "https://sso.canvaslms.com/login/oauth2/token", 1),
        ("https://a.example.edu", "https://b.org/login/oauth2/token", "https://b.org/login/oauth2/token", 1),
        ("http://localhost:3000", None, "http://localhost:3000/login/oauth2/token", 1),
    ],
)
def test_the_audience_is_the_address_that_is_asked(base: str, token_url: str | None, url: str, audiences: int) -> None:
    tool = Tool(parse_base_url(base), replace(KEY, token_url=token_url), "school")
    assert tool.token_url == tool.audiences[0] == url
    assert len(tool.audiences) == audiences


def test_behind_a_prefix_both_addresses_are_named(registered: LtiTool, keys: KeyPair) -> None:
    world, clock = World(installed(registered), token="token"), HandClock()
    inner = mock_transport(world, clock)

    def proxy(request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(path=request.url.path.removeprefix("/lms"))
        return inner.handle_request(request)

    assert bought(keys, Unread(proxy), "http://localhost:3000/lms", clock).expires_in == 3600


def test_a_token_url_may_not_be_unencrypted_where_the_canvas_is_not() -> None:
    tool = Tool(parse_base_url("https://a.example.edu"), replace(KEY, token_url="http://b.example.edu"), "school")
    with pytest.raises(UsageError, match="unencrypted"):
        _ = tool.token_url


def test_each_assertion_is_new_and_asks_for_the_one_scope(keys: KeyPair) -> None:
    forms: list[dict[str, str]] = []

    def handler(request: httpx.Request) -> httpx.Response:
        forms.append(form_in(request))
        return httpx.Response(200, json={"access_token": "abc"})

    for _ in range(2):
        bought(keys, Unread(handler))
    assert {form["scope"] for form in forms} == {SCOPE}
    claims = [jwt.decode(form["client_assertion"], options={"verify_signature": False}) for form in forms]
    assert claims[0].pop("jti") != claims[1].pop("jti")
    audience = "https://canvas.example.edu/login/oauth2/token"
    assert claims[0] == {"iss": CLIENT_ID, "sub": CLIENT_ID, "aud": audience, "iat": 1000, "exp": 1240}


def test_a_key_file_that_is_of_no_use_is_told_what_it_is(keys: KeyPair) -> None:
    elliptic = ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    cases = {
        "": ("no private key in PEM", "a PEM file starts with"),
        keys.public: ("no private key in PEM", "the public half"),
        '{"kty":"RSA"}': ("no private key in PEM", "JWK"),
        keys.private_as(serialization.PrivateFormat.OpenSSH): ("no private key in PEM", "ssh-keygen -p -m PEM"),
        keys.private_as(serialization.PrivateFormat.PKCS8, b"password"): ("is encrypted", "openssl pkey"),
        elliptic.decode(): ("not RSA", "openssl genrsa"),
        new_keys(1024).private: ("only 1024 bits", "openssl genrsa"),
    }
    tool = Tool(parse_base_url("canvas.example.edu"), KEY, "school")
    for pem, (message, hint) in cases.items():
        with pytest.raises(CredentialError, match=message) as caught:
            exchange(tool, Secret(pem), HttpOptions(lambda: 0.0), now=datetime.now)
        assert hint in str(caught.value.hint)
        assert caught.value.message.startswith(("/keys/tool.pem", "the RSA key in /keys/tool.pem"))


def test_without_the_library_the_extra_is_named(keys: KeyPair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "jwt", None)
    with pytest.raises(CredentialError) as caught:
        answering(200)(keys)
    assert "canvas-progress[lti]" in str(caught.value.hint)
