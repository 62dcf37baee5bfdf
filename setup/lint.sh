#!/usr/bin/env bash
# The linters of .pre-commit-config.yaml at the same versions, without pre-commit (which
# clones each of them). Changes nothing. Called by setup/test with LINT, the folder of
# the linters, and run in the checkout.

set -uo pipefail

failed=0

# The same as `exclude` in .pre-commit-config.yaml
EXCLUDED='^setup/|/static/description/index\.html$|\.svg$|^\.copier-answers\.yml$'
EXCLUDED+='|^(eslint|prettier)\.config\.cjs$|^README\.md$|/static/(src/)?lib/'
EXCLUDED+='|readme/.*\.(rst|md)$|/build/|/dist/|/tests/samples/|(LICENSE|COPYING)'

# What is committed or about to be; a tree that is no git checkout is taken whole.
files() {
    if git rev-parse --is-inside-work-tree >/dev/null 2>&1; then
        git ls-files --cached --others --exclude-standard
    else
        find . -type f -not -path './.*' | sed 's|^\./||'
    fi | grep -vE "$EXCLUDED" | grep -E "$1" | while read -r file; do
        [ ! -f "$file" ] || echo "$file" # deleted and not committed
    done
}

# check NAME PATTERN COMMAND...: the command gets the files that match the pattern.
check() {
    local name=$1 pattern=$2 found output
    shift 2
    mapfile -t found < <(files "$pattern")
    [ ${#found[@]} -gt 0 ] || return
    if output=$("$@" "${found[@]}" 2>&1); then
        echo "ok      $name (${#found[@]} files)"
    else
        printf 'FAILED  %s\n%s\n' "$name" "$output"
        failed=1
    fi
}

bin=$LINT/venv/bin
# prettier's and eslint's configurations ask for their plugins by name
export NODE_PATH=$LINT/node_modules
node_bin=$LINT/node_modules/.bin

check ruff '\.py$' "$bin/ruff" check --no-fix --no-cache --quiet
check ruff-format '\.py$' "$bin/ruff" format --check --no-cache --quiet
check pylint-odoo '^tip_mvno[^/]*/.*\.py$' "$bin/pylint" --rcfile=.pylintrc-mandatory
# what lies outside the addons may be a program that prints
check pylint-odoo '^(tests/.*|[^/]*)\.py$' "$bin/pylint" --rcfile=.pylintrc-mandatory \
    --disable=print-used
check oca-checks-odoo-module '/__manifest__\.py$' "$bin/oca-checks-odoo-module"
check oca-checks-po '\.pot?$' "$bin/oca-checks-po" --disable=po-pretty-format
check prettier '\.(css|html?|jsx?|json|less|md|scss|toml|ts|xml|ya?ml)$' \
    "$node_bin/prettier" --check --ignore-unknown --log-level=warn
check eslint '\.js$' "$node_bin/eslint" --max-warnings=-1 --quiet

exit $failed
