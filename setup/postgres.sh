# A private PostgreSQL for this checkout. Sourced by bootstrap.sh.
#
# For throw-away databases: it never waits for the disk. It listens on no network, only
# on a socket in a folder that nobody else can enter, which is why it asks for no
# password. It is started when needed and keeps running for the next command.

# Where it lives; everything here is derived, so nothing has to be remembered.
locate_postgres() {
    local name
    name=tip_mvno-$(printf %s "$CHECKOUT" | digest)
    if [ "$(id -u)" = 0 ]; then
        PGROOT=/var/lib/postgresql/$name
        PGSOCKET=$PGROOT
    else
        PGROOT=$STATE/postgresql
        # The checkout's path may be too long for a socket (107 bytes).
        PGSOCKET=/tmp/$name-$(id -u)
    fi
    unset PGDATABASE PGPASSWORD PGSERVICE PGOPTIONS
    export PGHOST=$PGSOCKET PGPORT=5432 PGUSER=odoo
    export PATH=$PGBIN:$PATH
}

# Run a server command as the user who owns the files.
as_owner() {
    if [ "$(id -u)" = 0 ]; then
        (cd / && exec runuser -u postgres -- "$@")
    else
        "$@"
    fi
}

postgres_answers() { psql -qXd postgres -c "SELECT 1" >/dev/null 2>&1; }

# Make sure it runs.
need_postgres() {
    locate_postgres
    postgres_answers || locked "$STATE/postgresql.lock" start_postgres
}

start_postgres() {
    postgres_answers && return
    private_folder "$PGROOT"
    private_folder "$PGSOCKET"
    [ -f "$PGROOT/data/.complete" ] || make_cluster
    forget_dead_server
    run_server && return
    # Without fsync a machine that lost its power may leave files beyond repair. Nothing
    # in them was meant to last.
    say "PostgreSQL does not start; its databases are set aside and made anew"
    as_owner tail -n 5 "$PGROOT/log" >&2 || true
    rm -rf "$PGROOT/data.broken"
    mv "$PGROOT/data" "$PGROOT/data.broken"
    make_cluster
    run_server || die "PostgreSQL does not start, see $PGROOT/log"
}

# A folder of the owner's that nobody else can enter, and that nobody else made.
private_folder() {
    if [ "$(id -u)" = 0 ]; then
        install -d -o postgres -g postgres -m 700 "$1"
    else
        mkdir -p -m 700 "$1"
        [ -O "$1" ] && [ ! -L "$1" ] || die "$1 belongs to somebody else."
        chmod 700 "$1"
    fi
}

make_cluster() {
    say "making a private PostgreSQL in $PGROOT"
    rm -rf "$PGROOT/data"
    as_owner "$PGBIN/initdb" --pgdata="$PGROOT/data" --username="$PGUSER" \
        --encoding=UTF8 --locale=C.UTF-8 --auth=trust --no-sync >/dev/null
    as_owner tee -a "$PGROOT/data/postgresql.conf" >/dev/null <<'CONF'
listen_addresses = ''
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 256MB
maintenance_work_mem = 128MB
max_wal_size = 2GB
fsync = off
full_page_writes = off
synchronous_commit = off
CONF
    as_owner touch "$PGROOT/data/.complete"
}

# After a crash postmaster.pid may name a process that is somebody else's by now, and a
# copied checkout brings the pid of the original's server.
forget_dead_server() {
    local file=$PGROOT/data/postmaster.pid pid
    pid=$(as_owner sed -n 1p "$file" 2>/dev/null) || return 0
    if ! tr '\0' '\n' 2>/dev/null <"/proc/$pid/cmdline" | grep -xF "$PGROOT/data" >/dev/null; then
        as_owner rm -f "$file"
        rm -f "$PGSOCKET/.s.PGSQL.$PGPORT" "$PGSOCKET/.s.PGSQL.$PGPORT.lock"
    fi
}

run_server() {
    as_owner "$PGBIN/pg_ctl" -D "$PGROOT/data" -l "$PGROOT/log" -w -t 60 -s \
        -o "-k '$PGSOCKET' -p $PGPORT" start >/dev/null </dev/null 2>&1 &&
        postgres_answers
}

# Whoever is connected is sent away. A dead server's file is no server.
stop_server() {
    forget_dead_server
    [ ! -f "$PGROOT/data/postmaster.pid" ] ||
        as_owner "$PGBIN/pg_ctl" -D "$PGROOT/data" -m immediate -w -t 60 -s stop
}
