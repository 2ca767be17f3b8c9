from __future__ import annotations

from typing import Any

import pytest

from canvas_progress.core.base_url import parse_base_url
from canvas_progress.core.files import address_of, file_in, is_signed, masked_link
from canvas_progress.core.wording import without_signatures
from cases import table

BASE = parse_base_url("https://example.edu/canvas")
FILE = "https://example.edu/files/7/download"


@table(
    "values found",
    {
        "an attachment": ({"attachment": {"url": FILE}}, FILE),
        "a file": ({"file": {"url": FILE}}, FILE),
        "beside other things": ({"count": 3, "download_url": FILE}, FILE),
        "an address": ({"url": FILE}, FILE),
        "an attachment before an address": ({"url": "https://example.edu", "attachment": {"url": FILE}}, FILE),
        "no address": ({"url": "soon"}, None),
        "another type": ({"url": 7, "attachment": [], "file": None}, None),
        "nothing": ({}, None),
    },
)
def test_the_file_that_an_answer_names_is_found(values: dict[str, Any], found: str | None) -> None:
    assert file_in(values) == found


@table(
    "link shown",
    {
        "as it is": (FILE, FILE),
        "a path, below the Canvas": ("/files/7/download", "https://example.edu/canvas/files/7/download"),
        "without what is signed": (f"{FILE}?download_frd=1&verifier=S3CRET", FILE),
        "without a fragment": (f"{FILE}#S3CRET", FILE),
        "of another host": ("https://inst-fs.example/x?token=S3CRET", "https://inst-fs.example/x"),
        "with its question mark escaped": (f"{FILE}%3Fverifier%3DS3CRET", f"{FILE}%3Fverifier%3D********"),
        "in its path": ("https://example.edu/verifier=S3CRET/x", "https://example.edu/verifier=********"),
        "with a user name": ("https://ann:S3CRET@example.edu/files/7", None),
        "what would run": ("javascript:alert(1)", None),
        "what a terminal could obey": ("https://example.edu/\x1b[2J", None),
        "with a space": ("https://example.edu/a b", None),
        "nothing": (None, None),
    },
)
def test_of_an_address_only_what_is_no_secret_is_shown(link: str | None, shown: str | None) -> None:
    assert address_of(link, BASE) == shown


def test_an_address_is_signed_where_it_has_more_than_is_shown() -> None:
    signed = (f"{FILE}?verifier=S3CRET", f"{FILE}%3Fsf_verifier%3DS3CRET", "https://inst-fs.example/x?token=S3CRET")
    assert all(map(is_signed, signed))
    assert not any(map(is_signed, (FILE, f"{FILE}?download_frd=1", "/files/7/download", None)))


@pytest.mark.parametrize("name", ["verifier", "sf_verifier", "X-Amz-Signature", "token"])
@pytest.mark.parametrize("sign", ["=", "%3D", "%3d", "%253D"])
def test_signatures_within_what_a_job_says_are_masked(name: str, sign: str) -> None:
    said = without_signatures(f'{{"url": "{FILE}?a=1&{name}{sign}S3CRET&b=2"}}')
    assert said == f'{{"url": "{FILE}?a=1&{name}{sign}********&b=2"}}'


def test_what_is_no_signature_stays() -> None:
    assert without_signatures("a token: none; verifier") == "a token: none; verifier"


@table(
    "link shown",
    {
        "as it is": (FILE, FILE),
        "a path": ("/files/7/download?verifier=S3CRET", "/files/7/download?********"),
        "a signature of any name": (f"{FILE}?download_frd=1&sig=S3CRET", f"{FILE}?********"),
        "a fragment": (f"{FILE}#S3CRET", f"{FILE}?********"),
        "an escaped question mark": (f"{FILE}%3Fverifier%3DS3CRET", f"{FILE}%3Fverifier%3D********"),
        "a user name": ("https://ann:S3CRET@example.edu/files/7", "********"),
    },
)
def test_of_an_address_in_a_repr_all_that_may_be_a_secret_is_masked(link: str, shown: str) -> None:
    assert masked_link(link) == shown
