# The environment: Odoo, a venv, the linters. Sourced by bootstrap.sh.
#
# ODOO_HOME, when set, names the Odoo to use instead of Debian's package: a source
# tree (odoo-bin, odoo/, addons/) or a folder of Python packages with odoo/ in it.

# Make sure a part exists and print nothing; PREFIX is its folder afterwards.
#   prefix NAME PINS BUILDER: PINS is a hash; BUILDER fills the folder $1
# The checkout remembers the folder, so that a run with another HOME finds it again.
# A venv cannot be moved, so a part is built in place and marked when complete.
prefix() {
    local name=$1 pins=$2 builder=$3 known=
    [ -f "$STATE/$name" ] && known=$(cat "$STATE/$name")
    PREFIX=$CACHE/$name-$pins
    if [ "${known##*/}" = "$name-$pins" ] && usable "$known"; then
        PREFIX=$known
    elif ! usable "$PREFIX"; then
        locked "$CACHE/$name.lock" build_prefix "$builder"
    fi
    mkdir -p "$STATE"
    [ "$known" = "$PREFIX" ] || echo "$PREFIX" >"$STATE/$name"
}

usable() { [ -f "$1/.complete" ] && "$1/venv/bin/python" -c '' 2>/dev/null; }

build_prefix() {
    usable "$PREFIX" && return # by the run that was waited for
    rm -rf "$PREFIX"
    mkdir -p "$PREFIX"
    "$1" "$PREFIX"
    touch "$PREFIX/.complete"
}

# --- Odoo and what it runs on: ODOO (a launcher's path), PY, ODOO_ADDONS, BASE ------

need_odoo() {
    local pins
    if [ -n "${ODOO_HOME:-}" ]; then
        ODOO_HOME=$(cd "$ODOO_HOME" && pwd -P)
        [ -d "$ODOO_HOME/odoo" ] ||
            die "ODOO_HOME=$ODOO_HOME holds no Odoo: expected a folder named odoo in it."
    fi
    pins=$(cat "$SETUP/requirements.txt" "$SETUP/debian.sh" - <<<"${ODOO_HOME:-}" | digest)
    prefix odoo "$pins" build_odoo
    BASE=$PREFIX
    PY=$BASE/venv/bin/python
    ODOO=$BASE/odoo-command
    ODOO_ADDONS=$(cat "$BASE/addons-path")
    # Byte code of Odoo and the addons is kept, but not beside the sources.
    export PYTHONPYCACHEPREFIX=$BASE/pycache
    unset PYTHONDONTWRITEBYTECODE
    export PATH=$BASE/venv/bin:$PATH
}

build_odoo() {
    local target=$1 packages
    if [ -n "${ODOO_HOME:-}" ]; then
        packages=$ODOO_HOME
    else
        say "downloading Odoo 19 from Debian"
        unpack_odoo "$target/debian"
        packages=$target/debian/usr/lib/python3/dist-packages
    fi
    say "making a Python environment with the pinned packages"
    "$PYTHON" -m venv "$target/venv"
    echo "$packages" >"$("$target/venv/bin/python" -c '
import sysconfig; print(sysconfig.get_path("purelib"))')/odoo-19.pth"
    # The pins are complete, and Debian's package names a psycopg2 that pip would
    # have to compile: so no resolving.
    "$target/venv/bin/python" -m pip install -qq --no-deps --no-compile \
        --requirement "$SETUP/requirements.txt" >&2
    printf '#!%s\nimport odoo.cli\n\nodoo.cli.main()\n' \
        "$target/venv/bin/python" >"$target/odoo-command"
    chmod +x "$target/odoo-command"
    "$target/venv/bin/python" - >"$target/addons-path" <<'PYTHON'
import os.path, odoo.release

if odoo.release.version_info[:2] != (19, 0):
    raise SystemExit(f"These addons need Odoo 19.0, this is {odoo.release.version}.")
root = os.path.dirname(os.path.dirname(odoo.release.__file__))
print(os.path.join(root, "addons") if os.path.isdir(root + "/addons/web")
      else os.path.join(root, "odoo", "addons"))
PYTHON
}

# --- The linters: LINT (their folder) ------------------------------------------------

need_linters() {
    local pins
    pins=$(cat "$SETUP/requirements-lint.txt" "$SETUP/node/package-lock.json" | digest)
    prefix lint "$pins" build_linters
    LINT=$PREFIX
}

build_linters() {
    say "installing the linters"
    "$PYTHON" -m venv "$1/venv"
    "$1/venv/bin/python" -m pip install -qq --no-deps --no-compile \
        --requirement "$SETUP/requirements-lint.txt" >&2
    cp "$SETUP/node/package.json" "$SETUP/node/package-lock.json" "$1/"
    (cd "$1" && npm ci --silent --no-audit --no-fund >&2)
}
