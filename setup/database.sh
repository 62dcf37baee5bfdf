# Odoo's configuration and its databases. Sourced by bootstrap.sh.

# Everything of ours that Odoo can install, in the order of their names.
our_addons() {
    local manifest
    for manifest in "$CHECKOUT"/*/__manifest__.py; do
        [ -f "$manifest" ] && basename "$(dirname "$manifest")"
    done | paste -sd,
}

# odoo.conf, for us and for whoever calls Odoo or pytest by hand: CONF is its path.
write_conf() {
    CONF=$STATE/odoo.conf
    mkdir -p "$STATE/data"
    cat >"$CONF.$$" <<CONF
[options]
addons_path = $ODOO_ADDONS,$CHECKOUT
data_dir = $STATE/data
db_host = $PGHOST
db_port = $PGPORT
db_user = $PGUSER
http_interface = 127.0.0.1
with_demo = False
workers = 0
CONF
    mv "$CONF.$$" "$CONF"
    export ODOO_RC=$CONF
}

# A free port of the loopback interface: the one asked for, else any.
free_port() {
    "$PY" - "${1:-0}" <<'PYTHON'
import socket, sys

for port in (int(sys.argv[1]), 0):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        print(probe.getsockname()[1])
        break
PYTHON
}

database_exists() {
    [ "$(psql -qXAtd postgres -v name="$1" <<<"SELECT 1 FROM pg_database WHERE datname = :'name'")" ]
}

drop_database() {
    dropdb --if-exists --force "$1" 2>/dev/null || true
    rm -rf "$STATE/data/filestore/${1:?}"
}

# copy_database FROM TO: the database and Odoo's files of it.
copy_database() {
    drop_database "$2"
    createdb --template="$1" "$2"
    if [ -d "$STATE/data/filestore/$1" ]; then
        cp -a "$STATE/data/filestore/$1" "$STATE/data/filestore/$2"
    fi
}

# Make sure there is a database with everything our addons stand on, in Portuguese, for a
# company in Brazil with the Brazilian chart of accounts, but without our addons. TEMPLATE
# is its name. It is made once for a set of pins and dependencies and a way of making it;
# each run takes a copy of it.
need_template() {
    local modules pins
    modules=$("$PY" - "$CHECKOUT" <<'PYTHON'
import ast, pathlib, sys

manifests = list(pathlib.Path(sys.argv[1]).glob("*/__manifest__.py"))
ours = {path.parent.name for path in manifests}
needed = {"base", "web", "l10n_br"}
for path in manifests:
    needed |= set(ast.literal_eval(path.read_text()).get("depends", ()))
print(",".join(sorted(needed - ours)))
PYTHON
    )
    pins=$(printf '%s\n' "$BASE" "$modules" "$(odoo_state)" \
        "$(declare -f make_template)" | digest)
    TEMPLATE=tpl_$pins
    database_exists "$TEMPLATE" ||
        locked "$STATE/template.lock" make_template "$modules"
}

# What tells one state of an ODOO_HOME from the next.
odoo_state() {
    [ -z "${ODOO_HOME:-}" ] || git -C "$ODOO_HOME" rev-parse HEAD 2>/dev/null ||
        stat -c %Y "$ODOO_HOME/odoo/release.py"
}

make_template() {
    database_exists "$TEMPLATE" && return
    local building=${TEMPLATE}_building old
    say "making the template database ($1)"
    # Two older ones are kept, for whoever goes back and forth between branches.
    for old in $(psql -qXAtd postgres -c "SELECT datname FROM pg_database
        WHERE datname ~ '^tpl_[0-9a-f]{12}$' ORDER BY oid DESC OFFSET 2"); do
        drop_database "$old"
    done
    drop_database "$building"
    createdb "$building"
    # as Odoo does with a database that it makes itself: its indexes of text need this
    psql -qXd "$building" -c "CREATE EXTENSION IF NOT EXISTS pg_trgm"
    "$ODOO" -d "$building" -i "$1" --load-language=pt_BR --stop-after-init \
        --no-http --max-cron-threads=0 --log-level=warn >"$STATE/template.log" 2>&1 ||
        die "The template database could not be made:" "$(tail -n 30 "$STATE/template.log")"
    # Odoo gives the company it comes with an American one.
    "$ODOO" shell -d "$building" --no-http --max-cron-threads=0 --log-level=warn \
        >"$STATE/template.log" 2>&1 <<'PYTHON' ||
env.company.country_id = env.ref("base.br")
env["account.chart.template"].try_loading("br", env.company, install_demo=False)
env.cr.commit()
PYTHON
        die "The Brazilian chart could not be loaded:" "$(tail -n 30 "$STATE/template.log")"
    if [ -d "$STATE/data/filestore/$building" ]; then
        rm -rf "$STATE/data/filestore/$TEMPLATE"
        mv "$STATE/data/filestore/$building" "$STATE/data/filestore/$TEMPLATE"
    fi
    psql -qXd postgres -c "ALTER DATABASE $building RENAME TO $TEMPLATE"
}
