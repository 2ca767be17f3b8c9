"""`list`: from options to a listing."""

from typing import Annotated

import typer

from canvas_progress.cli.options import Account, ColorWhen, Json, Output, ProfileName, Verbose, context_of


def list_(
    context: typer.Context,
    kind: Annotated[
        str,
        typer.Argument(metavar="KIND", help="sis_import, report:TYPE, or blueprint_sync:COURSE.", show_default=False),
    ],
    profile: ProfileName = None,
    account: Account = None,
    pending: Annotated[bool, typer.Option("--pending", help="Only those that have not ended yet.")] = False,
    limit: Annotated[
        int,
        typer.Option(
            "--limit", "-n", metavar="N", min=1, max=1000, help="Look at the N newest; default 10.", show_default=False
        ),
    ] = 10,
    output: Output = None,
    json: Json = False,
    verbose: Verbose = False,
    color: ColorWhen = None,
) -> int:
    """List the newest jobs of a kind, as Canvas has them."""
    from canvas_progress.actions.listing import ListPlan, collection_of, list_jobs
    from canvas_progress.composition.connections import connector

    here = context_of(context, profile, verbose, color)
    plan = ListPlan(here.output_format(output, json=json), limit, pending)
    return list_jobs(collection_of(kind, account), connector(here), here.terminal, plan)
