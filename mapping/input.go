package mapping

import "github.com/dlrgate/dlrgate/smpp/receipt"

// wordSize is the longest stat or err that anything can match. The longest of
// either that was ever seen has 21 octets.
const wordSize = 64

// input is a receipt with what deciding needs to know about it, on the stack.
type input struct {
	*receipt.Receipt
	statWord, errWord [wordSize]byte // in upper case
	statLen, errLen   int

	textClass     class // of the stat word
	won           state // the state that counts
	conflict      bool  // text and TLV in different classes
	contradiction bool  // delivered against failed, and nobody wins
	intermediate  bool
	part          bool // one of several parts, which tells nothing alone

	errNumber   uint64
	errIsNumber bool
	errGiven    bool // err holds a code other than none
}

func (in *input) stat() []byte { return in.statWord[:in.statLen] }

func (in *input) err() []byte { return in.errWord[:in.errLen] }

// fold copies s into buf in upper case without the blanks around it; what is
// longer than buf is cut, and so matches nothing.
func fold(buf *[wordSize]byte, s string) int {
	n := 0
	for i := 0; i < len(s) && n < len(buf); i++ {
		c := s[i]
		if c == ' ' && n == 0 {
			continue
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		buf[n] = c
		n++
	}
	for n > 0 && buf[n-1] == ' ' {
		n--
	}
	return n
}

// read fills in from r.
func (t *Table) read(r *receipt.Receipt, in *input) {
	in.Receipt = r
	in.statLen = fold(&in.statWord, r.Stat.Value)
	in.errLen = fold(&in.errWord, r.Err.Value)
	in.errNumber, in.errIsNumber = number(in.err(), t.codeBase)
	for _, c := range in.err() {
		in.errGiven = in.errGiven || c != '0'
	}
	in.intermediate = r.Kind == receipt.Intermediate && !t.ignoreIntermediate
	text := t.textState(in.stat())
	tlv := tlvState(r.MessageState)
	in.textClass = text.column.class()
	in.part = r.Part != nil && tlv.word == ""
	t.settle(in, text, tlv)
}

// settle chooses between the text's state and the TLV's.
func (t *Table) settle(in *input, text, tlv state) {
	x, y := text.column.class(), tlv.column.class()
	in.conflict = x != classNone && y != classNone && x != y
	switch {
	case y == classNone:
		in.won = text
	case x != classNone && t.stateSource == StateFromText:
		in.won = text
	case t.stateSource == StateAuto && (x == classDelivered && y == classFailed || x == classFailed && y == classDelivered):
		in.contradiction = true
	default:
		in.won = tlv
	}
}

// textState finds the state that a stat word names.
func (t *Table) textState(stat []byte) state {
	if len(stat) == 0 {
		return state{column: colAbsent}
	}
	if s, ok := t.words[string(stat)]; ok {
		return s
	}
	for i := range t.prefixes {
		p := &t.prefixes[i]
		if len(stat) >= len(p.text) && string(stat[:len(p.text)]) == p.text {
			return p.state
		}
	}
	return state{column: colUnlisted}
}

func tlvState(messageState int) state {
	if messageState < 0 || messageState >= len(stateOfTLV) {
		return state{column: colAbsent}
	}
	return stateOfTLV[messageState]
}
