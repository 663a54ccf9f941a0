#!/usr/bin/env bash
# Builds, tests, runs and packs IoActors. `./build.sh help` lists what it does.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
configuration=Release
program=artifacts/ioactors

die() { echo "build.sh: $*" >&2; exit 2; }

need_sdk() {
    command -v dotnet >/dev/null 2>&1 \
        || die "the .NET SDK is missing: install dotnet-sdk-10.0 (https://dotnet.microsoft.com/download)."
    dotnet --version >/dev/null 2>&1 \
        || die "no .NET SDK of version 10.0 is installed (global.json asks for $(grep -o '"version": *"[^"]*"' global.json)); found: $(dotnet --list-sdks | cut -d' ' -f1 | paste -sd, || true)."
}

need_linux() {
    [ "$(uname -s)" = Linux ] || die "IoActors runs on Linux only; this is $(uname -s)."
}

# need_command NAME PACKAGE: says which Debian package brings a command that is missing.
need_command() {
    command -v "$1" >/dev/null 2>&1 || die "$1 is missing: install the Debian package $2 (apt-get install $2)."
}

build() {
    need_linux
    need_sdk
    local log
    log=$(mktemp)
    # Quiet unless something is wrong: the last lines of a failed build are what one wants to read.
    if ! dotnet build IoActors.sln --configuration "$configuration" --nologo --verbosity quiet >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        die "the build failed."
    fi
    if grep -q 'warning ' "$log"; then
        cat "$log" >&2
    fi
    rm -f "$log"
    publish_program
}

# The program's directory, and beside it the executable that starts it.
publish_program() {
    rm -rf artifacts/program
    dotnet publish IoActors.Service --configuration "$configuration" --no-build --nologo --verbosity quiet \
        --output artifacts/program || die "the program could not be published."
    cat >"$program" <<'EOF'
#!/bin/sh
# Starts the program ioactors.
here=$(dirname "$(readlink -f "$0")")
# .NET starts the thread of its compiler anew when it has rested, and ends the process if there is no descriptor for it.
export DOTNET_TC_BackgroundWorkerTimeoutMs="${DOTNET_TC_BackgroundWorkerTimeoutMs:-7FFFFFFF}"
exec "$here/program/IoActors.Service" "$@"
EOF
    chmod +x "$program"
}

# Lists what is public and not shipped yet, as the analyzer names it: what it misses when the lists are empty.
list_api() {
    need_linux
    need_sdk
    local project packed missing
    packed=$(grep -l '<IsPackable>true' */*.csproj | xargs -n1 dirname)
    for project in $packed; do
        echo '#nullable enable' >"$project/PublicAPI.Unshipped.txt"
    done
    missing=$(mktemp)
    for project in $packed; do
        dotnet build "$project" --configuration "$configuration" --no-incremental --nologo --verbosity quiet \
            -p:TreatWarningsAsErrors=false -p:BuildProjectReferences=true >"$missing" 2>&1 || { cat "$missing" >&2; die "$project does not build."; }
        { echo '#nullable enable'
          grep -F "/$project/$project.csproj]" "$missing" | sed -n "s/.*RS0016: Symbol '\(.*\)' is not part of the declared public API.*/\1/p" | LC_ALL=C sort -u
        } >"$project/PublicAPI.Unshipped.new"
        mv "$project/PublicAPI.Unshipped.new" "$project/PublicAPI.Unshipped.txt"
    done
    rm -f "$missing"
    wc -l $(printf '%s/PublicAPI.Unshipped.txt ' $packed)
}

usage() {
    cat <<'EOF'
./build.sh                   build everything (Release) and leave the program artifacts/ioactors
./build.sh test [FILTER]     build and run the tests whose full name contains FILTER; without one, all
./build.sh run [ARGS…]       build and run ioactors ARGS…; without any, `ioactors tour`
./build.sh pack              make the NuGet packages in artifacts/packages
./build.sh bench [--quick] [--only GLOB] [--json FILE] [--plot DIR] [--check]
                             measure beside fio, RandomAccess, Akka.IO, …; --help has the rest; micro: BenchmarkDotNet
./build.sh soak [MINUTES] [--seed N] [--backend B] [--loops N]
                             load and failures, every byte and reply checked; 10 minutes unless told
./build.sh api               list anew what is public: PublicAPI.Unshipped.txt of each package; the build fails where it is not
./build.sh clean             remove everything that was built
./build.sh help              this text
EOF
}

run_tests() {
    need_command gcc gcc
    [ -e /usr/include/linux/io_uring.h ] || die "linux/io_uring.h is missing: install the Debian package linux-libc-dev."
    build
    local filter=()
    [ $# -eq 0 ] || filter=(--filter "FullyQualifiedName~$1")
    dotnet test IoActors.sln --configuration "$configuration" --no-build --nologo \
        --logger "console;verbosity=normal" --logger "trx;LogFileName=tests.trx" \
        --results-directory artifacts/tests "${filter[@]}"
}

verb=${1:-build}
[ $# -eq 0 ] || shift
case "$verb" in
    build) build ;;
    test) run_tests "$@" ;;
    run) build; [ $# -gt 0 ] || set -- tour; exec "$program" "$@" ;;
    pack) need_linux; need_sdk; dotnet pack IoActors.sln --configuration "$configuration" --nologo --output artifacts/packages ;;
    bench) build; exec IoActors.Benchmarks/bin/"$configuration"/net10.0/IoActors.Benchmarks "$@" ;;
    soak) build; exec "$program" soak "$@" ;;
    api) list_api ;;
    clean) rm -rf artifacts ./*/bin ./*/obj samples/*/bin samples/*/obj ;;
    help|-h|--help) usage ;;
    *) usage >&2; die "there is no verb '$verb'." ;;
esac
