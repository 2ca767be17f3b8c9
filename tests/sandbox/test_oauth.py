"""The token endpoint of the simulated Canvas, through both doors: it trusts nobody, and refuses as Canvas does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import jwt
import pytest

from canvas_progress.sandbox.installation import Installation, LtiTool
from lti_tool import CLIENT_ID, SCOPE, KeyPair, new_keys

if TYPE_CHECKING:
    import httpx

    from canvas_doors import Canvas

Install = Callable[[Installation], "Canvas"]
_PATH = "/login/oauth2/token"


@pytest.fixture(scope="module")
def keys() -> KeyPair:
    return new_keys()


@pytest.fixture(scope="module")
def foreign() -> KeyPair:
    return new_keys()


@pytest.fixture
def tool(keys: KeyPair) -> LtiTool:
    return LtiTool(client_id=CLIENT_ID, public_key=keys.public)


@pytest.fixture
def tooled(installed: Install, tool: LtiTool) -> Canvas:
    canvas = installed(Installation(lti_tools=(tool,)))
    del canvas.client.headers["authorization"]
    return canvas


def _claims(canvas: Canvas) -> dict[str, Any]:
    now = int(canvas.clock())
    audience = str(canvas.client.base_url.join(_PATH))
    return {"iss": "us", "sub": CLIENT_ID, "aud": audience, "iat": now, "exp": now + 300, "jti": "1"}


def _post(canvas: Canvas, assertion: str, **changed: str) -> httpx.Response:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
        "scope": SCOPE,
    }
    return canvas.client.post(_PATH, data=form | changed)


def _exchange(canvas: Canvas, keys: KeyPair, **changed: Any) -> httpx.Response:  # noqa: ANN401  # a claim can be anything
    claims = {name: value for name, value in (_claims(canvas) | changed).items() if value is not None}
    return _post(canvas, jwt.encode(claims, keys.key, algorithm="RS256"))


def _refusal(answer: httpx.Response) -> tuple[int, str, str]:
    document = answer.json()
    assert set(document) == {"error", "error_description"}
    return answer.status_code, document["error"], document["error_description"]


def _show(canvas: Canvas, token: str) -> httpx.Response:
    return canvas.client.get("/api/lti/courses/5/progress/80", headers={"authorization": f"Bearer {token}"})


def _problem(answer: httpx.Response) -> str:
    assert (answer.status_code, answer.json()["errors"]["type"]) == (401, "unauthorized")
    return str(answer.json()["errors"]["message"])


def test_an_assertion_of_the_tool_gets_a_token_that_opens_its_progress_and_no_other_api(
    tooled: Canvas, keys: KeyPair
) -> None:
    answer = _exchange(tooled, keys)
    document = answer.json()
    assert (answer.status_code, document["token_type"], document["expires_in"]) == (200, "Bearer", 3600)
    assert document["scope"] == SCOPE
    assert _show(tooled, document["access_token"]).json()["id"] == 80
    elsewhere = tooled.get(80, authorization=f"Bearer {document['access_token']}")
    assert elsewhere.headers["www-authenticate"] == 'Bearer realm="canvas-lms"'


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"aud": ["https://elsewhere.example.edu", "own"]}, id="one of a list of audiences"),
        pytest.param({"iat": 1_799_999_700}, id="five minutes old"),
        pytest.param({"iat": 1_800_000_030}, id="half a minute early"),
    ],
)
def test_an_assertion_may_be(tooled: Canvas, keys: KeyPair, changed: dict[str, Any]) -> None:
    if "aud" in changed:
        changed = {"aud": [_claims(tooled)["aud"] if one == "own" else one for one in changed["aud"]]}
    assert _exchange(tooled, keys, **changed).status_code == 200


@pytest.mark.parametrize(
    ("changed", "description"),
    [
        ({"aud": "https://canvas.example.edu/login/oauth2/token/"}, "the 'aud' is invalid"),
        ({"iat": 1_799_999_699}, "the 'iat' must be less than 300 seconds old"),
        ({"iat": 1_800_000_031}, "the 'iat' must not be in the future"),
        ({"iat": "now"}, "the 'iat' must be a number"),
        ({"exp": 1_799_999_999}, "the JWT has expired"),
        ({"exp": True}, "the 'exp' must be a number"),
        ({"jti": None}, "the following assertions are missing: jti"),
        ({"iss": None, "exp": None}, "the following assertions are missing: exp,iss"),
        ({"exp": 1_799_999_999, "aud": []}, "the 'aud' is invalid | the JWT has expired"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_every_wrong_claim_is_an_invalid_request(
    tooled: Canvas, keys: KeyPair, changed: dict[str, Any], description: str
) -> None:
    assert _refusal(_exchange(tooled, keys, **changed)) == (400, "invalid_request", description)


def test_a_signature_of_another_key_or_none_is_invalid(tooled: Canvas, foreign: KeyPair) -> None:
    unsigned = jwt.encode(_claims(tooled), "", algorithm="none")
    answers = _exchange(tooled, foreign), _post(tooled, unsigned)
    assert {_refusal(answer) for answer in answers} == {(400, "invalid_request", "JWS signature invalid.")}
    assert float(answers[0].headers["x-request-cost"]) < 1  # a refusal costs no more than any request


def test_a_key_from_a_url_is_found_by_its_id_only(installed: Install, tool: LtiTool, keys: KeyPair) -> None:
    canvas = installed(Installation(lti_tools=(replace(tool, key_id="2026"),)))
    assert _refusal(_exchange(canvas, keys))[2] == "JWS signature invalid."
    named = jwt.encode(_claims(canvas), keys.key, algorithm="RS256", headers={"kid": "2026"})
    assert _post(canvas, named).status_code == 200


def test_a_key_url_that_cannot_be_read_is_reported(installed: Install, tool: LtiTool, keys: KeyPair) -> None:
    canvas = installed(Installation(lti_tools=(replace(tool, jwks_readable=False),)))
    assert _refusal(_exchange(canvas, keys)) == (400, "invalid_request", "JWK Error: Invalid JSON")


@pytest.mark.parametrize("active", [True, False])
def test_an_unknown_or_inactive_client_is_challenged(
    installed: Install, tool: LtiTool, keys: KeyPair, *, active: bool
) -> None:
    canvas = installed(Installation(lti_tools=(tool,), lti_key_active=active))
    answer = _exchange(canvas, keys, sub="7" if active else CLIENT_ID)
    assert _refusal(answer) == (401, "invalid_client", "unknown client")
    assert answer.headers["www-authenticate"] == "Canvas OAuth 2.0"


def test_a_scope_that_the_key_lacks_is_named(installed: Install, tool: LtiTool, keys: KeyPair) -> None:
    canvas = installed(Installation(lti_tools=(replace(tool, scopes=frozenset({"other"})),)))
    status, error, description = _refusal(_exchange(canvas, keys))
    assert (status, error) == (400, "invalid_scope")
    assert description.endswith(f"The following scopes were requested, but not granted: {SCOPE}")


def test_another_grant_or_another_proof_is_not_supported(tooled: Canvas, keys: KeyPair) -> None:
    assertion = jwt.encode(_claims(tooled), keys.key, algorithm="RS256")
    assert _refusal(_post(tooled, assertion, grant_type="password"))[:2] == (400, "unsupported_grant_type")
    assert _refusal(_post(tooled, assertion, client_assertion_type="x"))[:2] == (401, "invalid_client")
    by_secret = _post(tooled, assertion, client_assertion_type="x", client_id=CLIENT_ID)
    assert _refusal(by_secret)[2] == "assertion method not supported for this grant_type"


@pytest.mark.parametrize("assertion", ["", "no JWT", "a.b.c", "bnVsbA.bnVsbA.bnVsbA"])
def test_a_string_that_is_no_jwt_breaks_the_page(tooled: Canvas, assertion: str) -> None:
    answer = _post(tooled, assertion)
    assert (answer.status_code, answer.headers["content-type"]) == (500, "text/html; charset=utf-8")


def test_the_fourth_token_in_a_row_is_throttled_and_another_is_free_after_twenty_seconds(
    tooled: Canvas, keys: KeyPair
) -> None:
    answers = [_exchange(tooled, keys).status_code for _ in range(4)]
    assert answers == [200, 200, 200, 403]
    tooled.clock.advance(20)
    assert [_exchange(tooled, keys).status_code for _ in range(2)] == [200, 403]


def test_a_token_lasts_an_hour(tooled: Canvas, keys: KeyPair) -> None:
    token = _exchange(tooled, keys).json()["access_token"]
    tooled.clock.advance(3600)
    assert _show(tooled, token).status_code == 200
    tooled.clock.advance(1)
    assert _problem(_show(tooled, token)) == "Access token expired"


def test_a_forged_token_is_found_out_by_its_signature(tooled: Canvas, keys: KeyPair) -> None:
    token = _exchange(tooled, keys).json()["access_token"]
    claims = jwt.decode(token, options={"verify_signature": False})
    forged = jwt.encode(claims, "another secret of thirty-two bytes", algorithm="HS256")
    assert _problem(_show(tooled, forged)) == "Access token invalid - signature likely incorrect"


def test_a_token_without_the_scope_is_not_permitted(tooled: Canvas, keys: KeyPair) -> None:
    assertion = jwt.encode(_claims(tooled), keys.key, algorithm="RS256")
    assert _problem(_show(tooled, assertion)) == "Access token signature algorithm not allowed"  # it is no token itself
    token = _post(tooled, assertion, scope="").json()["access_token"]
    assert _problem(_show(tooled, token)) == "Insufficient permissions"


def test_a_token_of_another_host_is_refused_unless_it_is_one_for_all_accounts(tooled: Canvas, keys: KeyPair) -> None:
    def from_host(host: str) -> httpx.Response:
        claims = _claims(tooled) | {"aud": f"http://{host}{_PATH}"}
        tooled.client.headers["host"] = host
        token = _post(tooled, jwt.encode(claims, keys.key, algorithm="RS256")).json()["access_token"]
        del tooled.client.headers["host"]
        return _show(tooled, token)

    assert _problem(from_host("other.example.edu")) == "Invalid access token field/s: the 'aud' is invalid"
    assert from_host("sso.canvaslms.com").status_code == 200


def test_the_endpoint_is_for_posts_only(tooled: Canvas) -> None:
    assert tooled.client.get(_PATH).status_code == 404
