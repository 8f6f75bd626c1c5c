// Package explain reads what people paste of a receipt, and says in words what
// was read from where and which rule decided. CLI, API and console all ask it, so
// that the same paste has the same answer at each of them.
//
// What can be pasted: a text; a body in hex, behind hex: or as raw_hex; a whole
// deliver_sm or data_sm in hex, as a capture shows it; TLVs by name or tag; a line
// of JSON that says all of that.
//
// It reads and decides nothing itself: that is event.Rules.
package explain
