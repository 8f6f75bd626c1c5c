package mapping

import (
	"unicode"
	"unicode/utf8"

	"github.com/dlrgate/dlrgate/smpp/receipt"
)

// wordSize is the longest stat or err that anything can match, in octets. The
// longest of either that was ever seen has 21.
const wordSize = 64

// word is a stat or err in upper case. One that is longer than wordSize is cut, and
// stays longer, so that it matches nothing.
type word [wordSize + utf8.UTFMax]byte

// input is a receipt with what deciding needs to know about it, on the stack.
type input struct {
	*receipt.Receipt
	statWord, errWord word
	statLen, errLen   int

	textClass     class // of the stat word
	won           state // the state that counts
	conflict      bool  // text and TLV in different classes
	contradiction bool  // delivered against failed, and nobody wins
	intermediate  bool
	part          bool // one of several parts, without the id or the state: it tells nothing alone

	errNumber   uint64
	errIsNumber bool
	errGiven    bool // err holds a code other than none
}

func (in *input) stat() []byte { return in.statWord[:in.statLen] }

func (in *input) err() []byte { return in.errWord[:in.errLen] }

// fill copies s in upper case without the blanks around it, and returns how many
// octets it has.
func (w *word) fill(s string) int {
	n := 0
	for _, c := range s {
		c = unicode.ToUpper(c)
		if c == ' ' && n == 0 {
			continue
		}
		if n+utf8.RuneLen(c) > len(w) {
			break
		}
		n += utf8.EncodeRune(w[n:], c)
	}
	for n > 0 && w[n-1] == ' ' {
		n--
	}
	return n
}

// folded is how a stat or err of the configuration is compared with receipts.
func folded(s string) string {
	var w word
	return string(w[:w.fill(s)])
}

// read fills in from r.
func (t *Table) read(r *receipt.Receipt, in *input) {
	in.Receipt = r
	in.statLen = in.statWord.fill(r.Stat.Value)
	in.errLen = in.errWord.fill(r.Err.Value)
	in.errNumber, in.errIsNumber = number(in.err(), t.codeBase)
	for _, c := range in.err() {
		in.errGiven = in.errGiven || c != '0'
	}
	in.intermediate = r.Kind == receipt.Intermediate && !t.ignoreIntermediate
	text := t.textState(in.stat())
	tlv := tlvState(r.MessageState)
	in.textClass = text.column.class()
	in.part = r.Part != nil && tlv.word == "" && (r.MessageID == "" || in.statLen == 0)
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
