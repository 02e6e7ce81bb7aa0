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
	$(MAKE) -s $(B)/$(release)/plasma.ko KDIR='$(KDIR)' && cp -u $(B)/$(release)/plasma.ko $@

# Kbuild writes beside its sources: each kernel gets a tree of links of its own.
$(B)/%/plasma.ko build/%/plasma.ko: FORCE
	@mkdir -p $(B)/$*
	@cp -rsfT $(CURDIR)/kmod $(B)/$*/kmod && cp -rsfT $(CURDIR)/include $(B)/$*/include
	@ln -sf $(CURDIR)/Kbuild $(B)/$*/Kbuild
	@find -L $(B)/$*/kmod $(B)/$*/include -type l -delete
	$(MAKE) -C $(KDIR) M=$(B)/$* W=$(W) modules

lib:
	$(MAKE) -C lib B=$(B)
tools: lib
	$(MAKE) -C tools/plasmactl B=$(B)
	$(MAKE) -C tools/examples B=$(B)
selftests: lib
	$(MAKE) -C selftests B=$(B)

setup:
	tools/setup
check: setup
	selftests/run
demo: setup
	tools/demo
lint:
	tools/lint

install: all
	$(MAKE) -C lib B=$(B) install
	$(MAKE) -C tools/plasmactl B=$(B) install
modules_install: modules
	install -D -m 644 plasma.ko $(DESTDIR)/lib/modules/$(release)/updates/plasma.ko
	test -n '$(DESTDIR)' || depmod -a

clean:
	rm -rf $(B) plasma.ko

FORCE:
.PHONY: all modules lib tools selftests setup check demo lint install modules_install clean FORCE
