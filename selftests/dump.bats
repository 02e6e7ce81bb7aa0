#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# plasmactl dump and restore. Runs as root with the module loaded:
#
#   tools/vm/run --host -- bats selftests/dump.bats
load plasmactl

readonly id=00112233445566778899aabbccddeeff00112233

# Objects of every kind: of no bytes, with metadata, kept, without a name, compressible.
make_objects() {
	printf 'some metadata' >metadata
	data 3000 random_metadata
	data 100000 random
	head -c 2500000 /dev/zero >zeros
	: >nothing
	ctl put nothing nothing
	ctl put --metadata metadata 'only metadata' nothing
	ctl put --keep kept random
	ctl put --metadata random_metadata 'Grüße 世界' zeros
	ctl put $'\xff\xfe not UTF-8' metadata
	ctl put --id "$id" --metadata metadata random
}

# What must be the same afterwards, of the namespace $1.
describe() {
	plasmactl -n "$1" --json ls |
		jq -S '.objects[] | { id, name, data_size, metadata_size, keep, state }'
}

# The same objects in namespaces $1 and $2, to the last byte.
same_objects() {
	local object
	describe "$1" >first
	describe "$2" >second
	diff first second
	for object in $(jq -r .id first); do
		plasmactl -n "$1" get "$object" -o data1
		plasmactl -n "$2" get "$object" -o data2
		cmp data1 data2
		plasmactl -n "$1" get "$object" --metadata -o data1
		plasmactl -n "$2" get "$object" --metadata -o data2
		cmp data1 data2
	done
}

# A small dump in the file dump, and a namespace "into" for it.
make_small() {
	printf 'the first' >one
	printf 'of the second' >two
	head -c 300 /dev/zero | tr '\0' x | ctl put --metadata two first -
	ctl put --id "$id" one
	ctl dump "$@" dump
	plasmactl ns create into --capacity 1M
}

into() {
	plasmactl -n into "$@"
}

is_empty() {
	plasmactl --json ns stat "$1" >empty
	jq -e '.namespaces[0] | .objects == 0 and .used == 0 and .names == 0' empty >/dev/null &&
		return
	cat empty >&2
	return 1
}

# refused FILE...: each with one message, and nothing of them is there. The messages are
# in the file messages. Without bats between them: that are many.
refused() {
	# shellcheck disable=SC2016 # for the inner shell
	sh -c 'for file; do
			timeout 60 plasmactl -n into restore "$file" 2>>messages
			[ $? = 1 ] || echo "$file"
		done' sh "$@" >accepted 2>&1
	empty accepted
	equal "$(grep -c '^plasmactl: restore [^ ]*: .*; .' messages)" $#
	equal "$(wc -l <messages)" $#
	is_empty into
}

# variants PROGRAM: files made of dump by Python; prints the name of each. In the program
# there are: dump, its bytes; save(bytes); and case(text, change), to change the Dump d and
# save it with all hashes right, to be refused with that text, which goes to texts.
variants() {
	rm -f texts messages
	python3 - <<-END
	import struct
	M = (1 << 64) - 1
	P = (11400714785074694791, 14029467366897019727, 1609587929392839161,
	     9650029242287828579, 2870177450012600261)
	rol = lambda x, r: (x << r | x >> 64 - r) & M
	def turn(acc, lane):
	    return rol((acc + lane * P[1]) & M, 31) * P[0] & M
	def merge(h, v):
	    return ((h ^ turn(0, v)) * P[0] + P[3]) & M
	def xxh64(b):
	    n, i = len(b), 0
	    if n >= 32:
	        v = [(P[0] + P[1]) & M, P[1], 0, -P[0] & M]
	        while i + 32 <= n:
	            for k, lane in enumerate(struct.unpack_from("<4Q", b, i)):
	                v[k] = turn(v[k], lane)
	            i += 32
	        h = sum(rol(x, r) for x, r in zip(v, (1, 7, 12, 18))) & M
	        for x in v:
	            h = merge(h, x)
	    else:
	        h = P[4]
	    h = (h + n) & M
	    while i + 8 <= n:
	        h = (rol(h ^ turn(0, struct.unpack_from("<Q", b, i)[0]), 27) * P[0] + P[3]) & M
	        i += 8
	    if i + 4 <= n:
	        h = (rol(h ^ struct.unpack_from("<I", b, i)[0] * P[0] & M, 23) * P[1] + P[2]) & M
	        i += 4
	    for c in b[i:]:
	        h = rol(h ^ c * P[4] & M, 11) * P[0] & M
	    for shift, p in ((33, P[1]), (29, P[2]), (32, 1)):
	        h = (h ^ h >> shift) * p & M
	    return h

	class Dump:
	    ENTRY = struct.Struct("<20sI7Q2I")
	    def __init__(self, b):
	        (self.magic, self.version, self.flags, self.size, at, length, self.count,
	         self.hash, _) = struct.unpack_from("<8s2I6Q", b)
	        assert self.hash == xxh64(b[at:at + length])
	        self.body, self.rest, self.table = b[64:at], b"", []
	        while at < len(b):
	            e = list(self.ENTRY.unpack_from(b, at))
	            name = b[at + 88:at + 88 + e[9]]
	            at += 88 + (e[9] + 7) // 8 * 8
	            self.table.append(e + [name])
	        self.at = None
	    def bytes(self):
	        table = b""
	        for e in self.table:
	            table += self.ENTRY.pack(*e[:11]) + e[11] + b"\0" * (-len(e[11]) % 8)
	        table += self.rest
	        at = 64 + len(self.body) if self.at is None else self.at
	        h = struct.pack("<8s2I5Q", self.magic, self.version, self.flags,
	                        64 + len(self.body) + len(table), at, len(table),
	                        self.count, xxh64(table))
	        return h + struct.pack("<Q", xxh64(h)) + self.body + table
	ID, FLAGS, OFFSET, STORED, DATA, META, HASH, CONTENT, TIME, LENGTH, RESERVED, NAME = \
	    range(12)

	number = 0
	def save(b):
	    global number
	    number += 1
	    with open("variant%d" % number, "wb") as f:
	        f.write(b)
	    print("variant%d" % number)

	def case(text, change):
	    d = Dump(dump)
	    exec(change)
	    save(d.bytes())
	    print(text, file=open("texts", "a"))

	dump = open("dump", "rb").read()
	assert Dump(dump).bytes() == dump
	${1//$'\n\t'/$'\n'}
	END
}

# cases PROGRAM: variants of which each is refused with its text.
cases() {
	local message text
	mapfile -t files < <(variants "$1")
	refused "${files[@]}"
	equal "$(wc -l <texts)" "${#files[@]}"
	while IFS=$'\t' read -r text message; do
		has "$message" "$text"
	done < <(paste texts messages)
}

# --- round trips ---------------------------------------------------------------

@test "what is restored is what was dumped" {
	local option
	make_objects
	for option in '' --zstd; do
		# shellcheck disable=SC2086 # none or one
		expect 0 ctl dump $option dump
		empty "$out"
		empty "$err"
		plasmactl ns create into --capacity 64M
		expect 0 into restore dump
		empty "$out"
		empty "$err"
		same_objects "$NS" into
		expect 0 plasmactl --json ns stat into
		json '.namespaces[0] | .in_use == 0 and .objects == 6 and .sealed == 6'
		plasmactl ns rm into
		mv dump "dumped$option"
	done
	[[ $(stat -c %s dumped) -gt 2700000 && $(stat -c %s dumped--zstd) -lt 250000 ]]
}

@test "what dump leaves as it was" {
	make_objects
	describe "$NS" >before
	ctl dump dump
	describe "$NS" | diff before -
	expect 0 plasmactl --json ns stat "$NS"
	json '.namespaces[0] | .in_use == 0 and .evictions == 0'
}

@test "restored over what was removed, under the same ids" {
	make_objects
	ctl dump -z dump
	describe "$NS" >before
	jq -r .id before | xargs plasmactl -n "$NS" rm
	is_empty "$NS"
	ctl restore dump
	describe "$NS" | diff before -
}

@test "an empty namespace" {
	ctl dump dump
	expect 0 ctl restore dump
	is_empty "$NS"
}

@test "what is not sealed is not dumped" {
	mkfifo pipe
	echo x | ctl put sealed
	plasmactl -n "$NS" put writing - <pipe &
	exec 5>pipe
	eventually ctl stat writing
	ctl dump dump
	exec 5>&-
	wait
	plasmactl ns create into --capacity 1M
	into restore dump
	expect 0 into --json ls
	json '[.objects[].name] == ["sealed"]'
}

@test "a name that is replaced again and again is in every dump, once" {
	local i
	echo 0 | ctl put a
	echo other | ctl put b
	(
		for i in {1..30}; do
			echo "$i" | plasmactl -n "$NS" put --replace a
		done
		touch finished
	) &
	plasmactl ns create into --capacity 1M
	while [[ ! -e finished ]]; do
		ctl dump dump
		into restore dump
		expect 0 into --json ls
		json '[.objects[].name] == ["a", "b"]'
		into rm a b
	done
	wait
}

@test "a name that goes from one object to another meanwhile is there once" {
	local first second
	first=$(echo first | ctl put -)
	second=$(echo second | ctl put -)
	cat >bind <<-END
	import ctypes, sys
	lib, store = ctypes.CDLL("libplasma.so.0"), ctypes.c_void_p()
	assert lib.plasma_open(ctypes.byref(store), b"$NS", 0) == 0
	ID = bytes.fromhex(sys.argv[1])
	lib.plasma_name_unbind(store, b"wandering")
	assert lib.plasma_name_bind(store, b"wandering", ID, 0) == 0
	END
	python3 bind "$first"
	meanwhile 'cmd == PLASMA_IOC_STAT' 2 "python3 bind $second" plasmactl -n "$NS" dump dump
	# Also if the second is looked at first.
	python3 bind "$second"
	meanwhile 'cmd == PLASMA_IOC_STAT' 2 "python3 bind $first" plasmactl -n "$NS" dump other
	for dump in dump other; do
		plasmactl ns create into --capacity 1M
		into restore $dump
		expect 0 into --json ls
		json '[.objects[].name] | sort == [null, "wandering"]'
		plasmactl ns rm --force into
	done
}

@test "an id that is removed and put again meanwhile is there once" {
	local again
	again="plasmactl -n '$NS' rm $id && echo y | plasmactl -n '$NS' put in_its_place &&
		echo again | plasmactl -n '$NS' put --id $id"
	echo once | ctl put --id "$id"
	put_many "$NS" 70
	meanwhile 'cmd == PLASMA_IOC_LIST' 2 "$again" plasmactl -n "$NS" dump dump
	plasmactl ns create into --capacity 1M
	into restore dump
	equal "$(into get "$id")" again
}

@test "what cannot be held is not left out: the dump fails" {
	local max group
	max=$(cat /sys/module/plasma/parameters/max_holds)
	group=$(device_group)
	put_many "$NS" 20
	plasmactl ns set "$NS" --mode 644
	mkdir -m 777 open
	echo N >/sys/module/plasma/parameters/index
	echo 10 >/sys/module/plasma/parameters/max_holds
	expect 4 as 1000 "$group" plasmactl -n "$NS" dump open/dump
	echo "$max" >/sys/module/plasma/parameters/max_holds
	echo Y >/sys/module/plasma/parameters/index
	one_error "$NS" 'than one user may have'
	equal "$(ls open)" ''
}

@test "a namespace that is removed meanwhile: the old dump stays" {
	echo a | ctl put a
	ctl dump dump
	cp dump before
	echo b | ctl put b
	meanwhile 'cmd == PLASMA_IOC_STAT' 2 "plasmactl ns rm --force '$NS'" \
		expect 3 plasmactl -n "$NS" dump dump
	one_error "$NS" 'removed meanwhile'
	cmp before dump
}

@test "many objects, more than a page of them" {
	local i
	for i in {1..70}; do
		printf %s "$i" | plasmactl -n "$NS" put "n$i"
	done
	ctl dump dump
	plasmactl ns create into --capacity 1M
	into restore dump
	describe "$NS" >first
	describe into | diff first -
}

@test "into a directory, under the name of the namespace" {
	mkdir dumps
	plasmactl ns create './a b/%c' --capacity 1M
	echo x | plasmactl -n './a b/%c' put a
	expect 0 plasmactl -n './a b/%c' dump dumps
	equal "$(ls dumps)" '%2E%2Fa b%2F%25c.plasma'
	plasmactl -n './a b/%c' rm a
	expect 0 plasmactl -n './a b/%c' restore dumps
	expect 0 plasmactl -n './a b/%c' get a
	equal "$output" x
}

# slowly PERCENT COMMAND: on a terminal, with that share of a processor. What is shown
# there goes to the file typescript.
slowly() {
	mkdir -p cgroup
	mountpoint -q cgroup || mount -t cgroup2 none cgroup
	echo +cpu >cgroup/cgroup.subtree_control
	mkdir -p cgroup/slow
	echo "$(($1 * 10000)) 1000000" >cgroup/slow/cpu.max
	script -qec "echo \$\$ >cgroup/slow/cgroup.procs; exec $2" typescript </dev/null
}

@test "progress of a dump and of a restore, on a terminal" {
	local verb percent
	data 40000000 in
	ctl put a in
	for verb in dump restore; do
		# As slow as it must be to take more than a second here.
		for percent in 30 10 3 1; do
			[[ $verb == dump ]] || ctl rm a
			slowly "$percent" "plasmactl -n '$NS' $verb dump"
			! grep -aEq '[0-9.]+M of 38[0-9.]*M, [0-9]+%, .*/s' typescript || break
		done
		grep -aEq '[0-9.]+M of 38[0-9.]*M, [0-9]+%, .*/s' typescript
		# It is taken away in the end.
		tail -n 2 typescript | grep -aq $'\r\e\\[K$'
	done
	ctl get a | cmp - in
	slowly "$percent" "plasmactl -q -n '$NS' dump dump"
	expect 1 grep -a % typescript
	umount cgroup
}

# --- the file -------------------------------------------------------------------

@test "dump -o: complete or not there, with the mode of what it replaces" {
	echo x | ctl put a
	(umask 027 && ctl dump dump)
	equal "$(stat -c %a dump)" 640
	chmod 604 dump
	ln -s dump link
	ctl dump link
	[[ -L link ]]
	equal "$(stat -c %a dump)" 604
	expect 1 ctl dump /no/such/dir/dump
	one_error /no/such/dir
	expect 1 ctl dump /dev/null
	one_error /dev/null
	expect 1 ctl dump -
	one_error
	expect 3 plasmactl -n missing dump none
	[[ ! -e none ]]
	equal "$(find . -name '*.??????' | wc -l)" 0
}

@test "a dump that is killed leaves the old one" {
	local tries=0 got=0 signal
	mkdir disk
	mount -t tmpfs none disk
	echo old | ctl put a
	ctl dump disk/dump
	cp disk/dump before
	head -c 40000000 /dev/zero | ctl put b
	for signal in KILL TERM QUIT; do
		# Until it is caught while it writes.
		got=0 tries=0
		until [[ $got -gt 128 ]]; do
			[[ $((tries += 1)) -le 20 ]]
			got=0
			rm -f disk/*
			cp before disk/dump
			# The shell lets what it starts in the background ignore SIGQUIT.
			env --default-signal=QUIT plasmactl -n "$NS" dump disk/dump &
			until compgen -G 'disk/dump.*' >/dev/null; do :; done
			kill -"$signal" $! || true
			wait $! || got=$?
		done
		cmp before disk/dump
	done
	# What can be caught leaves nothing else.
	equal "$(ls disk)" dump
	expect 0 plasmactl --json ns stat "$NS"
	json '.namespaces[0].in_use == 0'
}

@test "a disk that is full: the old dump stays" {
	mkdir disk
	mount -t tmpfs -o size=1m none disk
	echo old | ctl put a
	ctl dump disk/dump
	cp disk/dump before
	data 3000000 in
	ctl put b in
	expect 1 ctl dump disk/dump
	one_error disk/dump 'No space left'
	cmp before disk/dump
	equal "$(ls disk)" dump
}

# --- what is refused -------------------------------------------------------------

@test "a dump that is cut off anywhere is refused" {
	local option size at files
	for option in '' -z; do
		# shellcheck disable=SC2086 # none or one
		make_small $option
		size=$(stat -c %s dump)
		mapfile -t files < <(variants '
	size = len(dump)
	for at in [0, 1, 8, 63, 64, 65, *range(80, size - 1, size // 16), size - 1]:
	    save(dump[:at])
	save(dump + b"x")
	save(dump + dump)')
		[[ ${#files[@]} -gt 20 ]]
		refused "${files[@]}"
		into restore dump
		plasmactl ns rm into
		ctl rm first "$id"
	done
}

@test "a dump with a bit that is flipped anywhere is refused" {
	local option files
	for option in '' -z; do
		# shellcheck disable=SC2086 # none or one
		make_small $option
		mapfile -t files < <(variants '
	for i in range(0, len(dump), 11):
	    b = bytearray(dump)
	    b[i] ^= 1 << i % 8
	    save(bytes(b))')
		[[ ${#files[@]} -gt 25 ]]
		refused "${files[@]}"
		into restore dump
		plasmactl ns rm into
		ctl rm first "$id"
	done
}

@test "the entry that is damaged is named" {
	make_small
	cases '
	for i, e in enumerate(Dump(dump).table):
	    name = e[NAME].decode() or e[ID].hex()
	    b = bytearray(dump)
	    b[e[OFFSET] + 1] ^= 1
	    save(bytes(b))
	    print("entry %d (%s): its checksum is wrong" % (i + 1, name),
	          file=open("texts", "a"))'
}

@test "hostile dumps are refused, and the entry is named" {
	make_small
	cases '
	case("entry 1", "d.table[0][DATA] = (1 << 64) - 1")
	case("entry 1", "d.table[0][DATA] = d.table[0][META] = 1 << 63")
	case("entry 2", "d.table[1][STORED] = d.table[1][DATA] = 1 << 62")
	case("entry 2", "d.table[1][STORED] += 1 << 40")
	case("entry 1", "d.table[0][OFFSET] = 0")
	case("entry 2", "d.table[1][OFFSET] = 64")
	case("entry 2", "d.table[1][OFFSET] -= 1")
	case("entry 2", "d.table[1][OFFSET] = (1 << 64) - 8")
	case("its id is there twice", "d.table[1][ID] = d.table[0][ID]")
	case("its name is there twice",
	     "for e in d.table: e[NAME] = b\"name\"; e[LENGTH] = 4")
	case("its name", "d.table[0][NAME] = b\"a\\nb\"; d.table[0][LENGTH] = 3")
	case("its name", "d.table[0][NAME] = b\"a\\0b\"; d.table[0][LENGTH] = 3")
	case("its name", "d.table[0][NAME] = b\"x\" * 256; d.table[0][LENGTH] = 256")
	case("its name", "d.table[1][LENGTH] = 250")
	case("its name", "d.table[1][LENGTH] = (1 << 32) - 1")
	case("entry 1", "d.table[0][FLAGS] = 4")
	case("entry 1", "d.table[0][RESERVED] = 1")
	case("entry 1", "d.table[0][FLAGS] = 2")
	case("entry 1", "d.table[0][HASH] ^= 1; d.table[0][CONTENT] ^= 1")
	case("entry 1", "d.table[0][CONTENT] ^= 1")
	case("entry 2", "d.body = d.body[:-1]")
	case("table", "d.body += b\"x\"")
	case("table", "d.rest = b\"x\" * 8")
	case("table", "d.count = 1")
	case("header", "d.count = 1 << 60")
	case("header", "d.at = (1 << 64) - 8")
	case("header", "d.at = 8")
	case("version", "d.version = 2")
	case("version", "d.flags = 1")
	# A table with nothing in it but zeros.
	case("entry 1", "d.table = []; d.rest = b\"\\0\" * 880; d.count = 10")'
	rm messages
	truncate -s 1T huge
	refused huge /dev/zero /dev/null
	expect 1 into restore missing
	one_error missing
	expect 1 into restore /
	one_error
	into restore dump
}

@test "a zstd bomb becomes no more than it says" {
	head -c 40000000 /dev/zero | ctl put bomb
	ctl dump -z dump
	[[ $(stat -c %s dump) -lt 20000 ]]
	plasmactl ns create into --capacity 1M
	expect 4 into restore dump
	one_error 'larger than the namespace'
	is_empty into
	head -c 1000 /dev/zero | tr '\0' x | zstd -qc >frame
	cases '
	d = Dump(dump)
	frame = open("frame", "rb").read()
	case("longer than the table says", "d.table[0][DATA] = 1000")
	case("longer than the table says", "d.table[0][DATA] = 0")
	case("its checksum is wrong", "d.body = frame; d.table[0][DATA] = 1000; " +
	     "d.table[0][STORED] = len(d.body); d.table[0][HASH] = xxh64(d.body)")
	case("shorter than the table says", "d.body = frame; d.table[0][DATA] = 1001; " +
	     "d.table[0][STORED] = len(d.body); d.table[0][HASH] = xxh64(d.body)")
	case("it is cut off", "d.body = frame[:-5]; d.table[0][DATA] = 1000; " +
	     "d.table[0][STORED] = len(d.body); d.table[0][HASH] = xxh64(d.body)")
	case("metadata", "d.table[0][META] = 30000000; d.table[0][DATA] = 1000")
	# Another frame behind the first.
	case("longer than the table says", "d.body = frame + frame; d.table[0][DATA] = 1000; " +
	     "d.table[0][STORED] = len(d.body); d.table[0][HASH] = xxh64(d.body)")'
	plasmactl ns set into --capacity 64M
	expect 0 into restore dump
}

# --- what is there already ---------------------------------------------------------

@test "ids that exist are refused, or left as they are" {
	make_objects
	ctl dump dump
	plasmactl ns create into --capacity 64M
	echo other | into put --id "$id"
	expect 1 into restore dump
	one_error "($id)" 'of its id' --skip-existing
	expect 0 into --json ls
	json '.objects | length == 1'
	expect 0 into restore --skip-existing dump
	has "$errors" 'left out 1'
	expect 0 into --json ls
	json '.objects | length == 6'
	expect 0 into get "$id"
	equal "$output" other
	expect 0 into -q restore --skip-existing dump
	empty "$err"
}

@test "names that are taken are refused, or left as they are" {
	make_objects
	ctl dump dump
	plasmactl ns create into --capacity 64M
	echo other | into put kept
	expect 1 into restore dump
	one_error '(kept)' 'has its name'
	expect 0 into --json ls
	json '.objects | length == 1'
	expect 0 into restore --skip-existing dump
	expect 0 into get kept
	equal "$output" other
}

@test "a namespace that is too small, or full of what may not go: exit status 4" {
	head -c 600000 /dev/zero | ctl put a
	head -c 600000 /dev/zero | ctl put b
	ctl dump dump
	plasmactl ns create into --capacity 1M
	expect 4 into restore dump
	one_error 'larger than the namespace'
	is_empty into
	plasmactl ns set into --capacity 2M
	head -c 1500000 /dev/zero | into put --keep c
	expect 4 into restore dump
	one_error 'restore dump' 'entry 1' full
	expect 0 into --json ls
	json '[.objects[].name] == ["c"]'
	into rm c
	head -c 1500000 /dev/zero | into put c
	expect 4 into restore --no-evict dump
	expect 0 into stat c
	expect 0 into restore dump
	expect 3 into stat c
}

@test "a restore that is killed at any moment leaves nothing or all" {
	local i count
	head -c 20000000 /dev/zero | ctl put a
	echo x | ctl put b
	ctl dump dump
	plasmactl ns create into --capacity 64M
	for i in {1..8}; do
		plasmactl -n into restore dump &
		sleep "0.$((i * 8 % 10))$((RANDOM % 10))"
		kill -KILL $! 2>/dev/null || true
		wait $! || true
		count=$(plasmactl --json ns stat into |
			jq -r '.namespaces[0] | [.objects, .sealed, .names] | join(" ")')
		[[ $count == '0 0 0' || $count == '2 2 2' ]]
		into -q rm --force a b
	done
	into restore dump
	same_objects "$NS" into
}

counts() {
	plasmactl --json ns stat into |
		jq -r '.namespaces[0] | [.objects, .sealed] | join(" ")'
}

settled() {
	[[ $(counts) == "$1" || $(counts) == "$2" ]]
}

@test "so does one of more objects than one call seals" {
	local i got signal=KILL caught=0
	put_many "$NS" 20000
	ctl dump many
	for ((i = 0; i < 20 && caught < 4; i++)); do
		plasmactl ns create into --capacity 1M
		# With the first object that can be seen, unless it was too late by then.
		exec 5< <(plasmactl -n into watch --count 1)
		sleep 0.3
		setsid env --default-signal=QUIT plasmactl -n into restore many &
		read -r <&5
		# By the terminal, all that belongs to it; and by SIGKILL, itself alone.
		if [[ $signal == QUIT ]]; then
			kill -QUIT -- "-$!" 2>/dev/null || true
		else
			kill -KILL $! 2>/dev/null || true
		fi
		got=0
		wait $! || got=$?
		[[ $got -eq 0 ]] || caught=$((caught + 1))
		[[ $caught -lt 2 ]] || signal=QUIT
		eventually settled '20000 20000'
		plasmactl ns rm into
	done
	[[ $caught -gt 0 ]]
	# And before there are any.
	for ((i = 0; i < 2; i++)); do
		plasmactl ns create into --capacity 1M
		plasmactl -n into restore many &
		until [[ $(counts) != '0 0' ]]; do :; done
		kill -KILL $! 2>/dev/null || true
		wait $! || true
		eventually settled '0 0' '20000 20000'
		plasmactl ns rm into
	done
	plasmactl ns create into --capacity 1M
	expect 0 into restore many
	equal "$(counts)" '20000 20000'
	# A caller may ignore what becomes of its children, and those inherit that.
	plasmactl ns rm into
	plasmactl ns create into --capacity 1M
	expect 0 sh -c "trap '' CHLD; exec plasmactl -n into restore many"
	# What the child finds is what the command says.
	expect 1 into restore many
	one_error 'of its id'
}

# --- what is seen ---------------------------------------------------------------------

@test "restored objects wake who waits for them" {
	echo x | ctl put a
	ctl dump dump
	ctl rm a
	ctl get a --timeout 60 >copy &
	sleep 0.3
	ctl restore dump
	wait
	equal "$(cat copy)" x
}
