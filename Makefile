.PHONY: prepare build test test-nightly test-real crash-matrix lint demo demo-aws bench clean

prepare:
	@scripts/prepare

build: prepare

# Every test: linters, unit, contract, the image's own suite, end to end on a real cluster.
test: prepare
	@scripts/test

# What takes too long for every change: a company's network whole, and the crash matrix.
test-nightly: prepare
	@scripts/test nightly
	@$(MAKE) crash-matrix

# On your own AWS account: opt-in, and swept in a trap.
test-real: prepare
	@scripts/test-real

# Every verb on AWS killed at every step, then destroyed, and what is left counted: for the night.
crash-matrix: prepare
	@scripts/crash-matrix --fresh
	@scripts/crash-matrix --hosts light

lint: prepare
	@scripts/test lint

# The main job end to end: build, create, load, submit, destroy, and the proof that nothing is left.
demo: prepare
	@scripts/demo

# The same on AWS, simulated on this machine.
demo-aws: prepare
	@scripts/demo-aws

bench: prepare
	@bench/run

clean:
	rm -rf dist build node_modules
