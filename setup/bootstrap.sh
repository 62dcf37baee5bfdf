# Shared by setup/demo, setup/test and setup/odoo; sourced by bash, never run.
#
# From a bare machine to a running Odoo 19: system packages, the environment (Odoo,
# its Python packages, the linters), a private PostgreSQL. Every step looks first
# and does nothing when its work is already done, so that a second run needs no
# network and next to no time.
#
#   cache     ${XDG_CACHE_HOME:-~/.cache}/tip_mvno/<part>-<hash of its pins>
#   checkout  .run/: where the parts are, Odoo's configuration and files; PostgreSQL
#   root      PostgreSQL refuses to run as root: it runs as user postgres then, its
#             files in /var/lib/postgresql/tip_mvno-<hash of the checkout's path>

set -euo pipefail

CHECKOUT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
SETUP=$CHECKOUT/setup
STATE=$CHECKOUT/.run
CACHE=${XDG_CACHE_HOME:-${HOME:?HOME is not set}/.cache}/tip_mvno

say() { printf '>> %s\n' "$*" >&2; }

die() {
    printf '\n' >&2
    printf '%s\n' "$@" >&2
    exit 1
}

# A short name for some bytes: digest < FILE
digest() { sha256sum | cut -c1-12; }

# Run a command while nobody else does: locked NAME COMMAND...
# Descriptor 9 stays with this function: a daemon that inherited it would hold the
# lock for as long as it lives.
locked() {
    local lock=$1
    shift
    mkdir -p "$(dirname "$lock")"
    (
        if ! flock -n 9; then
            say "waiting for another run ($lock)"
            flock 9
        fi
        "$@" 9>&-
    ) 9>"$lock"
}

. "$SETUP/system.sh"
. "$SETUP/debian.sh"
. "$SETUP/prefix.sh"
. "$SETUP/postgres.sh"
. "$SETUP/database.sh"
