// Package journaltest is the conformance suite that every journal engine runs,
// in three lines of its own tests, and the wrapper that injects the faults an
// engine cannot be made to have at will.
//
// It promises nothing to programs: only tests import it.
package journaltest
