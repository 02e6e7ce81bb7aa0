#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# plasma-bench: that it measures, not what. Runs as root with the module loaded:
#
#   tools/vm/run --host -- bats selftests/bench.bats

load plasmactl

bench() {
	plasma-bench --quick --rounds 1 --objects 2000 --refs 200 "$@"
}

# holds FILTER: what a run printed is JSON of which that is true.
holds() {
	jq -es "length == 1 and (.[0] | $1)" "$out" >/dev/null && return
	echo "not so: $1: $(head -c 2000 "$out")" >&2
	return 1
}

@test "each row is measured, and the JSON says so" {
	local names
	expect 0 bench --json --peers shm
	holds 'type == "array"'
	holds 'all(.[]; (.kernel | test("^[0-9]+\\.[0-9]+$")) and .mode == "mttcg" and
		(.row | type) == "string" and (.unit | length) > 0 and has("value"))'
	# A value, or the reason why there is none.
	holds 'all(.[]; if .value == null then (.skipped | length) > 0
		else (.value | type) == "number" end)'
	holds 'all(.[]; has("error") or has("ns") | not)'
	holds '[.[] | select(.subject == "plasma" and .value == null) | .row] |
		all(.[]; startswith("apache-"))'
	holds '[.[] | select(.subject == "shm" and .value != null) | .row] |
		sort == ["peer-cycle", "peer-get", "peer-put-1k", "peer-put-1m"]'
	# The units themselves are rows only where they are counted.
	names=$(plasma-bench --list | awk '$1 != "null" && $1 != "memcpy-1m" { print $1 }')
	holds "[.[].row] | unique == ($(jq -Rs 'split("\n") | map(select(. != "")) | unique' \
		<<<"$names"))"
}

@test "a target is met or not, by the value" {
	expect 0 bench --json --rows contains,reread-faults,two-put
	holds 'length == 3'
	holds 'all(.[]; .met == (if .at_most != null then .value <= .at_most
		else .value >= .at_least end))'
}

@test "rows are chosen by name, or by the beginning of it" {
	expect 0 bench --json --rows put-64,delete
	holds '[.[].row] == ["put-64", "delete"]'
	expect 0 bench --json --rows read
	holds '[.[].row] == ["read-16m", "read-faults"]'
}

@test "the table has no times of an emulated processor" {
	expect 0 bench --rows contains
	[[ $output == *'only ratios mean anything'* ]]
	[[ $output == *'contains '*' N '* ]]
	[[ ! $output =~ [0-9]\ (ns|us) ]]
	expect 2 bench --rows contains --mode native
	[[ $errors == *emulated* ]]
}

@test "wrong usage" {
	expect 2 plasma-bench --rounds 0
	expect 2 plasma-bench --rounds x
	expect 2 plasma-bench --mode fast
	expect 2 plasma-bench --no-such-option
	expect 2 plasma-bench operand
}

@test "nothing is left in the store, and in /dev/shm" {
	expect 0 bench --json --rows put-1k,peer --peers shm,memfd
	expect 0 plasmactl --json ns ls
	holds '[.namespaces[].name] | sort == (["default", "'"$NS"'"] | sort)'
	[[ -z $(find /dev/shm -name 'plasma-bench*') ]]
}
