# Tab completion of canvas-progress for PowerShell.
# Written by `make completions` from tools/shells/powershell; do not change it here.
# The program itself is run for profiles and the ids of jobs alone.

Register-ArgumentCompleter -Native -CommandName canvas-progress -ScriptBlock {
    param($wordToComplete, $commandAst, $cursorPosition)

    # By command: what may follow it, with all names of an option in front of its description, after a tab.
    $commandsOf = @{
        '' = @{
            Commands = @(
                "show`tShow jobs as they are now."
                "watch`tWatch jobs until all have ended; the exit code says how."
                "cancel`tMark jobs as canceled, after a look at each."
                "list`tList the newest jobs of a kind, as Canvas has them."
                "recent`tList the jobs that this machine has seen."
                "demo`tWatch eight simulated jobs live, for twenty seconds."
                "profile`tManage the Canvases you work with."
                "sandbox`tRun a simulated Canvas on 127.0.0.1."
              )
            Options = @(
                "--profile -p`tUse this profile; ``sandbox`` is built in."
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--version`tPrint the version."
                "--install-completion`tInstall completion for the current shell."
                "--show-completion`tPrint completion for the current shell."
                "--help -h`tShow this message and exit."
              )
            Arguments = @(); Many = $false
        }
        'show' = @{
            Commands = @()
            Options = @(
                "--profile -p`tUse this profile; ``sandbox`` is built in."
                "--course`tUse the LTI endpoint of this course for plain ids."
                "--account`tThe account of a REF such as sis_import:77; default self."
                "--since`tTake the newest job of a kind only if it was created within this time: 30m, 6h."
                "--output -o`ttable (the default on a terminal), plain (the default elsewhere) or json."
                "--json`tShort for ``--output json``."
                "--exit-status`tExit with 3 for a failed job, 8 for a pending, 9 for a canceled one."
                "--strict`tLet a job that completed with warnings count as failed."
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @('@jobs'); Many = $true
        }
        'watch' = @{
            Commands = @()
            Options = @(
                "--profile -p`tUse this profile; ``sandbox`` is built in."
                "--course`tUse the LTI endpoint of this course for plain ids."
                "--account`tThe account of a REF such as sis_import:77; default self."
                "--latest`tWatch the newest job of a kind, such as sis_import."
                "--since`tTake the newest job of a kind only if it was created within this time: 30m, 6h."
                "--any`tStop when one job has completed, with exit code 0."
                "--fail-fast`tStop as soon as one job has failed or was canceled."
                "--timeout`tStop this long after the start, whatever goes on."
                "--stall-timeout`tGive up a job in which nothing changed for this long."
                "--give-up-after`tGive up after this long without a good answer; default 5m."
                "--exit-zero`tExit with 0 for failed and canceled jobs."
                "--strict`tLet a job that completed with warnings count as failed."
                "--output -o`ttable (the default on a terminal), plain (the default elsewhere) or json."
                "--json`tShort for ``--output json``."
                "--heartbeat`tWhere no bars are drawn: be silent no longer than this."
                "--exec`tRun this for each job that ends, its JSON on stdin. No shell."
                "--notify`tRing the bell at the end of the watch."
                "--interval`tPoll each job at this interval; by default it adapts to the job."
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @('@jobs'); Many = $true
        }
        'cancel' = @{
            Commands = @()
            Options = @(
                "--profile -p`tUse this profile; ``sandbox`` is built in."
                "--account`tThe account of a REF such as sis_import:77; default self."
                "--message -m`tThe message to leave; ``-`` reads stdin. Any text but ``canceled`` makes the job read as failed afterwards. [default: canceled]"
                "--yes -y`tSkip the confirmation."
                "--dry-run`tOnly say what would be done."
                "--force`tAlso for finished jobs, and those of others (Canvas refuses these)."
                "--wait`tRead on until the cancellation has held, or the job wrote over it."
                "--timeout`tStop this long after the start, whatever goes on; without it two minutes for each job."
                "--output -o`ttable (the default on a terminal), plain (the default elsewhere) or json."
                "--json`tShort for ``--output json``."
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @('@jobs'); Many = $true
        }
        'list' = @{
            Commands = @()
            Options = @(
                "--profile -p`tUse this profile; ``sandbox`` is built in."
                "--account`tThe account of a REF such as sis_import:77; default self."
                "--pending`tOnly those that have not ended yet."
                "--limit -n`tLook at the N newest; default 10. [1<=x<=1000]"
                "--output -o`ttable (the default on a terminal), plain (the default elsewhere) or json."
                "--json`tShort for ``--output json``."
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @('sis_import,report:,blueprint_sync:'); Many = $false
        }
        'recent' = @{
            Commands = @()
            Options = @(
                "--profile -p`tUse this profile; ``sandbox`` is built in."
                "--pending`tOnly those that have not ended yet."
                "--refresh`tFirst poll those that are pending."
                "--tag`tOnly jobs of this tag."
                "--outcome`tOnly those last seen like this."
                "--since`tOnly those seen within this time: 30m, 12h."
                "--limit -n`tList N at most; default 20. [x>=1]"
                "--forget`tForget all jobs."
                "--output -o`ttable (the default on a terminal), plain (the default elsewhere) or json."
                "--json`tShort for ``--output json``."
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @(); Many = $false
        }
        'demo' = @{
            Commands = @()
            Options = @(
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @(); Many = $false
        }
        'profile' = @{
            Commands = @(
                "add`tAdd a Canvas and a credential for it, or renew the credential."
                "list`tList the profiles; tokens are never shown."
                "use`tMake a profile the default one."
                "check`tProve that a credential works, and print who it is for."
                "remove`tForget a profile and its token."
              )
            Options = @(
                "--help -h`tShow this message and exit."
              )
            Arguments = @(); Many = $false
        }
        'profile add' = @{
            Commands = @()
            Options = @(
                "--url`tIts Canvas: https://canvas.example.edu [required]"
                "--token-stdin`tRead the token from standard input."
                "--token-env`tTake the token from this variable, each time."
                "--token-command`tTake the first line that this prints."
                "--store`tkeyring (the default), or file: as plain text."
                "--allow-http`tAllow http:// for a development Canvas."
                "--timeout`tGive a request up after this silence."
                "--ca-bundle`tTrust these authorities, not the system's."
                "--proxy`tReach it through a proxy."
                "--check --no-check`tProve the credential before it is stored. [default: check]"
                "--lti`tUse the key of an LTI tool instead of a token."
                "--client-id`tLTI: the developer key."
                "--key-file`tLTI: the tool's private key, in PEM."
                "--key-id`tLTI: its id in the JWKS."
                "--token-url`tLTI: where tokens come from, if not its Canvas."
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @('@stored'); Many = $false
        }
        'profile list' = @{
            Commands = @()
            Options = @(
                "--profile -p`tUse this profile; ``sandbox`` is built in."
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @(); Many = $false
        }
        'profile use' = @{
            Commands = @()
            Options = @(
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @('@stored'); Many = $false
        }
        'profile check' = @{
            Commands = @()
            Options = @(
                "--profile -p`tUse this profile; ``sandbox`` is built in."
                "--json`tPrint one JSON object."
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @('@profiles'); Many = $false
        }
        'profile remove' = @{
            Commands = @()
            Options = @(
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @('@stored'); Many = $false
        }
        'sandbox' = @{
            Commands = @(
                "serve`tRun the sandbox until Ctrl-C."
                "reset`tForget what happened to the sandbox's jobs: all of them start anew."
              )
            Options = @(
                "--help -h`tShow this message and exit."
              )
            Arguments = @(); Many = $false
        }
        'sandbox serve' = @{
            Commands = @()
            Options = @(
                "--port`t0: any free port. [default: 0; 0<=x<=65535]"
                "--token-env`tTake the token of this variable, not one that is made anew."
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @(); Many = $false
        }
        'sandbox reset' = @{
            Commands = @()
            Options = @(
                "--verbose -v`tReport each HTTP exchange on standard error."
                "--color`tauto (the default), always or never."
                "--help -h`tShow this message and exit."
              )
            Arguments = @(); Many = $false
        }
    }
    # By option: what its value may be; a flag is not here.
    $valuesOf = @{
        '--profile' = @('@profiles')
        '-p' = @('@profiles')
        '--color' = @('auto', 'always', 'never')
        '--course' = @('@text')
        '--account' = @('@text')
        '--since' = @('@text')
        '--timeout' = @('@text')
        '--stall-timeout' = @('@text')
        '--give-up-after' = @('@text')
        '--heartbeat' = @('@text')
        '--interval' = @('@text')
        '--message' = @('@text')
        '-m' = @('@text')
        '--limit' = @('@text')
        '-n' = @('@text')
        '--tag' = @('@text')
        '--url' = @('@text')
        '--token-env' = @('@text')
        '--proxy' = @('@text')
        '--client-id' = @('@text')
        '--key-id' = @('@text')
        '--token-url' = @('@text')
        '--port' = @('@text')
        '--output' = @('table', 'plain', 'json')
        '-o' = @('table', 'plain', 'json')
        '--latest' = @('sis_import', 'report:', 'outcome_import', 'blueprint_sync:')
        '--exec' = @('@programs')
        '--token-command' = @('@programs')
        '--outcome' = @('queued', 'running', 'waiting', 'completed', 'failed', 'canceled', 'gone', 'unknown', 'unread')
        '--store' = @('keyring', 'file')
        '--ca-bundle' = @('@files')
        '--key-file' = @('@files')
    }
    function Get-Names($option) { ($option -split "`t")[0] -split ' ' }

    $elements = @($commandAst.CommandElements | Where-Object { $_.Extent.EndOffset -lt $cursorPosition })
    $before = @($elements | Select-Object -Skip 1 | ForEach-Object { $_.Extent.Text.Trim("'", '"') })
    $command = ''; $given = @(); $profileName = ''; $place = 0; $ended = $false; $values = @()
    foreach ($word in $before) {
        if ($values) {
            if ($values[0] -eq '@profiles') { $profileName = $word }
            $values = @()
        }
        elseif (-not $ended -and $word -eq '--') { $ended = $true }
        elseif (-not $ended -and $word -clike '--*=*') {
            $given += ($word -split '=')[0]
            if ($given[-1] -ceq '--profile') { $profileName = $word.Substring($word.IndexOf('=') + 1) }
        }
        elseif (-not $ended -and $word -clike '--*') {
            $given += $word
            $values = @($valuesOf[$word])
        }
        elseif (-not $ended -and $word -clike '-?*') {
            # Short options such as -vp: the value of the last of them may follow, or be the rest.
            $letters = $word.Substring(1)
            while ($letters -and -not $values) {
                $given += '-' + $letters[0]
                $values = @($valuesOf['-' + $letters[0]] | Where-Object { $_ })
                $letters = $letters.Substring(1)
            }
            if ($letters) {
                if ($values -and $values[0] -eq '@profiles') { $profileName = $letters }
                $values = @()
            }
        }
        elseif ($commandsOf[$command].Commands -clike "$word`t*") {
            $command = "$command $word".Trim()
            $given = @()
        }
        else { $place += 1 }
        $values = @($values | Where-Object { $_ })
    }

    $current = $wordToComplete.Trim("'", '"'); $kept = ''; $type = 'ParameterValue'
    $arguments = @($commandsOf[$command].Arguments)
    if ($values) { }
    elseif (-not $ended -and $current -clike '--*=*') {
        $kept = $current.Substring(0, $current.IndexOf('=') + 1)
        $values = @($valuesOf[$kept.TrimEnd('=')])
    }
    elseif (-not $ended -and $current.Length -gt 2 -and $current -clike '-[!-]*' -and $valuesOf[$current.Substring(0, 2)]) {
        $kept = $current.Substring(0, 2)
        $values = @($valuesOf[$kept])
    }
    elseif (-not $ended -and $current -clike '-*') {
        $type = 'ParameterName'
        foreach ($option in $commandsOf[$command].Options) {
            $names = Get-Names $option
            if (-not ($names | Where-Object { $given -ccontains $_ })) {
                $values += $names | ForEach-Object { $_ + "`t" + ($option -split "`t")[1] }
            }
        }
    }
    elseif ($commandsOf[$command].Commands) { $values = $commandsOf[$command].Commands }
    elseif ($place -lt $arguments.Count) { $values = $arguments[$place] -split ',' }
    elseif ($commandsOf[$command].Many) { $values = $arguments[-1] -split ',' }

    $current = $current.Substring($kept.Length)
    switch ("$(@($values)[0])") {
        '@files' { return } # PowerShell offers the names of files where nothing else is offered
        '@text' { return }
        '@programs' { $values = (Get-Command "$current*" -CommandType Application).Name }
        { $_ -in '@jobs', '@profiles', '@stored' } {
            $Env:_CANVAS_PROGRESS_COMPLETE = $_.Substring(1)
            if ($profileName) { $Env:_CANVAS_PROGRESS_PROFILE = $profileName }
            try { $values = @(& $elements[0].Extent.Text $current 2> $null) }
            finally {
                Remove-Item Env:_CANVAS_PROGRESS_COMPLETE
                if ($profileName) { Remove-Item Env:_CANVAS_PROGRESS_PROFILE }
            }
        }
    }
    $values | Where-Object { $_ -and $_.StartsWith($current, [StringComparison]::Ordinal) } | ForEach-Object {
        $name, $description = $_ -split "`t"
        if (-not $description) { $description = $name }
        [System.Management.Automation.CompletionResult]::new($kept + $name, $name, $type, $description)
    }
}
