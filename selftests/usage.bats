#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# What plasmactl says of itself, and of a command line that is wrong. Needs no module:
#
#   PATH=build:$PATH LD_LIBRARY_PATH=build bats selftests/usage.bats

load plasmactl

readonly id=00112233445566778899aabbccddeeff00112233
readonly verbs='put get cat ls stat info rm wait watch refresh ns quota evict dump restore check'

setup() {
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	cd "$BATS_TEST_TMPDIR" || return
}

teardown() {
	:
}

@test "every verb explains itself" {
	local verb
	expect 0 plasmactl --help
	for verb in $verbs; do
		has "$output" $'\n'"  $verb "
	done
	for text in '0 done' '1 failed' '2 wrong usage' '3 not found' '4 full' '5 timed out' \
		'6 denied' '77 no module'; do
		has "${output//$'\n'/ }" "$text"
	done
	for verb in $verbs 'ns create' 'ns ls' 'ns rm' 'ns stat' 'ns set' 'quota ls'; do
		# shellcheck disable=SC2086 # a verb may be two words
		expect 0 plasmactl $verb --help
		[[ $output == "usage: plasmactl $verb"* ]]
		has "$output" --namespace
		equal "$errors" ''
	done
	expect 0 plasmactl help put
	has "$output" --replace
	expect 0 plasmactl --version
	[[ $output =~ ^plasmactl\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "wrong usage is exit status 2 and one line" {
	local line
	while read -r line; do
		# shellcheck disable=SC2086 # words
		expect 2 plasmactl $line
		one_error 'plasmactl'
		empty "$out"
	done <<-END

		frobnicate
		--frobnicate
		-x ls
		ls --frobnicate
		ls -o file
		ls a b
		get
		get a b
		get a -o
		get a --timeout soon
		get a --timeout -1
		put a b c
		put --id 12 file
		put --id ${id}00 file
		put $id file
		put --replace
		cat
		stat
		rm
		wait
		watch a
		watch --count 0
		watch --count x
		refresh
		quota
		quota frobnicate
		quota ls a
		dump
		dump a b
		restore
		restore a b
		put --metadata
		put --metadata - a
		evict
		evict much
		evict 1X
		evict -5
		evict 99999999999999999999999
		ns
		ns frobnicate
		ns create
		ns create a --capacity 1.2.3
		ns create a --mode 888
		ns create a --evict-percent 101
		ns set default
		help frobnicate
	END
}
