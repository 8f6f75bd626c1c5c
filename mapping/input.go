package mapping

import (
	"bytes"
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
	// wordLen and codeLen are how much of stat and err counts: all, or what has
	// a reason behind it, as in "FAILED:no route".
	wordLen, codeLen int

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

func (in *input) word() []byte { return in.statWord[:in.wordLen] }

func (in *input) code() []byte { return in.errWord[:in.codeLen] }

// hasReason: stat or err holds more than what counts.
func (in *input) hasReason() bool { return in.wordLen < in.statLen || in.codeLen < in.errLen }

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
	in.codeLen = codeEnd(in.err())
	in.errNumber, in.errIsNumber = number(in.code(), t.codeBase)
	for _, c := range in.code() {
		in.errGiven = in.errGiven || c != '0'
	}
	in.intermediate = r.Kind == receipt.Intermediate && !t.ignoreIntermediate
	text, wordLen := t.textState(in.stat())
	in.wordLen = wordLen
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

// textState finds the state that a stat names, and how much of it is the word
// that counts: all, or the longest listed word with a separator behind it.
func (t *Table) textState(stat []byte) (s state, length int) {
	if len(stat) == 0 {
		return state{column: colAbsent}, 0
	}
	for end := len(stat); end > 0; end-- {
		if end < len(stat) && !separates(stat[end]) {
			continue
		}
		if s, ok := t.words[string(stat[:end])]; ok && (s.column.class() == classFailed || !isGlued(stat[end:])) {
			return s, end
		}
	}
	for i := range t.prefixes {
		p := &t.prefixes[i]
		if len(stat) >= len(p.text) && string(stat[:len(p.text)]) == p.text {
			return p.state, len(stat)
		}
	}
	return state{column: colUnlisted}, len(stat)
}

// isGlued reports whether what is behind a word makes one word of both, as in
// "UNKNOWN-SUB" and "DELIVRD/UNDELIV": signs that open no reason, and no blank
// before what follows them. A failure stays one whatever is glued to it; nothing
// else is believed.
func isGlued(behind []byte) bool {
	signs := 0
	for signs < len(behind) && separates(behind[signs]) {
		signs++
	}
	return signs > 0 && signs < len(behind) && !bytes.ContainsAny(behind[:signs], " :,;|([{<\t\r\n")
}

// codeEnd returns where the code of an err ends that has words behind it, as in
// "100:no route" and "21B (absent)". A number behind it may be a part of it.
func codeEnd(err []byte) int {
	end, digits := 0, 0
	for end < len(err) && !separates(err[end]) && err[end] != '_' {
		if isDigit(err[end]) {
			digits++
		}
		end++
	}
	behind := end
	for behind < len(err) && (separates(err[behind]) || err[behind] == '_') {
		behind++
	}
	if digits == 0 || behind == end || behind == len(err) || isDigit(err[behind]) {
		return len(err)
	}
	return end
}

// separates reports whether c ends a word of a stat or err.
func separates(c byte) bool {
	return c < utf8.RuneSelf && c != '_' && !isDigit(c) && (c < 'A' || c > 'Z')
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

func tlvState(messageState int) state {
	if messageState < 0 || messageState >= len(stateOfTLV) {
		return state{column: colAbsent}
	}
	return stateOfTLV[messageState]
}
