# What the machine itself must have. Sourced by bootstrap.sh.

# The first Python that Odoo 19 and the pins know, with what a venv needs.
find_python() {
    local candidate
    for candidate in python3 python3.13 python3.12 python3.11 /usr/bin/python3; do
        if "$candidate" -c '
import sys, ensurepip, venv
sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; then
            "$candidate" -c 'import sys; print(sys.executable)'
            return
        fi
    done
    return 1
}

# PostgreSQL's programs lie outside the PATH on Debian: the newest version's folder.
find_postgres() {
    local folder
    for folder in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -Vr) \
        $(dirname "$(command -v initdb)" 2>/dev/null); do
        if [ -x "$folder/initdb" ] && [ -x "$folder/pg_ctl" ]; then
            echo "$folder"
            return
        fi
    done
    return 1
}

find_browser() {
    local name
    for name in chromium chromium-browser google-chrome google-chrome-stable; do
        command -v "$name" && return
    done
    return 1
}

# eslint 9 sets the floor for node.
have_node() {
    command -v npm >/dev/null && node -e '
const [major, minor] = process.versions.node.split(".").map(Number);
process.exit(major > 18 || (major === 18 && minor >= 18) ? 0 : 1)' 2>/dev/null
}

# Debian packages that are missing for a purpose: missing_packages run|test
missing_packages() {
    find_python >/dev/null || echo python3 python3-venv
    find_postgres >/dev/null || echo postgresql
    if [ "$1" = test ]; then
        find_browser >/dev/null || echo chromium
        have_node || echo nodejs npm
    fi
}

# Make sure the system packages are there: root installs them, anybody else is told.
need_system() {
    local missing
    missing=$(missing_packages "$1" | xargs)
    if [ -n "$missing" ]; then
        command -v apt-get >/dev/null ||
            die "Missing on this machine: $missing (as Debian names them)." \
                "Install them with your system's package manager and run this again."
        [ "$(id -u)" = 0 ] ||
            die "System packages are missing. Please run, once:" "" \
                "    sudo apt-get update && sudo apt-get install -y $missing" "" \
                "and then this command again."
        say "installing $missing"
        install_packages $missing
        missing=$(missing_packages "$1" | xargs)
        [ -z "$missing" ] || die "Installed, and still not usable: $missing."
    fi
    PYTHON=$(find_python)
    PGBIN=$(find_postgres)
}

# wkhtmltopdf prints PDFs; newer Debians have none, and nothing else depends on it.
install_packages() {
    local optional=
    export DEBIAN_FRONTEND=noninteractive
    apt-get -qq update >&2
    if ! command -v wkhtmltopdf >/dev/null &&
        apt-cache -q policy wkhtmltopdf 2>/dev/null | grep 'Candidate: [0-9]' >/dev/null; then
        optional=wkhtmltopdf
    fi
    apt-get -qq -o DPkg::Lock::Timeout=600 install -y --no-install-recommends \
        -o Dpkg::Options::=--force-confold "$@" $optional >&2
}
