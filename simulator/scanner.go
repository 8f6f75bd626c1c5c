package simulator

import (
	"encoding/json"
	"strconv"
)

// scanner walks over JSON. After the first fault bad stays true and every
// method returns at once.
type scanner struct {
	b   []byte
	i   int
	bad bool
	// inBatch is set inside the events of a batch.
	inBatch bool
}

func (s *scanner) space() {
	for s.i < len(s.b) && (s.b[s.i] == ' ' || s.b[s.i] == '\n' || s.b[s.i] == '\t' || s.b[s.i] == '\r') {
		s.i++
	}
}

// peek returns the next octet that is not blank, 0 at the end.
func (s *scanner) peek() byte {
	s.space()
	if s.bad || s.i == len(s.b) {
		return 0
	}
	return s.b[s.i]
}

func (s *scanner) expect(c byte) bool {
	if s.peek() != c {
		s.bad = true
		return false
	}
	s.i++
	return true
}

// object calls field with each key; field must read or skip the value.
func (s *scanner) object(field func(key string)) {
	s.list('{', '}', func() {
		key := s.string()
		if s.expect(':') {
			s.space()
			field(key)
		}
	})
}

// array calls item before each value; item must read or skip it.
func (s *scanner) array(item func()) { s.list('[', ']', func() { s.space(); item() }) }

func (s *scanner) list(open, end byte, item func()) {
	if !s.expect(open) {
		return
	}
	if s.peek() == end {
		s.i++
		return
	}
	for !s.bad {
		item()
		if s.peek() == end {
			s.i++
			return
		}
		s.expect(',')
	}
}

func (s *scanner) string() string {
	if !s.expect('"') {
		return ""
	}
	start, escaped := s.i, false
	for ; s.i < len(s.b); s.i++ {
		switch s.b[s.i] {
		case '\\':
			escaped = true
			s.i++
		case '"':
			text := s.b[start:s.i]
			s.i++
			if !escaped {
				return string(text)
			}
			var out string
			if json.Unmarshal(s.b[start-1:s.i], &out) != nil {
				s.bad = true
			}
			return out
		}
	}
	s.bad = true
	return ""
}

func (s *scanner) number() float64 {
	n, err := strconv.ParseFloat(s.word(), 64)
	s.bad = s.bad || err != nil
	return n
}

func (s *scanner) bool() bool { return s.word() == "true" }

// word reads a number, true, false or null.
func (s *scanner) word() string {
	s.space()
	start := s.i
	for s.i < len(s.b) {
		switch s.b[s.i] {
		case ',', '}', ']', ' ', '\n', '\t', '\r':
			return string(s.b[start:s.i])
		}
		s.i++
	}
	return string(s.b[start:])
}

// skip passes over one value without looking inside.
func (s *scanner) skip() {
	depth := 0
	for !s.bad {
		switch s.peek() {
		case '{', '[':
			depth++
			s.i++
		case '}', ']':
			depth--
			s.i++
		case '"':
			s.skipString()
		case ',', ':':
			s.i++
			continue // inside a list: the value after it is still to come
		case 0:
			s.bad = true
		default:
			s.word()
		}
		if depth == 0 {
			return
		}
	}
}

func (s *scanner) skipString() {
	for s.i++; s.i < len(s.b); s.i++ {
		switch s.b[s.i] {
		case '\\':
			s.i++
		case '"':
			s.i++
			return
		}
	}
	s.bad = true
}
