# SPDX-License-Identifier: GPL-2.0-only
#
# For plasmactl.bats: what its tests have in common.
#
# shellcheck disable=SC2154 # out and err are set by setup()

# A namespace for every test, gone with all its objects afterwards.
make_namespace() {
	NS="test $BATS_TEST_NUMBER"
	plasmactl ns create "$NS" --capacity "${1:-64M}"
}

# plasmactl in that namespace.
ctl() {
	plasmactl -n "$NS" "$@"
}

remove_namespaces() {
	local name
	plasmactl --json ns ls | jq -r '.namespaces[].name' | while read -r name; do
		[[ $name == default ]] || plasmactl -q ns rm --force "$name"
	done
	plasmactl -q --json ls | jq -r '.objects[].id' | xargs -r plasmactl -q rm
}

# Runs a function or command and asserts its exit status; $output is both
# streams, and $out and $err are the files with each of them.
expect() {
	local wanted=$1 got=0
	shift
	"$@" >"$out" 2>"$err" || got=$?
	output=$(cat "$out" "$err" | tr -d '\0')
	[[ $got -eq $wanted ]] && return
	echo "$*: exit status $got, not $wanted: $output" >&2
	return 1
}

# One line on stderr, "plasmactl: what: why; what to do", that has all of "$@".
one_error() {
	local line text
	line=$(cat "$err")
	[[ $(wc -l <"$err") -eq 1 && $line == plasmactl:\ *:\ *\;\ * ]] ||
		{ echo "not one error: $line" >&2; return 1; }
	for text; do
		[[ $line == *"$text"* ]] || { echo "no '$text' in: $line" >&2; return 1; }
	done
}

# json FILTER: the answer is JSON of which jq says true.
json() {
	jq -e "$@" "$out" >/dev/null && return
	echo "not: $* in:" >&2
	cat "$out" >&2
	return 1
}

equal() {
	[[ $1 == "$2" ]] && return
	printf 'got:    %s\nwanted: %s\n' "$1" "$2" >&2
	return 1
}

empty() {
	[[ ! -s $1 ]] || { echo "not empty: $(cat "$1")" >&2; return 1; }
}

# data BYTES FILE: as many bytes that follow no pattern, NULs among them.
data() {
	head -c "$1" /dev/urandom >"$2"
}

# Until a command succeeds, ten seconds at most.
eventually() {
	local i
	for ((i = 0; i < 200; i++)); do
		"$@" >/dev/null 2>&1 && return
		sleep 0.05
	done
	echo "never came true: $*" >&2
	return 1
}

# as UID GROUPS COMMAND...: without any privilege.
as() {
	setpriv --reuid "$1" --regid "$1" --groups "$2" --inh-caps=-all "${@:3}"
}

device_group() {
	stat -c %g /dev/plasma
}
