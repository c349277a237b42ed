#!/bin/sh
# Runs every fuzz target for some minutes, one after another, and writes a line
# a target: executions, inputs that reached new code, and whether it held.
#
#   bench/fuzz.sh                     ten minutes each
#   bench/fuzz.sh 2 FuzzCSV FuzzMask  two minutes each, these only
#
# FUZZ_LOG names the file the lines are added to (default fuzz.log beside the
# caller), FUZZ_PARALLEL the workers (default 1). What a target finds lies in
# its package's testdata/fuzz; exit 1 then.
set -eu
minutes=${1:-10}
[ $# -gt 0 ] && shift
log=$(realpath "${FUZZ_LOG:-fuzz.log}")
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cache=$(go env GOCACHE)/fuzz/tongtang
failed=0
for file in $(grep -rl --include='*_test.go' '^func Fuzz' . | sort); do
	dir=$(dirname "$file")
	for target in $(sed -n 's/^func \(Fuzz[A-Za-z0-9]*\)(.*/\1/p' "$file"); do
		case " $* " in
		"  " | *" $target "*) ;;
		*) continue ;;
		esac
		binary=$work/$(echo "$dir" | tr / _).test
		[ -x "$binary" ] || nice -n 19 go test -c -fuzz . -o "$binary" "$dir"
		out=$work/$target.out
		held=held
		# A seed corpus that fails, a crash, a hang and a found input all end the run with an error.
		(cd "$dir" && nice -n 19 "$binary" -test.run '^$' -test.fuzz "^$target\$" -test.fuzztime "${minutes}m" -test.fuzzminimizetime 2s \
			-test.parallel "${FUZZ_PARALLEL:-1}" -test.fuzzcachedir "$cache/$dir") >"$out" 2>&1 || { held=FAILED failed=1; }
		last=$(grep 'execs:' "$out" | tail -n 1 | sed 's/^fuzz: //')
		echo "$(date '+%F %T') $dir $target ${minutes}m $held: $last" >>"$log"
		[ $held = held ] || cat "$out" >>"$log"
	done
done
exit $failed
