# push - one Makefile for everything; `make help` lists the targets.

VERSION	:= 0.1.0
CC	?= gcc
PREFIX	?= /usr/local
DESTDIR	?=
BUILD	?= build
SAN	?=
WERROR	?= -Werror

CMDS	:= pushd pushsub pushsend pushusers pushctl

# Keep a flag only where this compiler takes it.
try	= $(shell $(CC) -Werror $(1) -x c -c /dev/null -o /dev/null 2>/dev/null \
		&& echo $(1))

WARN	:= -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion \
	   -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	   -Wcast-qual -Wwrite-strings -Wvla -Wformat=2 -Wundef \
	   -Wimplicit-fallthrough $(call try,-Wtrampolines) \
	   $(call try,-Wbidi-chars=any) $(WERROR)
HARDEN	:= -fstack-protector-strong $(call try,-fstack-clash-protection) \
	   $(call try,-fcf-protection=full) -fno-delete-null-pointer-checks \
	   -fno-strict-overflow -fno-strict-aliasing -fPIE
HARDLD	:= -pie -Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code \
	   -Wl,--as-needed
ifeq ($(SAN),)
OPTIM	:= -O2 -g -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2
HARDEN	+= $(call try,-ftrivial-auto-var-init=zero)
else
OPTIM	:= -O1 -g -fno-omit-frame-pointer -fsanitize=$(SAN) \
	   -fno-sanitize-recover=all
endif

CPPFLAGS := -D_GNU_SOURCE -DPUSH_VERSION='"$(VERSION)"' -Ilib \
	    -include lib/base/banned.h
CFLAGS	?=
override CFLAGS += -std=c17 $(OPTIM) $(WARN) $(HARDEN) -pthread -MMD -MP
LDLIBS	:= -lexpat -lssl -lcrypto -lcjson -lidn
LIBS_pushd := -lsqlite3

LIBSRC	:= $(wildcard lib/*/*.c)
LIBOBJ	:= $(LIBSRC:%.c=$(BUILD)/%.o)
LIB	:= $(BUILD)/libpush.a
BIN	:= $(CMDS:%=$(BUILD)/bin/%)
TESTSRC	:= $(wildcard tests/unit/test_*.c)
TESTS	:= $(TESTSRC:tests/unit/%.c=$(BUILD)/tests/%)
INTEROP	:= $(patsubst tests/interop/%.c,$(BUILD)/tests/%,\
	   $(wildcard tests/interop/*.c))
ALLSRC	:= $(LIBSRC) $(foreach c,$(CMDS),$(wildcard cmd/$(c)/*.c))

all: lint $(BIN) ## build every tool into build/bin

$(LIB): $(LIBOBJ)
	@rm -f $@
	@ar rcs $@ $^

# The objects of a tool: everything in its folder.
objs	= $(patsubst %.c,$(BUILD)/%.o,$(wildcard cmd/$(1)/*.c))
define tool
$$(BUILD)/bin/$(1): $$(call objs,$(1)) $$(LIB)
	@mkdir -p $$(@D)
	@echo "  LD   $$@"
	@$$(CC) $$(CFLAGS) $$(HARDLD) -o $$@ $$^ $$(LIBS_$(1)) $$(LDLIBS)
endef
$(foreach c,$(CMDS),$(eval $(call tool,$(c))))

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	@echo "  CC   $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -c -o $@ $<

# A unit test links the library and, where it names one, a tool's objects
# without its main: tests/unit/test_pushd_x.c tests a module of pushd.
define tooltest
$$(BUILD)/tests/test_$(1)_%: tests/unit/test_$(1)_%.c $$(LIB) \
    $$(filter-out %/main.o,$$(call objs,$(1)))
	@mkdir -p $$(@D)
	$$(CC) $$(CPPFLAGS) -Icmd $$(CFLAGS) -o $$@ $$(filter %.c %.o,$$^) \
		$$(LIB) $$(LIBS_$(1)) $$(LDLIBS)
endef
$(foreach c,$(CMDS),$(eval $(call tooltest,$(c))))
$(BUILD)/tests/test_%: tests/unit/test_%.c $(LIB)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -o $@ $< $(LIB) $(LDLIBS)
$(BUILD)/tests/%: tests/interop/%.c
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -o $@ $< -lstrophe

tests: $(TESTS) $(INTEROP) ## build the unit tests and the interop clients

unit: $(TESTS) ## run the unit tests
	scripts/run-tests unit $(BUILD)

e2e: $(BIN) $(INTEROP) ## run the end-to-end tests against the built tools
	scripts/run-tests e2e $(BUILD)

lint: ## check the house rules
	@scripts/lint

check: all tests ## lint, unit and end-to-end tests
	scripts/run-tests all $(BUILD)

asan: ## the whole suite under AddressSanitizer and UBSan
	$(MAKE) check SAN=address,undefined BUILD=build-asan

tsan: ## the whole suite under ThreadSanitizer
	$(MAKE) check SAN=thread BUILD=build-tsan

install: $(BIN) ## install into $(DESTDIR)$(PREFIX)
	install -d $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PREFIX)/sbin \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions
	for c in $(CMDS); do case $$c in \
		pushd) d=sbin ;; *) d=bin ;; esac; \
		install -m 755 $(BUILD)/bin/$$c \
			$(DESTDIR)$(PREFIX)/$$d/$$c || exit 1; done
	for m in man/*.[1-8]; do s=$${m##*.}; \
		install -d $(DESTDIR)$(PREFIX)/share/man/man$$s && \
		install -m 644 $$m $(DESTDIR)$(PREFIX)/share/man/man$$s/ \
			|| exit 1; done
	for c in $(CMDS); do install -m 644 scripts/completion.bash \
		$(DESTDIR)$(PREFIX)/share/bash-completion/completions/$$c \
			|| exit 1; done

dist: ## a source archive of the last commit
	@mkdir -p dist
	git archive --prefix=push-$(VERSION)/ -o dist/push-$(VERSION).tar.gz HEAD

clean: ## remove what was built
	rm -rf build build-* dist

help: ## this list
	@awk -F':.*## ' '/^[a-z0-9]+:.*## /{printf "%-10s %s\n", $$1, $$2}' Makefile

-include $(ALLSRC:%.c=$(BUILD)/%.d)
.PHONY: all tests unit e2e lint check asan tsan install dist clean help
.DELETE_ON_ERROR:
.SECONDARY:
