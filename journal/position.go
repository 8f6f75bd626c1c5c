package journal

// Stream numbers one operator's receipts; it is given once, when the operator
// is first seen, and never used again for another. 24 bits are used.
type Stream uint32

// Position is a place in the log: stream << 40 | seq. The seq is contiguous
// within a stream, begins with 1 and is never used twice.
type Position uint64

const seqBits = 40

// At returns the position of the seq-th receipt of a stream.
func At(s Stream, seq uint64) Position { return Position(uint64(s)<<seqBits | seq) }

// Stream returns the stream that the position lies in.
func (p Position) Stream() Stream { return Stream(p >> seqBits) }

// Seq returns the place within the stream; 0 is before the first receipt.
func (p Position) Seq() uint64 { return uint64(p) & (1<<seqBits - 1) }
