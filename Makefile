# What can be done with this repository; docs/cli.md has the commands of the program itself.
SHELL := /bin/bash
CONFIGURATION := Release
RID := linux-$(if $(filter aarch64 arm64,$(shell uname -m)),arm64,x64)

# The published program is restored for one kind of machine: with a lock file of its own, so that the committed ones stay those of
# the solution.
PUBLISH := dotnet publish src/Weir -c $(CONFIGURATION) -r $(RID) -p:NuGetLockFilePath=obj/publish.lock.json -nologo -v quiet

.PHONY: help build run test check soak faults bench fmt clean

help:
	@echo "make build   the program, at out/weir"
	@echo "make run     the quickstart example, with its origins inside the program"
	@echo "make test    all tests"
	@echo "make check   what CI runs: locked restore, build, format, tests"
	@echo "make soak    what takes longer"
	@echo "make faults  what clients see of faults, measured anew into docs/faults.md"
	@echo "make bench   side by side with the peers that are installed"
	@echo "make fmt     format the code"

build:
	@mkdir -p out
	$(PUBLISH) -o obj/publish
	@cp obj/publish/weir out/weir.new && mv -f out/weir.new out/weir
	@echo "out/weir: $$(out/weir version)"

run: build
	out/weir demo

test:
	@scripts/install-test-deps.sh
	@scripts/test.sh

check:
	dotnet restore Weir.slnx --locked-mode -nologo -v quiet
	dotnet build Weir.slnx -c $(CONFIGURATION) --no-restore -warnaserror -nologo -v quiet
	dotnet format Weir.slnx --no-restore --verify-no-changes
	@scripts/install-test-deps.sh
	@scripts/test.sh --no-build

soak:
	@WEIR_SOAK=1 scripts/install-test-deps.sh
	@WEIR_SOAK=1 scripts/test.sh

faults:
	@scripts/install-test-deps.sh
	dotnet build tests/Weir.Scenarios -c $(CONFIGURATION) -nologo -v quiet
	WEIR_SOAK=1 WEIR_FIGURES=$(CURDIR)/docs/faults.md WEIR_COMMIT=$$(git rev-parse --short HEAD) \
		dotnet test tests/Weir.Scenarios -c $(CONFIGURATION) --no-build --filter FullyQualifiedName~Weir.Scenarios.Faults --logger "console;verbosity=normal"

bench: build
	dotnet run -c Release --project bench/load/Weir.Load

fmt:
	dotnet format Weir.slnx

clean:
	rm -rf out obj
	dotnet clean Weir.slnx -c $(CONFIGURATION) -nologo -v quiet
