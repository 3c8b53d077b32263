#!/usr/bin/env bash
# Runs all tests. The last line is "N passed, N failed, N skipped"; the exit code is 0 only when none failed and all projects ran.
set -uo pipefail
cd "$(dirname "$0")/.."

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT

# One project after another: tests measure time, and two at once would measure each other.
dotnet test Weir.slnx -c Release -nologo "$@" -m:1 --logger "trx;LogFilePrefix=weir" --results-directory "$results" -v quiet
code=$?

passed=0 failed=0 skipped=0
for file in "$results"/*.trx; do
    [ -e "$file" ] || continue
    counters=$(grep -o '<Counters [^>]*>' "$file" | head -1)
    count() { sed -n "s/.* $1=\"\([0-9]*\)\".*/\1/p" <<< "$counters"; }
    total=$(count total) executed=$(count executed) good=$(count passed)
    passed=$((passed + good))
    failed=$((failed + executed - good))
    skipped=$((skipped + total - executed))
done

[ "$failed" -eq 0 ] && [ "$code" -ne 0 ] && echo "dotnet test ended with $code" >&2
echo "$passed passed, $failed failed, $skipped skipped"
if [ "$code" -ne 0 ] || [ "$failed" -ne 0 ] || [ "$passed" -eq 0 ]; then exit 1; fi
