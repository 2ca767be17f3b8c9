# Tab completion of canvas-progress for fish.
# Written by `make completions` from tools/shells/fish; do not change it here.
# The program itself is run for profiles and the ids of jobs alone.

# Sets what may follow a command: `commands`, `options` with all names of one in front, `arguments`, `many`.
function __canvas_progress_command --no-scope-shadowing
    set commands
    set options
    set arguments
    set many
    switch "$argv[1]"
        case ''
            set commands \
                'show	Show jobs as they are now.' \
                'watch	Watch jobs until all have ended; the exit code says how.' \
                'cancel	Mark jobs as canceled, after a look at each.' \
                'list	List the newest jobs of a kind, as Canvas has them.' \
                'recent	List the jobs that this machine has seen.' \
                'demo	Watch eight simulated jobs live, for twenty seconds.' \
                'profile	Manage the Canvases you work with.' \
                'sandbox	Run a simulated Canvas on 127.0.0.1.'
            set options \
                '--profile -p	Use this profile; `sandbox` is built in.' \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--version	Print the version.' \
                '--install-completion	Install completion for the current shell.' \
                '--show-completion	Print completion for the current shell.' \
                '--help -h	Show this message and exit.'
            set arguments 
            set many 
        case 'show'
            set commands 
            set options \
                '--profile -p	Use this profile; `sandbox` is built in.' \
                '--course	Use the LTI endpoint of this course for plain ids.' \
                '--account	The account of a REF such as sis_import:77; default self.' \
                '--since	Take the newest job of a kind only if it was created within this time: 30m, 6h.' \
                '--output -o	table (the default on a terminal), plain (the default elsewhere) or json.' \
                '--json	Short for `--output json`.' \
                '--exit-status	Exit with 3 for a failed job, 8 for a pending, 9 for a canceled one.' \
                '--strict	Let a job that completed with warnings count as failed.' \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments '@jobs'
            set many yes
        case 'watch'
            set commands 
            set options \
                '--profile -p	Use this profile; `sandbox` is built in.' \
                '--course	Use the LTI endpoint of this course for plain ids.' \
                '--account	The account of a REF such as sis_import:77; default self.' \
                '--latest	Watch the newest job of a kind, such as sis_import.' \
                '--since	Take the newest job of a kind only if it was created within this time: 30m, 6h.' \
                '--any	Stop when one job has completed, with exit code 0.' \
                '--fail-fast	Stop as soon as one job has failed or was canceled.' \
                '--timeout	Stop this long after the start, whatever goes on.' \
                '--stall-timeout	Give up a job in which nothing changed for this long.' \
                '--give-up-after	Give up after this long without a good answer; default 5m.' \
                '--exit-zero	Exit with 0 for failed and canceled jobs.' \
                '--strict	Let a job that completed with warnings count as failed.' \
                '--output -o	table (the default on a terminal), plain (the default elsewhere) or json.' \
                '--json	Short for `--output json`.' \
                '--heartbeat	Where no bars are drawn: be silent no longer than this.' \
                '--exec	Run this for each job that ends, its JSON on stdin. No shell.' \
                '--notify	Ring the bell at the end of the watch.' \
                '--interval	Poll each job at this interval; by default it adapts to the job.' \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments '@jobs'
            set many yes
        case 'cancel'
            set commands 
            set options \
                '--profile -p	Use this profile; `sandbox` is built in.' \
                '--account	The account of a REF such as sis_import:77; default self.' \
                '--message -m	The message to leave; `-` reads stdin. Any text but `canceled` makes the job read as failed afterwards. [default: canceled]' \
                '--yes -y	Skip the confirmation.' \
                '--dry-run	Only say what would be done.' \
                '--force	Also for finished jobs, and those of others (Canvas refuses these).' \
                '--wait	Read on until the cancellation has held, or the job wrote over it.' \
                '--timeout	Stop this long after the start, whatever goes on; without it two minutes for each job.' \
                '--output -o	table (the default on a terminal), plain (the default elsewhere) or json.' \
                '--json	Short for `--output json`.' \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments '@jobs'
            set many yes
        case 'list'
            set commands 
            set options \
                '--profile -p	Use this profile; `sandbox` is built in.' \
                '--account	The account of a REF such as sis_import:77; default self.' \
                '--pending	Only those that have not ended yet.' \
                '--limit -n	Look at the N newest; default 10. [1<=x<=1000]' \
                '--output -o	table (the default on a terminal), plain (the default elsewhere) or json.' \
                '--json	Short for `--output json`.' \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments 'sis_import,report:,blueprint_sync:'
            set many 
        case 'recent'
            set commands 
            set options \
                '--profile -p	Use this profile; `sandbox` is built in.' \
                '--pending	Only those that have not ended yet.' \
                '--refresh	First poll those that are pending.' \
                '--tag	Only jobs of this tag.' \
                '--outcome	Only those last seen like this.' \
                '--since	Only those seen within this time: 30m, 12h.' \
                '--limit -n	List N at most; default 20. [x>=1]' \
                '--forget	Forget all jobs.' \
                '--output -o	table (the default on a terminal), plain (the default elsewhere) or json.' \
                '--json	Short for `--output json`.' \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments 
            set many 
        case 'demo'
            set commands 
            set options \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments 
            set many 
        case 'profile'
            set commands \
                'add	Add a Canvas and a credential for it, or renew the credential.' \
                'list	List the profiles; tokens are never shown.' \
                'use	Make a profile the default one.' \
                'check	Prove that a credential works, and print who it is for.' \
                'remove	Forget a profile and its token.'
            set options \
                '--help -h	Show this message and exit.'
            set arguments 
            set many 
        case 'profile add'
            set commands 
            set options \
                '--url	Its Canvas: https://canvas.example.edu [required]' \
                '--token-stdin	Read the token from standard input.' \
                '--token-env	Take the token from this variable, each time.' \
                '--token-command	Take the first line that this prints.' \
                '--store	keyring (the default), or file: as plain text.' \
                '--allow-http	Allow http:// for a development Canvas.' \
                '--timeout	Give a request up after this silence.' \
                '--ca-bundle	Trust these authorities, not the system\'s.' \
                '--proxy	Reach it through a proxy.' \
                '--check --no-check	Prove the credential before it is stored. [default: check]' \
                '--lti	Use the key of an LTI tool instead of a token.' \
                '--client-id	LTI: the developer key.' \
                '--key-file	LTI: the tool\'s private key, in PEM.' \
                '--key-id	LTI: its id in the JWKS.' \
                '--token-url	LTI: where tokens come from, if not its Canvas.' \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments '@stored'
            set many 
        case 'profile list'
            set commands 
            set options \
                '--profile -p	Use this profile; `sandbox` is built in.' \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments 
            set many 
        case 'profile use'
            set commands 
            set options \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments '@stored'
            set many 
        case 'profile check'
            set commands 
            set options \
                '--profile -p	Use this profile; `sandbox` is built in.' \
                '--json	Print one JSON object.' \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments '@profiles'
            set many 
        case 'profile remove'
            set commands 
            set options \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments '@stored'
            set many 
        case 'sandbox'
            set commands \
                'serve	Run the sandbox until Ctrl-C.' \
                'reset	Forget what happened to the sandbox\'s jobs: all of them start anew.'
            set options \
                '--help -h	Show this message and exit.'
            set arguments 
            set many 
        case 'sandbox serve'
            set commands 
            set options \
                '--port	0: any free port. [default: 0; 0<=x<=65535]' \
                '--token-env	Take the token of this variable, not one that is made anew.' \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments 
            set many 
        case 'sandbox reset'
            set commands 
            set options \
                '--verbose -v	Report each HTTP exchange on standard error.' \
                '--color	auto (the default), always or never.' \
                '--help -h	Show this message and exit.'
            set arguments 
            set many 
    end
end

# Sets `values` to what the value of an option may be; to nothing for a flag.
function __canvas_progress_values --no-scope-shadowing
    set values
    switch "$argv[1]"
        case --profile -p
            set values '@profiles'
        case --color
            set values 'auto' 'always' 'never'
        case --course --account --since --timeout --stall-timeout --give-up-after --heartbeat --interval --message -m --limit -n --tag --url --token-env --proxy --client-id --key-id --token-url --port
            set values '@text'
        case --output -o
            set values 'table' 'plain' 'json'
        case --latest
            set values 'sis_import' 'report:' 'outcome_import' 'blueprint_sync:'
        case --exec --token-command
            set values '@programs'
        case --outcome
            set values 'queued' 'running' 'waiting' 'completed' 'failed' 'canceled' 'gone' 'unknown' 'unread'
        case --store
            set values 'keyring' 'file'
        case --ca-bundle --key-file
            set values '@files'
    end
end

# Takes in the letters of short options such as -vp; the value of the last of them may follow, or be the rest.
function __canvas_progress_letters --no-scope-shadowing
    set -l letters (string split '' -- (string sub --start 2 -- $argv[1]))
    set values
    while set -q letters[1]; and not set -q values[1]
        set -a given -$letters[1]
        __canvas_progress_values -$letters[1]
        set -e letters[1]
    end
    set -q letters[1]; and __canvas_progress_value (string join '' -- $letters)
end

# Takes in the value of an option: that of `-p` decides what an id means.
function __canvas_progress_value --no-scope-shadowing
    test "$values[1]" = @profiles; and set profile $argv[1]
    set values
end

# Sets what comes before the word to complete: `command`, `given` options, the `profile` among them, `place` among the
# arguments, `ended` after a `--`, and `values` where an option waits for one.
function __canvas_progress_read --no-scope-shadowing
    __canvas_progress_command ''
    for word in $before
        if set -q values[1]
            __canvas_progress_value $word
        else if test -z "$ended"; and test "$word" = --
            set ended yes
        else if test -z "$ended"; and string match --quiet -- '--*=*' $word
            set -a given (string replace --regex -- '=.*' '' $word)
            __canvas_progress_values $given[-1]
            __canvas_progress_value (string replace --regex -- '^[^=]*=' '' $word)
        else if test -z "$ended"; and string match --quiet -- '--*' $word
            set -a given $word
            __canvas_progress_values $word
        else if test -z "$ended"; and string match --quiet -- '-?*' $word
            __canvas_progress_letters $word
        else if string match --quiet -- "$word"\t'*' $commands
            set command (string trim -- "$command $word")
            set given
            __canvas_progress_command $command
        else
            set place (math $place + 1)
        end
    end
end

# Prints the options that were not given yet, each with its description.
function __canvas_progress_options --no-scope-shadowing
    for option in $options
        set -l parts (string split \t -- $option)
        set -l names (string split ' ' -- $parts[1])
        set -l again
        for name in $names
            contains -- $name $given; and set again yes
        end
        test -z "$again"; and printf '%s\n' $names\t$parts[2]
    end
end

function __canvas_progress_completion
    set -l before (commandline -opc)
    set -l program $before[1]
    set -e before[1]
    set -l current (commandline -ct)
    set -l command
    set -l given
    set -l profile
    set -l place 1
    set -l ended
    set -l commands
    set -l options
    set -l arguments
    set -l many
    set -l values
    set -l kept
    __canvas_progress_read
    if set -q values[1]
        # an option waits for its value
    else if test -z "$ended"; and string match --quiet -- '--*=*' $current
        set kept (string replace --regex -- '=.*' '=' $current)
        __canvas_progress_values (string trim --right --chars = -- $kept)
    else if test -z "$ended"; and string match --quiet --regex -- '^-[^-].' $current
        set kept (string sub --length 2 -- $current)
        __canvas_progress_values $kept
    else if test -z "$ended"; and string match --quiet -- '-*' $current
        __canvas_progress_options
        return
    else if set -q commands[1]
        set values $commands
    else if set -q arguments[$place]
        set values (string split , -- $arguments[$place])
    else if test -n "$many"
        set values (string split , -- $arguments[-1])
    end
    set current (string sub --start (math (string length -- "$kept") + 1) -- "$current")
    switch "$values[1]"
        case @files
            set values (__fish_complete_path "$current")
        case @programs
            set values (__fish_complete_command)
        case @jobs @profiles @stored
            set -lx _CANVAS_PROGRESS_PROFILE $profile
            set values (_CANVAS_PROGRESS_COMPLETE=(string sub --start 2 -- $values[1]) $program "$current" 2>/dev/null)
        case @text ''
            return
    end
    printf '%s\n' "$kept"$values
end

complete --command canvas-progress --no-files --arguments '(__canvas_progress_completion)'
