// Package fault hurts the real binary and looks whether anything was lost:
//
//	go test -run Fault ./fault                                   a few of each, about a minute
//	TONGTANG_FAULT_NIGHTS=200 TONGTANG_FAULT_WORKBENCH=100 \
//	    go test -run Fault -timeout 2h -v ./fault                the long form
//
// The long form takes more than half an hour on two quiet processors; a summary
// of all kills, writes and losses is printed at the end.
//
// It kills nights and the workbench with SIGKILL at random moments (of the
// nights half near publishing; the summary says what each was doing) and, where
// strace is installed, at every rename and fsync of a night; fills the disk,
// takes away the right to write and the file handles, sets the clock back,
// starts two nights at once, and damages the corpus, CURRENT and the review
// file, that also after a kill under load. Each time nothing that was acknowledged may be missing, nothing may be
// half there or twice there, the sentence shown must be one a person can act
// on, and the documented way back must lead back.
//
// TestFaultPeopleAtSize and TestFaultManyPeopleDuringANight are loads, not
// faults: people click, and a table says how long each kind of page took.
// TONGTANG_FAULT_USERS, TONGTANG_FAULT_LOAD (a duration) and, for the first,
// TONGTANG_FAULT_ITEMS make them as large as they are meant to be.
//
// TONGTANG_FAULT_SEED repeats a run. TONGTANG_BINARY names a binary to use
// instead of building one. What needs root (a full disk, a read-only one) or
// strace is skipped with a sentence without it.
package fault
