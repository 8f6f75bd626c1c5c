// Package receipt reads SMPP delivery receipts: the body of a deliver_sm or
// data_sm and its TLVs become a Receipt.
//
// It promises:
//   - Parse is pure. No clock, no I/O, no log, no shared state; equal Inputs give
//     equal Receipts, and nothing of the Input is changed or kept.
//   - Parse never fails and never panics. What cannot be read is left out and
//     named in Receipt.Problems; the words that can be read are kept as they are
//     written.
//   - Nothing is invented: a missing field is absent, an impossible date has no
//     time, an id has a second base only where the base is proven or configured.
//
// It does not say what a receipt means: statuses and finality belong to package
// mapping. It does not reassemble receipts that came in parts.
//
// The form is that of SMPP 3.4 Appendix B, read as operators write it: keys in
// any order and case, any key missing, any value any word. What no general rule
// can read, a Dialect can (Pattern, IDPattern, IDBCD, DateLayouts).
//
// data_coding is not believed, since operators label ASCII as UCS2 and the
// reverse. UTF-16 is known by its zero octets; a body that is valid UTF-8 and
// not ASCII is UTF-8, because no text in another character set is so by chance;
// every other body is Latin-1, which has a character for each octet.
package receipt
