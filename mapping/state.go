package mapping

import "strings"

// column is what a state means for the matrix: its column there, or one of the
// states whose status no cause changes.
type column uint8

const (
	colAbsent   column = iota // no stat and no usable message_state
	colUnlisted               // a stat that nothing lists
	colUnknown
	colUndelivered
	colRejected
	colDeleted
	colExpired
	colSkipped
	colEnroute
	colScheduled
	colAccepted
	colDelivered
)

// class is what two states must share not to be in conflict (CONTRACT §4).
type class uint8

const (
	classNone class = iota
	classUnknown
	classFailed
	classPending
	classDelivered
)

func (c column) class() class {
	switch c {
	case colAbsent, colUnlisted:
		return classNone
	case colUnknown:
		return classUnknown
	case colEnroute, colScheduled, colAccepted:
		return classPending
	case colDelivered:
		return classDelivered
	default:
		return classFailed
	}
}

func (c column) String() string {
	return [...]string{
		"no stat", "a stat that nothing lists", "UNKNOWN", "UNDELIV", "REJECTD", "DELETED", "EXPIRED", "SKIPPED",
		"ENROUTE or intermediate", "SCHEDLD", "ACCEPTD", "DELIVRD",
	}[c]
}

// state is a state that the text or message_state names.
type state struct {
	word   string // as stat spells it; empty when there is none
	column column
}

// stateOfTLV holds the values of message_state (SMPP 3.4 §5.2.28; 0 and 9 are
// of SMPP 5.0).
var stateOfTLV = [...]state{
	{"SCHEDLD", colScheduled},
	{"ENROUTE", colEnroute},
	{"DELIVRD", colDelivered},
	{"EXPIRED", colExpired},
	{"DELETED", colDeleted},
	{"UNDELIV", colUndelivered},
	{"ACCEPTD", colAccepted},
	{"UNKNOWN", colUnknown},
	{"REJECTD", colRejected},
	{"SKIPPED", colSkipped},
}

// otherWords are stat words in wide use that no message_state has.
var otherWords = [...]state{
	{"FAILED", colUndelivered},
	{"BUFFRED", colAccepted},
	{"BUFFERD", colAccepted},
	{"ACKED", colAccepted},
}

// generalWords returns the stat words that mean the same at every operator.
func generalWords() map[string]state {
	words := make(map[string]state, len(stateOfTLV)+len(otherWords))
	for _, s := range stateOfTLV {
		words[s.word] = s
	}
	for _, s := range otherWords {
		words[s.word] = s
	}
	return words
}

// families are the stems that words of stat_prefixes belong to.
var families = [...]struct{ stem, word string }{
	{"DELIV", "DELIVRD"},
	{"UNDEL", "UNDELIV"},
	{"FAIL", "FAILED"},
	{"REJ", "REJECTD"},
	{"EXP", "EXPIRED"},
	{"DELET", "DELETED"},
	{"ACC", "ACCEPTD"},
	{"ACK", "ACKED"},
	{"BUF", "BUFFRED"},
	{"ENR", "ENROUTE"},
	{"SUBM", "ENROUTE"},
	{"SCHED", "SCHEDLD"},
	{"SKIP", "SKIPPED"},
	{"UNKN", "UNKNOWN"},
}

// prefix is a compiled entry of Options.StatPrefixes.
type prefix struct {
	text string
	state
}

// compilePrefix finds the family of a prefix: one is the beginning of the other,
// and no other family is.
func compilePrefix(text string) (prefix, bool) {
	p := prefix{text: strings.ToUpper(strings.TrimSpace(text))}
	found := 0
	for _, f := range families {
		if p.text != "" && (strings.HasPrefix(p.text, f.stem) || strings.HasPrefix(f.stem, p.text)) {
			p.state = generalWords()[f.word]
			found++
		}
	}
	return p, found == 1
}
