#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# plasmactl through its command line. Runs as root with the module loaded:
#
#   tools/vm/run --host -- bats selftests/plasmactl.bats
#
# PLASMA_KO names the module, for the test that unloads it.

load plasmactl

readonly id=00112233445566778899aabbccddeeff00112233
# --- module and device --------------------------------------------------------

@test "check: all is well" {
	expect 0 plasmactl check
	empty "$err"
	[[ $(grep -c ' yes ' "$out") -eq 6 ]]
	expect 0 plasmactl --json check
	json '[.checks[].ok] == [true, true, true, true, true, true]'
	json '[.checks[].check] ==
		["module", "device", "permission", "interface", "namespace", "object"]'
	expect 0 plasmactl -q check
	empty "$out"
	expect 0 plasmactl --json ls
	json '.objects == []'
}

@test "no device: exit status 77" {
	local verb
	hidden() {
		# shellcheck disable=SC2016 # for the inner shell
		unshare -m sh -c 'mount -t tmpfs none /dev && exec "$@"' sh "$@"
	}
	for verb in 'put a /etc/passwd' 'get a' ls info 'rm a' 'wait a' 'ns create a' \
		'evict 1' check; do
		# shellcheck disable=SC2086 # words
		expect 77 hidden plasmactl $verb
		one_error /dev/plasma
	done
	expect 77 hidden plasmactl --json check
	json '.checks[-1] | .check == "device" and .ok == false and (.fix | length > 0)'
}

@test "another device under its name" {
	another() {
		# shellcheck disable=SC2016 # for the inner shell
		unshare -m sh -c 'mount --bind /dev/null /dev/plasma && exec "$@"' sh "$@"
	}
	expect 1 another plasmactl ls
	one_error
	expect 1 another plasmactl check
	one_error 'check interface'
}

@test "no module: exit status 77" {
	local ko group
	ko=${PLASMA_KO:-$BATS_TEST_DIRNAME/../build/$(uname -r)/plasma.ko}
	[[ -r $ko ]] || skip "PLASMA_KO does not name the module"
	group=$(device_group)
	remove_namespaces
	rmmod plasma
	expect 77 plasmactl ls
	one_error 'load the module'
	expect 77 plasmactl check
	one_error 'check module' 'sudo '
	insmod "$ko"
	eventually test -c /dev/plasma
	chgrp "$group" /dev/plasma
	chmod 660 /dev/plasma
	expect 0 plasmactl check
}

@test "no permission: exit status 6" {
	local verb
	for verb in ls info 'put a /etc/passwd'; do
		# shellcheck disable=SC2086 # words
		expect 6 as 1000 1000 plasmactl $verb
		one_error
	done
	expect 6 as 1000 1000 plasmactl check
	one_error 'group plasma' 'usermod -aG plasma'
}

@test "namespaces keep users apart" {
	local group other
	group=$(device_group)
	echo mine | ctl put a
	plasmactl ns set "$NS" --mode 600
	expect 6 as 1000 "$group" plasmactl -n "$NS" ls
	one_error "$NS"
	expect 6 as 1000 "$group" plasmactl -n "$NS" check
	one_error 'check namespace'
	plasmactl ns set "$NS" --mode 604
	expect 0 as 1000 "$group" plasmactl -n "$NS" get a
	equal "$output" mine
	expect 6 as 1000 "$group" plasmactl -n "$NS" put b /etc/passwd
	one_error 'put b'
	expect 6 as 1000 "$group" plasmactl -n "$NS" rm a
	one_error 'rm a'
	expect 6 as 1000 "$group" plasmactl -n "$NS" evict 1
	expect 6 as 1000 "$group" plasmactl ns set "$NS" --mode 666
	one_error owner
	expect 6 as 1000 "$group" plasmactl ns rm "$NS"
	other=$(as 1000 "$group" plasmactl --json ns stat "$NS")
	equal "$(jq -r '.namespaces[0].access' <<<"$other")" r
	# What is owned by another is his to change.
	plasmactl ns set "$NS" --owner 1000:1001
	expect 0 as 1000 "$group" plasmactl ns set "$NS" --mode 606
	expect 0 as 1000 "$group" plasmactl -n "$NS" rm a
	expect 0 plasmactl --json ns stat "$NS"
	json '.namespaces[0] | .uid == 1000 and .gid == 1001 and .mode == "0606"'
}

# --- put and get --------------------------------------------------------------

@test "put and get are byte-exact for sizes around every boundary" {
	local size
	for size in 0 1 64 4095 4096 4097 65536 65537 2097152 9000001; do
		data "$size" in
		ctl put --replace "by file" in
		expect 0 ctl get "by file"
		cmp in "$out"
		# shellcheck disable=SC2002 # a pipe is meant
		cat in | ctl put --replace "by pipe" -
		ctl get "by pipe" -o copy
		cmp in copy
	done
	expect 0 ctl --json stat "by file" "by pipe"
	json '[.objects[].data_size] == [9000001, 9000001]'
	ctl rm "by file" "by pipe"
	expect 0 plasmactl --json ns stat "$NS"
	json '.namespaces[0] | .used == 0 and .objects == 0'
}

@test "put without a name prints the id it chose" {
	local first second
	data 5000 in
	first=$(ctl put <in)
	second=$(ctl put - <in)
	[[ $first =~ ^[0-9a-f]{40}$ && $second =~ ^[0-9a-f]{40}$ && $first != "$second" ]]
	expect 0 ctl get "$first"
	cmp in "$out"
	expect 0 ctl put --id random in
	expect 0 ctl get "$(<"$out")"
	cmp in "$out"
}

@test "put --id" {
	data 5000 in
	expect 0 ctl put --id "$id" in
	empty "$out"
	expect 0 ctl get "$id"
	cmp in "$out"
	expect 0 ctl get "${id^^}"
	cmp in "$out"
	expect 1 ctl put --id "$id" in
	one_error "put $id" exists
}

@test "put --json" {
	data 5000 in
	expect 0 ctl --json put name in
	json '.objects | length == 1'
	json '.objects[0] | .name == "name" and .data_size == 5000 and .state == "sealed"
		and (.id | test("^[0-9a-f]{40}$"))'
	expect 0 ctl put --json - <in
	json '.objects[0].name == null'
}

@test "put and get --metadata" {
	data 5000 in
	data 3000 metadata
	ctl put --metadata metadata a in
	expect 0 ctl get a
	cmp in "$out"
	expect 0 ctl get a --metadata
	cmp metadata "$out"
	# shellcheck disable=SC2002 # a pipe is meant
	cat metadata | ctl put --metadata - b in
	ctl get b --metadata -o copy
	cmp metadata copy
	expect 0 ctl --json ls
	json '[.objects[] | .data_size, .metadata_size] == [5000, 3000, 5000, 3000]'
	expect 1 ctl put --metadata /no/such/file c in
	one_error /no/such/file
	expect 1 ctl put --metadata /dev/zero c in
	one_error /dev/zero
	head -c 20000000 /dev/zero >large
	expect 1 ctl put --metadata large c in
	one_error 'put c'
	expect 3 ctl stat c
}

@test "a file of no known size, and a stream that is seekable" {
	ctl put status /proc/self/status
	expect 0 ctl cat status
	grep -q '^Name:.plasmactl' "$out"
	data 10000 in
	# From where the shell left it.
	{ head -c 4096 >/dev/null; ctl put rest; } <in
	expect 0 ctl cat rest
	equal "$(wc -c <"$out")" "$(ctl --json stat rest | jq '.objects[0].data_size')"
	tail -c "$(wc -c <"$out")" in | cmp - "$out"
	expect 1 ctl put a /no/such/file
	one_error /no/such/file
	expect 1 ctl put a /etc
	one_error /etc directory
	expect 3 ctl stat a
}

@test "streams of unknown length" {
	mkdir tree
	data 3000000 tree/a
	data 1 tree/b
	tar c tree | ctl put archive -
	mv tree before
	ctl get archive | tar x
	diff -r before tree
	# In pieces, and larger than what put begins with.
	for _ in 1 2 3 4 5; do
		cat before/a
		sleep 0.1
	done | ctl put pieces
	expect 0 ctl get pieces
	cat before/a before/a before/a before/a before/a | cmp - "$out"
	expect 0 ctl --json stat pieces
	json '.objects[0].data_size == 15000000'
	# No more memory than the size asks for, but for the rest of a huge page.
	json '.objects[0].pages <= 15000000 / 4096 + 512'
	: | ctl put nothing
	expect 0 ctl get nothing
	empty "$out"
}

@test "a name that is taken" {
	echo old | ctl put a
	expect 1 ctl put a /etc/passwd
	one_error 'put a' --replace
	expect 0 ctl get a
	equal "$output" old
	echo new | ctl put --replace a
	expect 0 ctl get a
	equal "$output" new
	expect 0 ctl --json ls
	json '.objects | length == 1'
	echo first | ctl put --replace b
	expect 0 ctl get b
	equal "$output" first
	# A bad name is found out before the data is read.
	expect 1 ctl put --replace $'a\tb' /dev/zero
	one_error
}

@test "who reads what is replaced reads on" {
	data 5000000 old
	data 5000000 new
	ctl put a old
	mkfifo pipe
	ctl get a >pipe &
	exec 5<pipe
	head -c 1 <&5 >/dev/null
	ctl put --replace a new
	expect 0 ctl get a
	cmp new "$out"
	cat <&5 >rest
	exec 5<&-
	wait
	tail -c "$(wc -c <rest)" old | cmp - rest
	[[ $(wc -c <rest) -gt 4000000 ]]
	expect 0 ctl --json ls
	json '.objects | length == 1'
}

@test "readers of a name that is replaced again and again see one or the other" {
	local i
	head -c 300000 /dev/zero | tr '\0' a | ctl put a
	(
		for i in {1..15}; do
			head -c 300000 /dev/zero | tr '\0' "$((i % 10))" |
				ctl put --replace a
		done
		touch finished
	) &
	while [[ ! -e finished ]]; do
		ctl get a >copy
		equal "$(wc -c <copy)" 300000
		equal "$(fold -w 1000 copy | sort -u | wc -l)" 1
	done
	wait
}

@test "put that is killed leaves nothing" {
	mkfifo pipe
	# Not by ctl: $! is to be plasmactl itself.
	plasmactl -n "$NS" put a - <pipe &
	exec 5>pipe
	head -c 3000000 /dev/zero >&5
	eventually ctl stat a
	expect 0 ctl --json stat a
	json '.objects[0].state == "created"'
	expect 3 ctl get a
	one_error 'not sealed'
	expect 1 ctl put a /etc/passwd
	kill -9 $!
	wait $! || true
	exec 5>&-
	expect 3 ctl stat a
	expect 0 plasmactl --json ns stat "$NS"
	json '.namespaces[0] | .objects == 0 and .used == 0 and .names == 0'
	expect 0 ctl put a /etc/passwd
}

@test "put that is killed at any moment leaves nothing or all" {
	local i count
	data 200000 new
	echo old | ctl put a
	for i in {1..12}; do
		plasmactl -n "$NS" put --replace a new &
		sleep "0.$((RANDOM % 30 + 10))"
		kill -9 $! 2>/dev/null || true
		wait $! || true
		# By name, and nothing else that is not reached by name.
		ctl get a >copy
		[[ $(cat copy) == old ]] || cmp new copy
		count=$(plasmactl --json ns stat "$NS" |
			jq '.namespaces[0] | [.objects, .sealed, .names, .in_use] | join(" ")')
		equal "$count" '"1 1 1 0"'
	done
}

@test "get -o: a file that is complete or not there" {
	data 3000000 in
	ctl put a in
	(umask 027 && ctl get a -o copy)
	cmp in copy
	equal "$(stat -c %a copy)" 640
	chmod 604 copy
	ln -s copy link
	ctl put --replace a /etc/passwd
	ctl get a -o link
	cmp /etc/passwd copy
	[[ -L link ]]
	equal "$(stat -c %a copy)" 604
	expect 3 ctl get missing -o none
	[[ ! -e none ]]
	expect 1 ctl get a -o /no/such/dir/file
	one_error /no/such/dir/file
	expect 1 ctl get a -o .
	one_error
	expect 0 ctl get a -o -
	cmp /etc/passwd "$out"
	expect 0 ctl get a -o /dev/null
	[[ -c /dev/null ]]
	equal "$(find . -name '*.??????' | wc -l)" 0
}

@test "get to a disk that is full keeps the old file and nothing else" {
	mkdir disk
	mount -t tmpfs -o size=1m none disk
	echo before >disk/file
	data 3000000 in
	ctl put a in
	expect 1 ctl get a -o disk/file
	one_error disk/file 'No space left' 'make room'
	equal "$(cat disk/file)" before
	equal "$(ls disk)" file
	expect 1 ctl get a -o /dev/full
	one_error /dev/full
}

@test "get of more than the shell allows keeps no file" {
	data 3000000 in
	ctl put a in
	mkdir empty
	expect 1 sh -c "ulimit -f 100; plasmactl -n '$NS' get a -o empty/file"
	one_error empty/file 'too large'
	equal "$(ls empty)" ''
}

@test "get -o: the owner stays, and what nobody else may have made goes" {
	printf new | ctl put a
	echo old >file
	chown 1234:1235 file
	chmod 6751 file
	ctl get a -o file
	equal "$(stat -c '%u %g %a' file)" '1234 1235 751'
	equal "$(cat file)" new
}

@test "get -o /dev/stdout and /dev/fd/N leave what is there" {
	printf middle | ctl put a
	{ printf 'head '; ctl get a -o /dev/stdout; printf ' tail'; } >file
	equal "$(cat file)" 'head middle tail'
	printf 'log ' >file
	ctl get a -o /dev/fd/7 7>>file
	ctl get a -o /proc/self/fd/7 7>>file
	equal "$(cat file)" 'log middlemiddle'
	expect 1 ctl get a -o /dev/fd/99
	one_error /dev/fd/99
	equal "$(find . -name '*.??????' | wc -l)" 0
}

@test "standard input or output that is closed is an error" {
	echo metadata >metadata
	expect 1 sh -c "plasmactl -n '$NS' put a --metadata metadata - <&-"
	one_error 'standard input'
	expect 0 ctl -q ls
	empty "$out"
	echo x | ctl put a
	expect 1 sh -c "plasmactl -n '$NS' ls >&-"
	one_error 'standard output'
	expect 1 sh -c "plasmactl -n '$NS' cat a >&-"
	one_error 'standard output'
}

@test "put whose id cannot be told leaves nothing" {
	data 1000 in
	expect 1 sh -c "plasmactl -n '$NS' put - <in >/dev/full"
	one_error 'standard output' 'No space left'
	expect 1 sh -c "plasmactl -n '$NS' --json put - <in >/dev/full"
	one_error 'standard output' 'No space left'
	expect 0 plasmactl --json ns stat "$NS"
	json '.namespaces[0].objects == 0'
	# One that can be found stays.
	expect 1 sh -c "plasmactl -n '$NS' --json put a in >/dev/full"
	expect 0 ctl stat a
}

@test "put of what comes when it likes" {
	# Without waiting: read() says EAGAIN meanwhile.
	python3 - "$NS" <<-END
	import os, subprocess, sys, time
	r, w = os.pipe()
	os.set_blocking(r, False)
	p = subprocess.Popen(["plasmactl", "-n", sys.argv[1], "put", "late"], stdin=r)
	time.sleep(0.5)
	os.write(w, b"late")
	os.close(w)
	sys.exit(p.wait())
	END
	equal "$(ctl get late)" late
}

@test "get that is interrupted keeps no file" {
	local tries=0 got=0
	mkdir disk
	mount -t tmpfs none disk
	head -c 64000000 /dev/zero | ctl put a
	# Until it is caught while it writes.
	until [[ $got -eq 143 ]]; do
		[[ $((tries += 1)) -le 20 ]]
		got=0
		rm -f disk/file
		plasmactl -n "$NS" get a -o disk/file &
		until compgen -G 'disk/*' >/dev/null; do :; done
		kill -TERM $! || true
		wait $! || got=$?
	done
	equal "$(ls disk)" ''
}

@test "a pipe that is closed: quiet, exit status 1" {
	local codes
	data 8000000 in
	ctl put a in
	ctl get a 2>"$err" | head -c 10 >copy
	codes=${PIPESTATUS[*]}
	equal "$codes" '1 0'
	empty "$err"
	head -c 10 in | cmp - copy
	{ sleep 0.5; ctl ls 2>"$err"; } | true
	equal "${PIPESTATUS[0]}" 1
	empty "$err"
	expect 1 sh -c "plasmactl -n '$NS' ls >/dev/full"
	one_error 'standard output' 'No space left'
}

@test "cat puts objects one after the other" {
	printf one | ctl put a
	printf two | ctl put --id "$id"
	expect 0 ctl cat a "$id" a
	equal "$output" onetwoone
	expect 3 ctl cat a missing "$id"
	equal "$(cat "$out")" one
	one_error 'cat missing'
}

# --- waiting -------------------------------------------------------------------

@test "get and wait wake when the object is sealed" {
	ctl get "$id" --timeout 60 >by_id &
	ctl get name --timeout inf >by_name &
	ctl wait "$id" name --timeout 60 &
	eventually sh -c "plasmactl --json ns stat '$NS' | jq -e '.namespaces[0].waiters >= 3'"
	data 100000 in
	ctl put --id "$id" in
	mkfifo pipe
	ctl put name - <pipe &
	exec 5>pipe
	cat in >&5
	sleep 0.5
	# Not before it is sealed.
	empty by_name
	exec 5>&-
	for job in $(jobs -p); do
		wait "$job"
	done
	cmp in by_id
	cmp in by_name
	expect 0 plasmactl --json ns stat "$NS"
	json '.namespaces[0] | .waiters == 0 and .in_use == 0'
}

@test "waiting ends in time: exit status 5" {
	local begin verb
	for verb in "get $id" 'get name' "cat $id" "wait $id" 'wait name'; do
		begin=${EPOCHREALTIME/.}
		# shellcheck disable=SC2086 # words
		expect 5 ctl $verb --timeout 0.7
		one_error 'in time'
		[[ $((${EPOCHREALTIME/.} - begin)) -ge 700000 ]]
	done
	expect 5 ctl wait name --timeout 0
	expect 3 ctl get name --timeout 0
	expect 3 ctl get name
	one_error 'get name' 'plasmactl ls'
}

@test "a name that moves to another object while it is waited for" {
	mkfifo pipe
	plasmactl -n "$NS" put name - <pipe &
	local first=$!
	exec 5>pipe
	eventually ctl stat name
	ctl get name --timeout 60 >copy &
	local waiter=$!
	sleep 0.5
	kill -9 "$first"
	wait "$first" || true
	exec 5>&-
	echo second | ctl put name
	wait "$waiter"
	equal "$(cat copy)" second
}

@test "a name that is waited for costs no processor time" {
	plasmactl -n "$NS" wait name --timeout 60 &
	local waiter=$! before after
	eventually sh -c "plasmactl --json ns stat '$NS' | jq -e '.namespaces[0].waiters == 1'"
	before=$(grep ctxt "/proc/$waiter/status")
	sleep 1
	after=$(grep ctxt "/proc/$waiter/status")
	equal "$before" "$after"
	echo x | ctl put name
	wait "$waiter"
}

# --- watching ------------------------------------------------------------------

@test "watch: what exists, then what happens, in order and with sizes" {
	printf 12345 | ctl put --metadata <(printf 123) a
	printf 1 | ctl put --id "$id"
	plasmactl -n "$NS" --json watch --count 7 >events &
	local watcher=$!
	eventually sh -c '[ "$(wc -l <events)" = 2 ]'
	printf 1234567 | ctl put b
	printf 89 | ctl put --replace b
	ctl rm a
	ctl evict 1
	wait "$watcher"
	jq -r '"\(.event) \(.data_size) \(.metadata_size)"' events >got
	head -n 2 got | sort | diff - <(printf 'exists 1 0\nexists 5 3\n')
	equal "$(sed -n 3p got)" 'seal 7 0'
	# A replacement is one step of which either half may be told first.
	equal "$(sed -n 4,5p got | sort | paste -sd ' ')" 'delete 7 0 seal 2 0'
	tail -n +6 got | diff - <(printf 'delete 5 3\nevict 1 0\n')
	jq -e 'keys == ["data_size", "event", "id", "lost", "metadata_size", "serial",
		"time_ns"]' events >/dev/null
	jq -se "map(select(.event == \"evict\").id) == [\"$id\"]" events >/dev/null
	jq -se 'map(select(.event != "exists").serial) | . == (. | sort) and (unique | length == 5)' \
		events >/dev/null
}

@test "watch --no-replay, in lines for people" {
	echo x | ctl put a
	plasmactl -n "$NS" watch --no-replay --count 2 >events &
	local watcher=$!
	sleep 0.5
	head -c 1536 /dev/zero | ctl put --id "$id"
	ctl rm "$id"
	wait "$watcher"
	diff events - <<-END
	seal     $id 1.5K 0B
	delete   $id 1.5K 0B
	END
}

@test "watch: what it was too slow for" {
	local format watchers=()
	# A queue of 1 MiB has room for 16384 events.
	for format in '' --json; do
		# shellcheck disable=SC2086 # none or one
		plasmactl -n "$NS" $format watch --count 16387 >"events$format" &
		watchers+=($!)
	done
	echo x | ctl put --id "$id"
	eventually sh -c '[ "$(cat events events--json | wc -l)" = 2 ]'
	kill -STOP "${watchers[@]}"
	put_many "$NS" 17000
	kill -CONT "${watchers[@]}"
	eventually sh -c '[ "$(cat events events--json | wc -l)" = 32772 ]'
	ctl rm "$id"
	wait "${watchers[@]}"
	equal "$(sed -n 16386p events)" 'overflow 616 events lost'
	equal "$(sed -n 16387p events)" "delete   $id 2B 0B"
	equal "$(grep -cE '^(exists|seal) ' events)" 16385
	sed -n 16386p events--json |
		jq -e '.event == "overflow" and .lost == 616 and .id == null and .data_size == null'
	sed -n 16387p events--json | jq -e ".event == \"delete\" and .id == \"$id\""
}

@test "watch ends with the namespace, or when nobody reads" {
	plasmactl -n "$NS" watch >events &
	local watcher=$! status=0
	plasmactl -n "$NS" watch --count 9 2>messages &
	local counter=$!
	sleep 0.5
	echo x | ctl put a
	eventually test -s events
	plasmactl ns rm --force "$NS"
	wait "$watcher"
	equal "$(sed 's/ .*//' events | paste -sd ' ')" 'seal removed'
	wait "$counter" || status=$?
	equal "$status" 3
	grep -q '^plasmactl: watch .*--count' messages
	make_namespace
	mkfifo pipe
	plasmactl -n "$NS" watch >pipe &
	watcher=$! status=0
	exec 5<pipe
	sleep 0.5
	exec 5<&-
	wait "$watcher" || status=$?
	equal "$status" 1
	expect 3 plasmactl -n missing watch
}

# --- ls, stat, info, rm ---------------------------------------------------------

@test "names of all kinds, in tables and in JSON" {
	local name names=('two words' 'Grüße, 世界 🌍' 'quote"quote' "apostrophe's" 'back\slash'
		'-dash' '100%' ' blanks ' '{"a": [1]}' '*')
	for name in "${names[@]}"; do
		printf %s "$name" | ctl put -- "$name"
	done
	for name in "${names[@]}"; do
		expect 0 ctl get -- "$name"
		equal "$output" "$name"
	done
	expect 0 ctl --json ls
	jq -r '.objects[].name' "$out" | LC_ALL=C sort >listed
	printf '%s\n' "${names[@]}" | LC_ALL=C sort | diff - listed
	expect 0 ctl ls
	grep -q 'two words$' "$out"
	grep -q 'Grüße, 世界 🌍$' "$out"
	ctl rm -- "${names[@]}"
	expect 0 ctl ls
	empty "$out"
}

@test "names that are not UTF-8 do not break JSON" {
	local name=$'\xff\xfe a\xc3 \xed\xa0\x80 \xf5'
	echo x | ctl put "$name"
	expect 0 ctl get "$name"
	equal "$output" x
	expect 0 ctl --json ls
	iconv -f UTF-8 -t UTF-8 "$out" >/dev/null
	json '.objects[0].name | startswith("\ufffd\ufffd a\ufffd ")'
	expect 0 ctl ls
	ctl rm "$name"
}

@test "names that are refused" {
	expect 1 ctl put '' /etc/passwd
	one_error
	expect 1 ctl put $'line\nbreak' /etc/passwd
	one_error 'line\x0abreak'
	expect 1 ctl put "$(printf 'x%.0s' {1..256})" /etc/passwd
	one_error 255
	expect 0 ctl put "$(printf 'x%.0s' {1..255})" /etc/passwd
	expect 0 plasmactl --json ns stat "$NS"
	json '.namespaces[0].objects == 1'
}

@test "ls: columns, order, patterns" {
	local name
	for name in b a model-2 model-10 other; do
		printf %s "$name" | ctl put "$name"
	done
	printf 1234 | ctl put --id "$id"
	expect 0 ctl ls
	equal "$(head -n 1 "$out" | tr -s ' ')" 'ID SIZE META STATE REFS AGE NAME'
	equal "$(awk 'NR > 1 { print $NF }' "$out" | paste -sd ' ')" \
		'a b model-10 model-2 other -'
	expect 0 ctl --json ls
	json '[.objects[].name] == ["a", "b", "model-10", "model-2", "other", null]'
	json '.objects[0] | keys == ["construct_ns", "create_time_ns", "creator_pid",
		"creator_uid", "data_size", "delete_pending", "id", "keep", "metadata_size",
		"name", "pages", "refs", "state"]'
	json ".objects[5].id == \"$id\" and .objects[5].data_size == 4"
	expect 0 ctl --json ls 'model-*'
	json '[.objects[].name] == ["model-10", "model-2"]'
	expect 0 ctl --json ls '?'
	json '[.objects[].name] == ["a", "b"]'
	expect 0 ctl --json ls '[ab]'
	json '[.objects[].name] == ["a", "b"]'
	expect 0 ctl --json ls '0011*'
	json ".objects | length == 1 and .[0].id == \"$id\""
	expect 0 ctl --json ls other
	json '[.objects[].name] == ["other"]'
	expect 0 ctl ls 'nothing*'
	empty "$out"
	expect 0 ctl --json ls 'nothing*'
	json '.objects == []'
}

@test "ls of more objects than fit a page" {
	local i
	for i in {1..70}; do
		plasmactl -n "$NS" put "n$i" /dev/null
	done
	expect 0 ctl --json ls
	json '[.objects[].name] | length == 70 and (unique | length == 70)'
	expect 0 ctl --json ls 'n6*'
	json '.objects | length == 11'
}

@test "stat" {
	local now
	data 5000 in
	ctl put --keep a in
	now=$(date +%s)
	expect 0 ctl --json stat a
	json '.objects[0] | .name == "a" and .data_size == 5000 and .metadata_size == 0 and
		.state == "sealed" and .refs == 0 and .keep == true and
		.delete_pending == false and .creator_uid == 0 and .construct_ns >= 0'
	json ".objects[0].create_time_ns / 1e9 | . > $now - 30 and . < $now + 2"
	expect 0 ctl -b stat a
	grep -q '^Data: *5000$' "$out"
	grep -q '^Name: *a$' "$out"
	expect 0 ctl stat a
	grep -q '^Data: *4.8K$' "$out"
	expect 3 ctl --json stat a missing "$id"
	json '.objects | length == 1'
	has "$errors" $'\n'
}

@test "sizes are for people, or exact" {
	head -c 1536 /dev/zero | ctl put a
	head -c 2097152 /dev/zero | ctl put b
	head -c 1023 /dev/zero | ctl put c
	expect 0 ctl ls
	equal "$(awk 'NR > 1 { print $2 }' "$out" | paste -sd ' ')" '1.5K 2M 1023B'
	expect 0 ctl ls -b
	equal "$(awk 'NR > 1 { print $2 }' "$out" | paste -sd ' ')" '1536 2097152 1023'
}

@test "info" {
	local before
	before=$(plasmactl --json info | jq '.store[0].store_used')
	head -c 4000000 /dev/zero | ctl put a
	expect 0 plasmactl --json info
	json ".store[0] | .store_used >= $before + 4000000 and .store_size > .store_used and
		.window_size >= .store_size and .page_size == 4096 and .batch_max > 0 and
		.namespaces == 2 and .clients == 1 and (.features | test(\"names\"))"
	expect 0 plasmactl info
	grep -q '^Store: ' "$out"
}

@test "rm" {
	for name in a b c; do
		echo x | ctl put "$name"
	done
	echo x | ctl put --id "$id"
	expect 0 ctl rm a "$id"
	empty "$out"
	empty "$err"
	expect 3 ctl rm a b
	one_error 'rm a' 'no such object'
	expect 0 ctl rm --force a b
	expect 3 ctl stat b
	expect 0 ctl --json ls
	json '[.objects[].name] == ["c"]'
}

@test "rm of what is in use" {
	data 5000000 in
	ctl put a in
	mkfifo pipe
	ctl get a >pipe &
	exec 5<pipe
	head -c 1 <&5 >/dev/null
	expect 0 ctl rm a
	has "$errors" 'in use'
	expect 0 ctl --json stat a
	json '.objects[0] | .delete_pending == true and .refs == 1'
	cat <&5 | tail -c 1000 >rest
	exec 5<&-
	wait
	tail -c 1000 in | cmp - rest
	expect 3 ctl stat a
}

@test "rm --hide: the id is free at once, and who holds it reads on" {
	data 5000000 in
	ctl put --id "$id" in
	mkfifo pipe
	ctl get "$id" >pipe &
	exec 5<pipe
	head -c 1 <&5 >/dev/null
	expect 0 ctl rm --hide "$id"
	empty "$err"
	expect 3 ctl stat "$id"
	echo other | ctl put --id "$id"
	expect 0 ctl get "$id"
	equal "$output" other
	cat <&5 | tail -c 1000 >rest
	exec 5<&-
	wait
	tail -c 1000 in | cmp - rest
	expect 0 plasmactl --json ns stat "$NS"
	json '.namespaces[0] | .objects == 1 and .in_use == 0'
}

@test "stat shows metadata, and what was evicted" {
	printf 'text: äö' | ctl put --metadata - a /dev/null
	printf 'a\0b' | ctl put --metadata - b /dev/null
	echo x | ctl put --id "$id"
	expect 0 ctl --json stat a b "$id"
	json '[.objects[].metadata_text] == ["text: äö", null, null]'
	json '[.objects[].metadata_hex] == ["746578743a20c3a4c3b6", "610062", null]'
	expect 0 ctl stat a
	grep -q '^As text: *text: äö$' "$out"
	ctl evict 1G
	expect 0 ctl --json stat "$id"
	json ".objects[0] | .state == \"evicted\" and .id == \"$id\" and .create_time_ns == null"
	expect 3 ctl stat a
	expect 3 ctl get "$id"
	echo x | ctl put --id "$id"
	expect 0 ctl --json stat "$id"
	json '.objects[0].state == "sealed"'
}

# --- a full store ----------------------------------------------------------------

@test "full: exit status 4" {
	plasmactl ns create small --capacity 1M
	data 1048577 in
	expect 4 plasmactl -n small put a in
	one_error 'put a' 'full'
	expect 4 plasmactl -n small put a - < <(cat in)
	one_error 'put a' 'full'
	expect 0 plasmactl --json ns stat small
	json '.namespaces[0] | .objects == 0 and .used == 0 and .names == 0'
	head -c 1048576 in >fits
	# A stream that fills it to the last byte, though streams grow in steps.
	# shellcheck disable=SC2002 # a pipe is meant
	cat fits | plasmactl -n small put a -
	expect 0 plasmactl -n small get a
	cmp fits "$out"
	expect 4 plasmactl -n small put --no-evict b /etc/passwd
	expect 0 plasmactl -n small put b /etc/passwd
	expect 3 plasmactl -n small get a
}

@test "full: what is in use and what is kept stays" {
	plasmactl ns create small --capacity 1M
	data 600000 in
	plasmactl -n small put --keep a in
	expect 4 plasmactl -n small put b in
	plasmactl -n small rm a
	plasmactl -n small put a in
	mkfifo pipe
	plasmactl -n small get a >pipe &
	exec 5<pipe
	head -c 1 <&5 >/dev/null
	expect 4 plasmactl -n small put b in
	cat <&5 >/dev/null
	exec 5<&-
	wait
	expect 0 plasmactl -n small put b in
}

@test "evict" {
	for name in a b c; do
		head -c 1000 /dev/zero | ctl put "$name"
	done
	# The order is that of the last release.
	ctl get a >/dev/null
	expect 0 ctl --json evict 1
	json '.evicted == [{ "objects": 1, "bytes": 1000 }]'
	expect 3 ctl stat b
	expect 0 ctl -b evict 1K
	equal "$output" 'evicted 2 objects, 2000'
	expect 0 ctl evict 1G
	equal "$output" 'evicted 0 objects, 0B'
}

@test "refresh" {
	for name in a b c; do
		head -c 1000 /dev/zero | ctl put "$name"
	done
	expect 0 ctl refresh a
	ctl evict 1
	expect 3 ctl stat b
	expect 0 ctl stat a
	expect 3 ctl refresh missing c
	one_error 'refresh missing'
	ctl evict 1
	expect 3 ctl stat a
	expect 0 ctl stat c
}

@test "quota ls: without quotas, the whole" {
	head -c 1000 /dev/zero | ctl put a
	head -c 500 /dev/zero | ctl put --keep b
	expect 0 ctl --json quota ls
	json '.quotas == [{ "name": null, "capacity": 67108864, "used": 1500, "evictable": 1000,
		"objects": 1, "evictions": 0, "evicted_bytes": 0 }]'
	ctl evict 1
	expect 0 ctl --json quota ls
	json '.quotas[0] | .evictions == 1 and .evicted_bytes == 1000 and .used == 500'
}

# --- namespaces --------------------------------------------------------------------

@test "ns create, stat, ls, set, rm" {
	expect 0 plasmactl ns create 'a namespace' --capacity 1.5M --mode 640 --evict-percent 20
	empty "$out"
	expect 0 plasmactl --json ns stat 'a namespace'
	json '.namespaces == [.namespaces[0]] and (.namespaces[0] |
		.name == "a namespace" and .capacity == 1572864 and .used == 0 and
		.mode == "0640" and .evict_percent == 20 and .uid == 0 and
		.access == "rw" and .ephemeral == false and .reclaim == false and .objects == 0)'
	expect 0 plasmactl ns create reclaimed --reclaim
	expect 0 plasmactl --json ns stat reclaimed
	json '.namespaces[0].reclaim == true'
	plasmactl ns rm reclaimed
	expect 1 plasmactl ns create 'a namespace'
	one_error 'ns create a namespace' exists
	expect 2 plasmactl ns set 'a namespace' --owner no-such-user
	one_error no-such-user
	expect 0 plasmactl --json ns ls
	json "[.namespaces[].name] | sort == [\"a namespace\", \"default\", \"$NS\"]"
	expect 0 plasmactl ns ls
	[[ $(head -n 1 "$out" | tr -s ' ') == 'NAME CAPACITY USED OBJECTS'* ]]
	grep -q '^a namespace *1.5M' "$out"
	expect 0 plasmactl ns set 'a namespace' --capacity 2M --mode 666 --evict-percent 0
	expect 0 plasmactl -n 'a namespace' --json ns stat
	json '.namespaces[0] | .capacity == 2097152 and .mode == "0666" and .evict_percent == 0'
	expect 0 plasmactl ns stat 'a namespace'
	grep -q '^Capacity: *2M$' "$out"
	echo x | plasmactl -n 'a namespace' put a
	expect 3 plasmactl get a
	expect 0 plasmactl ns rm 'a namespace'
	expect 3 plasmactl ns rm 'a namespace'
	one_error 'no such namespace'
	expect 3 plasmactl ns stat 'a namespace'
	expect 3 plasmactl -n 'a namespace' ls
	one_error 'a namespace'
	expect 3 plasmactl ns set 'a namespace' --mode 600
}

@test "ns set to less evicts, or changes nothing" {
	head -c 600000 /dev/zero | ctl put a
	head -c 600000 /dev/zero | ctl put --keep b
	expect 4 plasmactl ns set "$NS" --capacity 100K
	one_error 'ns set'
	expect 0 plasmactl --json ns stat "$NS"
	json '.namespaces[0].capacity == 67108864'
	expect 0 plasmactl ns set "$NS" --capacity 1M
	expect 3 ctl stat a
	expect 0 ctl stat b
}

@test "ns rm: not the default one, and not what is in use unless forced" {
	expect 6 plasmactl ns rm default
	one_error default
	data 5000000 in
	ctl put a in
	mkfifo pipe
	ctl get a >pipe &
	exec 5<pipe
	head -c 1 <&5 >/dev/null
	expect 1 plasmactl ns rm "$NS"
	one_error --force
	expect 0 plasmactl ns rm --force "$NS"
	expect 3 ctl ls
	# Who reads, reads to the end.
	cat <&5 >rest
	exec 5<&-
	wait
	tail -c "$(wc -c <rest)" in | cmp - rest
}

# --- the terminal ---------------------------------------------------------------------

@test "progress: on a terminal, after a second, not with --quiet" {
	local slowly='(head -c 100000 /dev/zero; sleep 1.5; head -c 100000 /dev/zero)'
	script -qec "$slowly | plasmactl -n '$NS' put a -" typescript </dev/null
	grep -Eq 'a: [0-9.]+K, [0-9.]+K/s' typescript
	script -qec "$slowly | plasmactl -q -n '$NS' put b -" typescript </dev/null
	expect 1 grep /s typescript
	# Of what has a known size, the share: here it is one write of two.
	head -c 16M /dev/zero | ctl put known
	script -qec "plasmactl -n '$NS' get known | (sleep 1.5; cat >/dev/null)" typescript \
		</dev/null
	grep -q 'standard output: 8M of 16M, 50%, .*/s' typescript
	sh -c "$slowly" | ctl put c - 2>"$err"
	empty "$err"
	for name in a b c; do
		expect 0 ctl -b stat "$name"
		grep -q '^Data: *200000$' "$out"
	done
}

# --- the library ------------------------------------------------------------------------

@test "a C program builds with the installed library and works" {
	local top=$BATS_TEST_DIRNAME/.. root=$BATS_TEST_TMPDIR/root
	command -v cc pkg-config make >/dev/null || skip "no compiler here"
	make -s -C "$top/lib" B="$(realpath "$top/build")" PREFIX=/usr DESTDIR="$root" install
	export PKG_CONFIG_PATH=$root/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=$root
	export LD_LIBRARY_PATH=$root/usr/lib
	# shellcheck disable=SC2046 # words
	cc -Wall -Werror -o example "$top/tools/examples/put_get.c" \
		$(pkg-config --cflags --libs plasma)
	ldd example | grep -q "libplasma.so.0 => $root"
	expect 0 ./example
	equal "$output" 'hello, world'
	# shellcheck disable=SC2046 # words
	cc -Wall -Werror -pthread -o handle "$top/lib/tests/handle.c" \
		$(pkg-config --cflags --libs plasma)
	expect 0 ./handle
	equal "$output" ''
	# The same by system calls alone.
	echo N >/sys/module/plasma/parameters/index
	expect 0 ./handle
	equal "$output" ''
	echo Y >/sys/module/plasma/parameters/index
	expect 0 plasmactl --json info
	json '.store[0].clients == 1'
}

@test "an example: written in place, while another process waits" {
	command -v create_seal >/dev/null || PATH=$PATH:$BATS_TEST_DIRNAME/../build/examples
	command -v create_seal >/dev/null || skip "build/examples is not there"
	expect 0 create_seal
	equal "$output" '67108864 bytes, a to z'
}
