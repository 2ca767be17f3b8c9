"""`profile add`: from options to a profile."""

from typing import Annotated

import typer

from canvas_progress.cli.options import ColorWhen, Name, Verbose, context_of, value
from canvas_progress.core.credentials import Store


def add(
    context: typer.Context,
    name: Name,
    url: Annotated[str, value("--url", "URL", "Its Canvas: https://canvas.example.edu")],
    token_stdin: Annotated[bool, typer.Option("--token-stdin", help="Read the token from standard input.")] = False,
    token_env: Annotated[
        str | None, value("--token-env", "VAR", "Take the token from this variable, each time.")
    ] = None,
    token_command: Annotated[
        str | None, value("--token-command", "CMD", "Take the first line that this prints.")
    ] = None,
    store: Annotated[Store | None, value("--store", "WHERE", "keyring (the default), or file: as plain text.")] = None,
    allow_http: Annotated[bool, typer.Option("--allow-http", help="Allow http:// for a development Canvas.")] = False,
    timeout: Annotated[str | None, value("--timeout", "DUR", "Give a request up after this silence.")] = None,
    ca_bundle: Annotated[str | None, value("--ca-bundle", "FILE", "Trust these authorities, not the system's.")] = None,
    proxy: Annotated[str | None, value("--proxy", "URL", "Reach it through a proxy.")] = None,
    check: Annotated[bool, typer.Option("--check/--no-check", help="Prove the credential before it is stored.")] = True,
    lti: Annotated[bool, typer.Option("--lti", help="Use the key of an LTI tool instead of a token.")] = False,
    client_id: Annotated[str | None, value("--client-id", "ID", "LTI: the developer key.")] = None,
    key_file: Annotated[str | None, value("--key-file", "FILE", "LTI: the tool's private key, in PEM.")] = None,
    key_id: Annotated[str | None, value("--key-id", "KID", "LTI: its id in the JWKS.")] = None,
    token_url: Annotated[
        str | None, value("--token-url", "URL", "LTI: where tokens come from, if not its Canvas.")
    ] = None,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """Add a Canvas and a credential for it, or renew the credential. Without an option it asks for the token."""
    from canvas_progress.actions import profile as actions
    from canvas_progress.cli.credential_options import Given, credential_from, lti_key, only_one
    from canvas_progress.composition import connections
    from canvas_progress.core.base_url import parse_base_url
    from canvas_progress.core.credentials import Profile, Settings, checked_name
    from canvas_progress.core.durations import seconds

    here = context_of(context, None, verbose, color)
    terminal, stores = here.terminal, connections.stores(here)
    checked_name(name)
    stored = stores.file.load()  # a file that cannot be read is reported before the token is typed
    kept = next((known for known in stored.all if known.name == name), None)  # a renewed credential keeps its settings
    allow_http = allow_http or (kept is not None and kept.allow_http)
    given_base = parse_base_url(url, allow_http=allow_http)
    base = given_base.without_page
    if base != given_base:
        terminal.note(f"{given_base} is a page of {base}, which is taken as the Canvas")
    key = lti_key(lti, {"client_id": client_id, "key_file": key_file, "key_id": key_id, "token_url": token_url})
    given: Given = {
        "--token-stdin": token_stdin,
        "--token-env": token_env,
        "--token-command": token_command,
        "--lti": key,
    }
    only_one(given, store)
    before = kept.settings if kept else Settings()
    settings = Settings(
        timeout=seconds(timeout, "--timeout") or before.timeout,
        ca_bundle=before.ca_bundle if ca_bundle is None else ca_bundle,
        proxy=before.proxy if proxy is None else proxy,
    )
    credential, token = credential_from(given, store, stores, terminal)
    profile = Profile(name, base, credential, allow_http, settings)
    about = connections.connector(here).verify(profile, token) if check else None
    return actions.add(profile, token, stores, terminal, about=about)
