# SPDX-License-Identifier: GPL-2.0-only
#
# For plasmactl.bats, dump.bats and server.bats: what their tests have in common.

setup() {
	out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err
	output='' errors=''
	cd "$BATS_TEST_TMPDIR" || return
	make_namespace
}

teardown() {
	# What a failed test may have left running.
	jobs -p | xargs -r kill 2>/dev/null || true
	wait
	umount disk 2>/dev/null || true
	umount cgroup 2>/dev/null || true
	remove_namespaces
}

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

# Processes are dear in an emulated machine: what follows does with few.

# The beginning of a file, without NULs and without newlines at its end.
beginning() {
	local -n text=$1
	IFS= read -r -N 20000 text <"$2" || true
	text=${text%"${text##*[!$'\n']}"}
}

# expect STATUS COMMAND...: runs a command or function and asserts its exit status.
# Its output is in the files $out and $err, the beginning of it also in $output
# and $errors.
expect() {
	local wanted=$1 got=0
	shift
	"$@" >"$out" 2>"$err" || got=$?
	beginning output "$out"
	beginning errors "$err"
	[[ $got -eq $wanted ]] && return
	echo "$*: exit status $got, not $wanted: $output $errors" >&2
	return 1
}

# After expect: one line, "PROGRAM: what: why; what to do", with all of "$@" in it.
one_error() {
	local text
	[[ $errors == plasma*:\ *:\ *\;\ * && $errors != *$'\n'* ]] ||
		{ echo "not one error: $errors" >&2; return 1; }
	for text; do
		has "$errors" "$text"
	done
}

has() {
	[[ $1 == *"$2"* ]] && return
	printf 'no:  %s\nin:  %s\n' "$2" "$1" >&2
	return 1
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

# put_many NAMESPACE N: N objects without a byte, by one process.
put_many() {
	python3 - "$@" <<-END
	import ctypes, sys
	lib, store = ctypes.CDLL("libplasma.so.0"), ctypes.c_void_p()
	assert lib.plasma_open(ctypes.byref(store), sys.argv[1].encode(), 0) == 0
	nothing = (None, ctypes.c_size_t(0))
	for i in range(int(sys.argv[2])):
	    assert lib.plasma_put(store, i.to_bytes(20, "big"), *nothing, *nothing, 0) == 0
	END
}

# as UID GROUPS COMMAND...: without any privilege.
as() {
	setpriv --reuid "$1" --regid "$1" --groups "$2" --inh-caps=-all "${@:3}"
}

device_group() {
	stat -c %g /dev/plasma
}

# meanwhile CONDITION N SHELL COMMAND...: runs the command, and SHELL at its N-th system call
# of which CONDITION is true, before it: "cmd == PLASMA_IOC_GET".
meanwhile() {
	cc -Wall -Werror -shared -fPIC -o meanwhile.so -x c -D"CONDITION=$1" -D"WHEN=$2" \
		-I"$BATS_TEST_DIRNAME/../include/uapi" - <<-'END'
	#define _GNU_SOURCE
	#include <dlfcn.h>
	#include <linux/plasma.h>
	#include <stdarg.h>
	#include <stdlib.h>
	int ioctl(int fd, unsigned long cmd, ...)
	{
		int (*real)(int, unsigned long, void *) = dlsym(RTLD_NEXT, "ioctl");
		static int count;
		va_list args;
		void *arg;

		va_start(args, cmd);
		arg = va_arg(args, void *);
		va_end(args);
		if (CONDITION && ++count == WHEN) {
			unsetenv("LD_PRELOAD");
			if (system(getenv("MEANWHILE")))
				abort();
		}
		return real(fd, cmd, arg);
	}
	END
	MEANWHILE=$3 LD_PRELOAD=$PWD/meanwhile.so "${@:4}"
}
