//go:build !faultpoints

package faultpoint

// Here does nothing in a program that people run.
func Here(Point) {}
