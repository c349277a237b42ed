package main

import (
	"os"
	"testing"
)

// TestMain lets the workbench under test start this binary as it starts
// tongtang.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "original" {
		os.Exit(run(os.Args[1:]))
	}
	os.Exit(m.Run())
}
