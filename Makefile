# SPDX-License-Identifier: GPL-2.0-only
VERSION := 0.1.0
KDIR ?= /lib/modules/$(shell uname -r)/build
PREFIX ?= /usr/local
B := $(CURDIR)/build
# What uname -r says under that kernel; kernelrelease may differ on Debian.
release = $(shell sed -n 's/.*UTS_RELEASE "\(.*\)"/\1/p' '$(KDIR)/include/generated/utsrelease.h')
export VERSION PREFIX

all: modules lib tools
modules: plasma.ko

# The module of the running kernel, or of the one whose build tree KDIR names.
plasma.ko: FORCE
	@test -e '$(KDIR)/Makefile' || { echo "make: no kernel headers in $(KDIR): run apt install linux-headers-$$(uname -r), or name a build tree by KDIR=" >&2; exit 1; }
	$(MAKE) -s $(B)/$(release)/plasma.ko KDIR='$(KDIR)' && cp $(B)/$(release)/plasma.ko $@

# Kbuild writes beside its sources: each kernel gets a tree of links of its own. It does
# not stand two of itself in one tree, hence the lock.
$(B)/%/plasma.ko build/%/plasma.ko: FORCE
	@mkdir -p $(B)/$*
	@flock $(B)/$* $(MAKE) --no-print-directory tree KDIR=$(KDIR) T=$(B)/$*

tree:
	@cp -rsfT $(CURDIR)/kmod $(T)/kmod && cp -rsfT $(CURDIR)/include $(T)/include
	@ln -sf $(CURDIR)/Kbuild $(T)/Kbuild
	@find -L $(T)/kmod $(T)/include -type l -delete
	$(MAKE) -C $(KDIR) M=$(T) W=$(W) modules

lib:
	$(MAKE) -C lib B=$(B)
tools: lib
	$(MAKE) -C tools/plasmactl B=$(B)
	$(MAKE) -C tools/plasma-store-server B=$(B)
	$(MAKE) -C tools/examples B=$(B)
plasma-bench: lib
	$(MAKE) -C tools/bench B=$(B)
selftests: lib
	$(MAKE) -C selftests B=$(B)

setup:
	tools/setup
check: setup
	selftests/run
check-full:
	tools/setup --full
	selftests/run --full
bench:
	tools/setup --bench
	$(MAKE) -s plasma-bench
	tools/bench/run
demo: setup
	tools/demo
coverage: setup
	selftests/coverage
lint:
	tools/lint

install: lib tools
	$(MAKE) -C lib B=$(B) install
	$(MAKE) -C tools/plasmactl B=$(B) install
	$(MAKE) -C tools/plasma-store-server B=$(B) install
	install -D -m 644 tools/udev/60-plasma.rules $(DESTDIR)/usr/lib/udev/rules.d/60-plasma.rules
	install -D -m 644 tools/udev/plasma.conf $(DESTDIR)/usr/lib/sysusers.d/plasma.conf
modules_install: modules
	install -D -m 644 plasma.ko $(DESTDIR)/lib/modules/$(release)/updates/plasma.ko
	test -n '$(DESTDIR)' || depmod -a

clean:
	rm -rf $(B) plasma.ko

FORCE:

.PHONY: all modules tree lib tools plasma-bench selftests setup check check-full bench demo coverage lint install modules_install clean FORCE
