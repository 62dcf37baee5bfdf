# Odoo 19 from Debian's package, unpacked and not installed: its Python dependencies
# belong to a newer Debian than the machine's. Sourced by bootstrap.sh.

# Odoo's fonts and some of its JavaScript are links into these packages.
ODOO_ASSETS="fonts-dejavu-core fonts-inconsolata fonts-roboto-unhinted
    libjs-jquery libjs-jquery-form libjs-underscore"

no_odoo() {
    die "$1" "Set ODOO_HOME to an Odoo 19.0 of your own (a source tree, or a folder" \
        "of Python packages that holds odoo/) and run this again."
}

# The mirror this machine uses itself, whatever the format of its configuration. Like
# every reader in a pipe here awk reads to the end: under pipefail a writer that meets a
# closed pipe fails the whole.
debian_mirror() {
    apt-get indextargets --format '$(COMPONENT) $(REPO_URI)' 'Identifier: Packages' |
        awk '!found && $1 == "main" && $2 ~ /\/debian\/?$/ { print $2; found = 1 }'
}

# Unpack Odoo and its assets into the folder $1. Needs no privilege: apt gets lists,
# cache and sources of its own. apt verifies what it downloads.
unpack_odoo() {
    local root=$1 work=$1.apt mirror codename package version
    command -v apt-get >/dev/null || no_odoo "This machine is not a Debian."
    mirror=$(debian_mirror)
    [ -n "$mirror" ] || no_odoo "apt on this machine knows no Debian mirror."
    codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-stable}")
    rm -rf "$work"
    mkdir -p "$root" "$work/lists/partial" "$work/cache/archives/partial"
    printf 'deb %s %s main\n' "$mirror" sid "$mirror" "$codename" | sort -u \
        >"$work/sources.list"
    local apt=(-qq -o "Dir::Etc::sourcelist=$work/sources.list"
        -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::Lists=$work/lists"
        -o "Dir::Cache=$work/cache" -o Acquire::Languages=none
        # a mirror frozen at some day is as good; signatures are checked all the same
        -o Acquire::Check-Valid-Until=false
        -o "APT::Sandbox::User=$(id -un)")
    apt-get "${apt[@]}" update >&2 || no_odoo "Debian's package lists could not be read."
    apt-cache "${apt[@]}" show odoo-19 >/dev/null 2>&1 ||
        no_odoo "$mirror offers no package odoo-19."
    # Odoo's style sheets are Font Awesome 4's; newer packages name the files differently.
    version=$(apt-cache "${apt[@]}" madison fonts-font-awesome |
        awk '!found && $3 ~ /really4\.7/ { print "=" $3; found = 1 }')
    (cd "$work" && apt-get "${apt[@]}" download odoo-19 $ODOO_ASSETS \
        "fonts-font-awesome$version" >&2) || no_odoo "Odoo could not be downloaded."
    for package in "$work"/*.deb; do
        dpkg -x "$package" "$root"
    done
    rm -rf "$work"
    complete_assets "$root/usr/lib/python3/dist-packages/odoo/addons"
}

# Debian leaves out a script whose source is not free (it blurs the background in video
# calls) but not its mention in the web client's bundle, where every page then logs an
# error that fails any browser test.
complete_assets() {
    local script=$1/mail/static/lib/selfie_segmentation/selfie_segmentation.js
    [ ! -d "$1/mail" ] || [ -e "$script" ] || {
        mkdir -p "$(dirname "$script")"
        echo "/* not in Debian's package */" >"$script"
    }
}
