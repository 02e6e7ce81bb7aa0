#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-only
#
# plasma-store-server through its command line. Runs as root with the module loaded:
#
#   tools/vm/run --host -- bats selftests/server.bats

load plasmactl

# serve ARGUMENT...: starts a server, which is $server, and waits until it is ready.
serve() {
	plasma-store-server -s sock "$@" 2>messages &
	server=$!
	eventually test -S sock
}

# ends SIGNAL STATUS: the server, with that status.
ends() {
	local got=0
	kill -"$1" "$server"
	wait "$server" || got=$?
	equal "$got" "$2"
}

path() {
	echo "$PWD/sock"
}

# The one about the namespace of the server.
described() {
	expect 0 plasmactl --json ns stat "$(path)"
}

@test "a namespace of exactly that capacity, until SIGTERM" {
	umask 027
	serve -m 10000
	empty messages
	described
	json '.namespaces[0] | .capacity == 10000 and .evict_percent == 20 and
		.ephemeral == true and .mode == "0640" and .objects == 0'
	ends TERM 0
	empty messages
	[[ ! -e sock ]]
	expect 3 plasmactl ns stat "$(path)"
}

@test "SIGINT, and the other name of the program" {
	plasma_store -s sock -m 10000 &
	server=$!
	eventually test -S sock
	described
	ends INT 0
	[[ ! -e sock ]]
}

@test "ready at the moment when the socket is there" {
	plasma-store-server -m 10000 -s sock &
	server=$!
	until [[ -e sock ]]; do :; done
	described
	ends TERM 0
}

@test "objects fit to the last byte, and a fifth goes at once" {
	local i
	serve -m 10000000
	head -c 1000000 /dev/zero >million
	for i in {1..10}; do
		plasmactl -n "$(path)" put "n$i" million
	done
	described
	json '.namespaces[0] | .objects == 10 and .used == 10000000'
	plasmactl -n "$(path)" put n11 million
	expect 0 plasmactl -n "$(path)" --json ls
	json '[.objects[].name] | length == 9 and (index("n1") == null) and (index("n2") == null)'
	head -c 10000000 /dev/zero | plasmactl -n "$(path)" put all -
	described
	json '.namespaces[0] | .objects == 1 and .used == 10000000'
	ends TERM 0
	expect 0 plasmactl --json info
	json '.store[0].store_used == 0'
}

@test "killed: the namespace is gone, and the next server takes the place" {
	serve -m 10000
	echo x | plasmactl -n "$(path)" put a
	ends KILL 137
	[[ -S sock ]]
	expect 3 plasmactl ns stat "$(path)"
	plasma-store-server -m 20000 -s sock &
	server=$!
	eventually plasmactl ns stat "$(path)"
	described
	json '.namespaces[0] | .capacity == 20000 and .objects == 0'
	ends TERM 0
	[[ ! -e sock ]]
}

@test "a second server of one path is refused, and the first goes on" {
	serve -m 10000
	expect 1 plasma-store-server -m 10000 -s sock
	one_error "$(path)"
	expect 1 plasma-store-server -m 10000 -s "../${PWD##*/}/./sock"
	one_error "$(path)"
	described
	[[ -S sock ]]
	ends TERM 0
}

@test "what is in the place and not stale stays" {
	echo mine >sock
	expect 1 plasma-store-server -m 10000 -s sock
	one_error "$(path)" 'something else'
	equal "$(cat sock)" mine
	rm sock
	python3 -c 'import socket, time
s = socket.socket(socket.AF_UNIX)
s.bind("sock")
s.listen()
time.sleep(60)' &
	local other=$!
	eventually test -S sock
	expect 1 plasma-store-server -m 10000 -s sock
	one_error "$(path)" listens
	[[ -S sock ]]
	kill "$other"
	expect 3 plasmactl ns stat "$(path)"
}

@test "another file of its name is not removed at the end" {
	serve -m 10000
	rm sock
	echo other >sock
	ends TERM 0
	equal "$(cat sock)" other
}

@test "who connects is not left waiting" {
	serve -m 10000
	expect 0 timeout 10 python3 -c 'import socket
s = socket.socket(socket.AF_UNIX)
s.connect("sock")
assert s.recv(1) == b""'
	ends TERM 0
}

@test "two servers, two namespaces" {
	serve -m 10000
	plasma-store-server -m 20000 -s other &
	local second=$!
	eventually test -S other
	echo 1 | plasmactl -n "$(path)" put a
	expect 3 plasmactl -n "$PWD/other" get a
	ends TERM 0
	expect 0 plasmactl -n "$PWD/other" ls
	kill "$second"
	wait "$second"
}

@test "options" {
	serve -m 10000 -d /dev/shm -h
	equal "$(grep -c ignored messages)" 2
	equal "$(wc -l <messages)" 2
	ends TERM 0
	expect 2 plasma-store-server -m 10000 -s sock -e 'hashtable://test'
	one_error 'external stores'
	[[ ! -e sock ]]
	expect 0 plasma-store-server --help
	[[ $output == 'usage: plasma-store-server -m BYTES -s PATH'* ]]
	expect 0 plasma-store-server --version
	[[ $output =~ ^plasma-store-server\ [0-9.]+$ ]]
}

@test "wrong usage is exit status 2 and one line" {
	local line
	while read -r line; do
		# shellcheck disable=SC2086 # words
		expect 2 plasma-store-server $line
		one_error --help
		empty "$out"
		[[ ! -e sock ]]
	done <<-END

		-m 10000
		-s sock
		-m
		-m 0 -s sock
		-m -5 -s sock
		-m 1e9 -s sock
		-m 99999999999999999999999 -s sock
		-m 10000 -s sock more
		-m 10000 -s sock -x
		-m 10000 -s sock/
	END
}

@test "a path that no socket can have" {
	expect 1 plasma-store-server -m 10000 -s "/tmp/$(printf 'x%.0s' {1..108})"
	one_error 'shorter'
	expect 1 plasma-store-server -m 10000 -s /no/such/dir/sock
	one_error /no/such/dir/sock
	expect 0 plasmactl --json ns ls
	json '.namespaces | length == 2'
}

@test "no device: exit status 77" {
	# shellcheck disable=SC2016 # for the inner shell
	expect 77 unshare -m sh -c 'mount -t tmpfs none /dev && exec "$@"' sh \
		plasma-store-server -m 10000 -s sock
	one_error /dev/plasma
	[[ ! -e sock ]]
}
